import type { IncomingMessage, ServerResponse } from 'node:http'
import { TraeError } from '../../core/errors.ts'
import type { PlayedApi } from '../../core/testing/action-test.ts'

/** A vendor of these tests in the place of the network: the same answers, without a socket. */
export function playVendor(
  answer: (request: IncomingMessage & { text: string }, response: ServerResponse) => void,
): PlayedApi {
  return ({ method, url, headers, body = '' }) => {
    const { pathname, search } = new URL(url)
    const given = { status: 0, headers: {} as Record<string, string>, text: '', lost: false }
    const response = {
      writeHead(status: number, sent: Record<string, string> = {}) {
        Object.assign(given, { status, headers: sent })
        return response
      },
      end(text = '') {
        given.text = text
      },
      destroy() {
        given.lost = true
      },
    }
    answer(
      { method, url: pathname + search, headers, text: body } as IncomingMessage & { text: string },
      response as unknown as ServerResponse,
    )
    if (given.lost) throw new TraeError('UNAVAILABLE', `${method} ${url}: the connection was lost.`)
    return { status: given.status, headers: given.headers, text: given.text }
  }
}
