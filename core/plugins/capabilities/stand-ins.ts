import type { EgressAnswer } from '../../credentials/egress.ts'
import type { EgressRequest } from '../../credentials/egress-request.ts'
import { maskOf } from '../../credentials/mask.ts'

/**
 * Texts that a plugin writes in the place of secrets: they are put in on the way out and taken out of what comes back, so that
 * a plugin can compare what a vendor has with what it would write, and never sees the secret itself.
 */
export class StandIns {
  readonly #secrets: Map<string, string>

  constructor(known: ReadonlyMap<string, string> = new Map()) {
    this.#secrets = new Map(known)
  }

  add(more: ReadonlyMap<string, string>): void {
    for (const [standIn, secret] of more) this.#secrets.set(standIn, secret)
  }

  putIn<Request extends EgressRequest>(request: Request): Request {
    if (this.#secrets.size === 0) return request
    const put = (text: string) => this.#exchange(text, 'out')
    return {
      ...request,
      url: put(request.url),
      ...(request.headers && { headers: ofEach(request.headers, put) }),
      ...(request.body === undefined ? {} : { body: put(request.body) }),
    }
  }

  takeOut(answer: EgressAnswer): EgressAnswer {
    if (this.#secrets.size === 0) return answer
    const mask = maskOf([...this.#secrets.values()])
    const take = (text: string) => mask(this.#exchange(text, 'in')) // other spellings of it have no stand-in
    const { url, statusText, headers, body } = answer
    return { ...answer, url: take(url), statusText: take(statusText), headers: ofEach(headers, take), body: take(body) }
  }

  #exchange(text: string, way: 'in' | 'out'): string {
    let exchanged = text
    for (const [standIn, secret] of this.#secrets)
      exchanged = way === 'out' ? exchanged.replaceAll(standIn, secret) : exchanged.replaceAll(secret, standIn)
    return exchanged
  }
}

const ofEach = (texts: Readonly<Record<string, string>>, change: (text: string) => string) =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, change(text)]))
