import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { drained } from './event-stream.ts'
import { type Results, textOf } from './share-events.ts'

/**
 * Sends the results of a subscription over its web socket, and is to graphql-ws, which answers everything else, a stream
 * that has nothing and ends when it is over. The text of a result is made once for all subscribers, only the id before it is
 * each one's own. What one turn of the event loop brings to a socket, for all its subscriptions, is one write. A client that
 * reads slowly is waited for; what happens meanwhile waits in the bounded queue of `follow`.
 */
export function sendOverSocket(
  socket: WebSocket,
  stream: Duplex,
  id: string,
  results: Results,
): AsyncIterableIterator<never> {
  const start = `{"id":${JSON.stringify(id)},"type":"next","payload":`
  let left = false
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      for (;;) {
        const { value, done } = await results.next()
        if (done || left || socket.readyState !== socket.OPEN) return { value: undefined, done: true }
        corkForTurn(stream)
        for (const result of value) socket.send(`${start}${textOf(result)}}`)
        if (stream.writableNeedDrain) await drained(stream)
      }
    },
    async return() {
      left = true
      await results.return?.()
      return { value: undefined, done: true }
    },
  }
}

const corked = new WeakSet<Duplex>()

/** Holds back what is written until everything that can go on at once has gone on. */
function corkForTurn(stream: Duplex): void {
  if (corked.has(stream)) return
  corked.add(stream)
  stream.cork()
  process.nextTick(() => {
    corked.delete(stream)
    stream.uncork()
  })
}
