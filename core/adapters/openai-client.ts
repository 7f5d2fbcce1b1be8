import type OpenAI from 'openai'
import { TraeError } from '../errors.ts'

export interface OpenAiSettings {
  readonly apiKey: string | undefined
  /** Another endpoint that speaks as OpenAI's does; OpenAI itself without it. */
  readonly baseUrl: string | undefined
  /** For tests: how often a refusal for now is asked again, 3 without it. */
  readonly retries?: number
}

const AT_ONCE = 8
const TIMEOUT_MS = 120_000

/**
 * One client for all that this host asks of the endpoint: at most eight requests at once, the others wait. The package asks
 * again what was refused for now (408, 409, 429, 5xx), as long as the endpoint says in Retry-After.
 */
export class OpenAiClient {
  readonly #settings: OpenAiSettings
  readonly #waiting: (() => void)[] = []
  #client: Promise<OpenAI> | undefined
  #running = 0

  constructor(settings: OpenAiSettings) {
    this.#settings = settings
  }

  get isOpenAi(): boolean {
    return this.#settings.baseUrl === undefined
  }

  async ask<T>(work: (client: OpenAI) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#running >= AT_ONCE) await new Promise<void>(resolve => this.#waiting.push(resolve))
    this.#running++
    try {
      return await work(await (this.#client ??= this.#open()))
    } catch (error) {
      throw this.#explain(error as OpenAiError, signal)
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }

  /** The package is read when it is first needed: it takes a third of a second. */
  async #open(): Promise<OpenAI> {
    const { OpenAI: Client } = await import('openai')
    const { apiKey, baseUrl, retries = 3 } = this.#settings
    return new Client({
      apiKey: apiKey ?? 'none', // endpoints of one's own often want none; the package insists
      baseURL: baseUrl ?? 'https://api.openai.com/v1',
      organization: null,
      project: null,
      maxRetries: retries,
      timeout: TIMEOUT_MS,
    })
  }

  /** Never with the key. */
  #explain(error: OpenAiError, signal: AbortSignal | undefined): unknown {
    if (error instanceof TraeError) return error
    if (signal?.aborted) return new TraeError('CANCELLED', 'The question to the model was cancelled.')
    const { host } = new URL(this.#settings.baseUrl ?? 'https://api.openai.com')
    const { status } = error
    const said = String(error.message ?? '')
      .replaceAll(this.#settings.apiKey ?? '\0', '…')
      .replace(/sk-[\w*-]+/g, '…')
      .slice(0, 300)
    if (status === 401 || status === 403)
      return new TraeError('CONFIG', `${host} does not take the key (${status}). Check OPENAI_API_KEY.`)
    if (status === 404)
      return new TraeError(
        'CONFIG',
        `${host} does not know what was asked for: ${said}. Check OPENAI_BASE_URL and the models.`,
      )
    if (status !== undefined && status < 500 && ![408, 409, 429].includes(status))
      return new TraeError('VALIDATION', `${host} refuses the request: ${said}`)
    if (status === undefined && !/connection|timed out|timeout|network/i.test(`${error.name} ${error.message}`))
      return error
    const after = Number(error.headers?.get('retry-after'))
    return new TraeError('UNAVAILABLE', `${host} cannot answer now: ${status ?? said}.`, {
      retryable: true,
      ...(after > 0 ? { retryAfter: after } : {}),
    })
  }
}

interface OpenAiError extends Error {
  readonly status?: number
  readonly headers?: Headers
}
