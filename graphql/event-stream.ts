import type { Writable } from 'node:stream'
import type { Response } from 'express'
import type { ExecutionResult } from 'graphql'
import { type Results, textOf } from './share-events.ts'

/** Keeps proxies and clients from taking a quiet stream for a dead one. */
const PING_MS = 12_000

/**
 * Sends results as server-sent events, as graphql-sse has it in "distinct connections" mode: `next` for each, `complete` at
 * the end. What one turn of the event loop brings is one write. A client that reads slowly is waited for; what happens meanwhile
 * waits in the bounded queue of `follow`.
 */
export async function sendEvents(response: Response, results: Results): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'none' })
  response.write(':\n\n') // some browsers wait for a first byte
  const ping = setInterval(() => response.writableNeedDrain || response.write(':\n\n'), PING_MS)
  response.once('close', () => void results.return?.())
  try {
    for (;;) {
      const { value, done } = await results.next()
      if (done || response.destroyed) break
      if (!response.write(bytesOf(value))) await drained(response)
    }
    if (!response.destroyed) response.end(COMPLETE)
  } finally {
    clearInterval(ping)
  }
}

/** One answer in place of a stream, in the same form. */
export function sendEvent(response: Response, result: ExecutionResult): void {
  const http = result.errors?.[0]?.extensions['http'] as
    { status?: number; spec?: boolean; headers?: object } | undefined
  for (const [name, value] of Object.entries(http?.headers ?? {})) response.setHeader(name, String(value))
  response.writeHead(http?.status !== undefined && !http.spec ? http.status : 200, {
    'content-type': 'text/event-stream',
  })
  response.write(bytesOf([result]))
  response.end(COMPLETE)
}

const COMPLETE = 'event: complete\ndata:\n\n'

/** The same bytes for every subscriber. */
function bytesOf(results: readonly ExecutionResult[]): Buffer {
  let bytes = known.get(results)
  if (!bytes) {
    bytes = Buffer.from(results.map(result => `event: next\ndata: ${textOf(result)}\n\n`).join(''))
    known.set(results, bytes)
  }
  return bytes
}
const known = new WeakMap<readonly ExecutionResult[], Buffer>()

/** When a stream takes more again, or is gone. */
export const drained = (stream: Writable) =>
  new Promise<void>(resolve => {
    const go = () => {
      stream.off('drain', go)
      stream.off('close', go)
      resolve()
    }
    stream.on('drain', go)
    stream.on('close', go)
  })
