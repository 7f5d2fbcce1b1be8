import { TraeError } from '../../errors.ts'

/** What has left the host in one exchange with the outside. */
export interface Departure {
  /** A request with this method is about to go out; a redirect makes another. */
  onSend(method: string): void
  answered(status: number): void
  failed(error: unknown): void
}

/**
 * What the host saw of a call while the plugin's code ran: may the world have noticed it? Nothing here is told by the
 * plugin. It decides whether another provider may be asked to do the same, so it errs on the side of yes.
 */
export class Witness {
  #maybe = 0

  /** Nothing was changed and nothing sent, or whoever was asked has refused it. */
  get isUntouched(): boolean {
    return this.#maybe === 0
  }

  /** A request into the world. */
  departs(): Departure {
    let unsafe = 0
    let last = ''
    const takeBack = () => (this.#maybe -= unsafe)
    return {
      onSend: method => {
        last = method
        if (SAFE_METHODS.has(method)) return
        unsafe++
        this.#maybe++
      },
      answered: status => {
        if (!SAFE_METHODS.has(last) && REFUSALS.has(status)) takeBack()
      },
      failed: error => {
        if (error instanceof TraeError && NEVER_ARRIVED(error)) takeBack()
      },
    }
  }

  /** A change of our own records: stored, or refused as a whole. */
  async changes<T>(write: () => Promise<T>): Promise<T> {
    this.#maybe++
    try {
      return await write()
    } catch (error) {
      if (error instanceof TraeError && error.code !== 'DATABASE') this.#maybe--
      throw error
    }
  }
}

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Answers that say that the request was not carried out. 503 is the one of the 5xx that says so (RFC 9110, 15.6.4: unable to
 * handle it now); after 500, 502 and 504 it may have been. 409 may speak of what an earlier try has made.
 */
const REFUSALS: ReadonlySet<number> = new Set([
  400, 401, 402, 403, 404, 405, 406, 410, 411, 413, 414, 415, 421, 422, 426, 429, 431, 503,
])

/** No connection was made, or the account could not be used (then nothing was sent, or it was answered with 401). */
const NEVER_ARRIVED = ({ code, details }: TraeError) => code === 'CREDENTIAL' || details?.['arrived'] === false
