import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Engine, startEngine } from '../support/engine.ts'

/** What a plugin may cost: its own step. The host stays up, the next lead is served, nothing accepted is lost. */
let engine: Engine
beforeAll(async () => {
  engine = await startEngine('pglite')
})
afterAll(() => engine.close())

const playbook = (how: string) => `
id: ${how}
name: A plugin that misbehaves
module: pre_vendas
triggers:
  - event: lead.captured
    if: \${{ event.lead.data.how == '${how}' }}
steps:
  - id: bad
    uses: probe/hostile
    with: { how: ${how} }
    retry: { maxAttempts: 1 }
`

test.each([
  ['loop', 'TIMEOUT', /probe\/hostile|CPU|budget/i],
  ['proxy', 'TIMEOUT', /probe\/hostile|CPU|budget|time/i],
  ['huge', /MEMORY|VALIDATION|CRASHED|TIMEOUT/, /./],
  ['never', 'TIMEOUT', /./],
  ['nonsense', 'VALIDATION', /ok/],
])(
  'a plugin action that goes wrong by "%s" fails its step with a clear error, and the next lead is served',
  async (how, code, message) => {
    await engine.publish(playbook(how))
    await engine.capture({ email: `${how}@acme.com.br`, data: { how } })
    let late = 0
    let last = performance.now()
    const heartbeat = setInterval(() => {
      const now = performance.now()
      late = Math.max(late, now - last - 5)
      last = now
    }, 5)
    await engine.settled()
    clearInterval(heartbeat)
    const [run] = await engine.runs()
    expect(run).toMatchObject({
      status: 'failed',
      error: { code: expect.stringMatching(code), message: expect.stringMatching(message), path: 'bad' },
    })
    expect(late, 'milliseconds that the event loop of the host was late').toBeLessThan(2000)

    await engine.publish(
      playbook('well')
        .replace('id: bad', 'id: good')
        .replace('probe/hostile', 'probe/echo')
        .replace('{ how: well }', '{ value: ok }'),
    )
    await engine.capture({ email: `after-${how}@acme.com.br`, data: { how: 'well' } })
    await engine.settled()
    expect((await engine.runs())[0]).toMatchObject({ status: 'completed' })
  },
)
