import type { FarSideRequest } from '../credentials/egress.ts'
import { TraeError } from '../errors.ts'
import type { Manifest } from '../plugins/manifest.ts'
import type { ActionTest, FarSideAnswer } from './action-test.ts'
import { playDescribed } from './play-described.ts'

/** Plays every vendor, by the function of a test, and remembers what it was asked. */
export class FarSide {
  readonly #tokenUrls: ReadonlySet<string>
  readonly #api: ReturnType<typeof playDescribed>
  #requests: FarSideRequest[] = []
  #failure: unknown

  constructor({ credentials }: Pick<Manifest, 'credentials'>, test: Pick<ActionTest, 'api' | 'answer'>) {
    this.#tokenUrls = new Set(Object.values(credentials).flatMap(each => (each.auth === 'key' ? [] : [each.tokenUrl])))
    this.#api = playDescribed(test, this.#tokenUrls)
  }

  get requests(): readonly FarSideRequest[] {
    return this.#requests
  }

  forget(): void {
    this.#requests = []
  }

  async answer(request: FarSideRequest): Promise<{
    status: number
    statusText: string
    headers: Record<string, string>
    body: string
  }> {
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
    )
    const seen = { ...request, headers }
    this.#requests.push(seen)
    const answer = (await this.#asked(seen)) ?? (this.#tokenUrls.has(request.url) ? TOKEN : undefined)
    if (answer === undefined) throw this.#remember(nothingFor(request))
    const { status = 200, json, text } = answer
    const type = json === undefined ? 'text/plain' : 'application/json'
    return {
      status,
      statusText: '',
      headers: { 'content-type': type, ...answer.headers },
      body: json === undefined ? (text ?? '') : JSON.stringify(json),
    }
  }

  /** Throws what went wrong in the test's own function: the plugin may have taken it for an error of the vendor. */
  requireAnswered(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  async #asked(request: FarSideRequest) {
    try {
      return await this.#api?.(request)
    } catch (error) {
      throw this.#remember(error)
    }
  }

  #remember(error: unknown): unknown {
    this.#failure ??= error
    return error
  }
}

const TOKEN: FarSideAnswer = {
  json: { access_token: 'test-token', token_type: 'Bearer', expires_in: 3600, refresh_token: 'test-refresh' },
}

const nothingFor = ({ method, url }: FarSideRequest) =>
  new TraeError('UNAVAILABLE', `The test prepared no answer for ${method} ${url}: let api answer it.`, {
    retryable: false,
  })
