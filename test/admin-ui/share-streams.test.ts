import type { Sink } from 'graphql-sse'
import { describe, expect, it } from 'vitest'
import { shareStreams } from '../../admin-ui/src/api/share-streams.ts'

function open() {
  const made: { query: string; sink: Sink; connected: () => void; closed: boolean }[] = []
  const streams = shareStreams({
    subscribe: (request, sink, on) => {
      const one = {
        query: request.query,
        sink: sink as Sink,
        connected: () => (on?.connected as () => void)?.(),
        closed: false,
      }
      made.push(one)
      return () => void (one.closed = true)
    },
  })
  const follow = (query: string, variables = {}) => {
    const heard: string[] = []
    const close = streams.subscribe(
      { query, variables },
      {
        next: value => heard.push(String(value.data)),
        error: () => heard.push('error'),
        complete: () => heard.push('over'),
      },
      { connected: () => heard.push('stands') },
    )
    return { heard, close }
  }
  return { made, follow }
}

describe('streams that are shared', () => {
  it('take one connection for the same question, which ends with the last who listens', async () => {
    const { made, follow } = open()
    const first = follow('tasks')
    made[0]!.connected()
    const second = follow('tasks')
    await Promise.resolve()
    made[0]!.sink.next({ data: 'news' as never })
    expect([first.heard, second.heard]).toEqual([
      ['stands', 'news'],
      ['stands', 'news'],
    ])
    expect(made).toHaveLength(1)
    first.close()
    first.close() // a second time counts for nothing
    made[0]!.sink.next({ data: 'more' as never })
    expect([first.heard.length, second.heard.at(-1), made[0]!.closed]).toEqual([2, 'more', false])
    second.close()
    expect(made[0]!.closed).toBe(true)
    follow('tasks')
    expect(made).toHaveLength(2)
  })

  it('break for all at once, and are opened anew', () => {
    const { made, follow } = open()
    const heard = [follow('tasks').heard, follow('tasks').heard]
    made[0]!.sink.error(new Error('gone'))
    expect(heard).toEqual([['error'], ['error']])
    follow('tasks')
    expect(made).toHaveLength(2)
  })

  it('are not shared where they say where to go on', () => {
    const { made, follow } = open()
    follow('journal', { after: '7' })
    follow('journal', { after: '9' })
    expect(made).toHaveLength(2)
  })
})
