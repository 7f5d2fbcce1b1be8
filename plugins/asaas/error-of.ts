import { type FetchResponse, PluginError, type PluginErrorCode } from 'trae-os/sdk'

/** It stops at the first fault, so there is one. A proxy on the way answers something else altogether. */
interface Fault {
  readonly code?: unknown
  readonly description?: unknown
}

const CODES: Readonly<Record<number, PluginErrorCode>> = {
  400: 'VALIDATION',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  429: 'RATE_LIMITED',
}
const HINTS: Readonly<Record<string, string>> = {
  invalid_environment:
    ' The key is one of the other environment: connect it as the account of production, or as that of the sandbox.',
}
const LONGEST_MESSAGE = 700

/** The error for an answer that is none of 200 to 299. */
export async function errorOf(answer: FetchResponse): Promise<PluginError> {
  const { code: word, description } = read(await answer.text())
  const code = CODES[answer.status] ?? (answer.status >= 500 ? 'UNAVAILABLE' : 'PLUGIN')
  const words = typeof description === 'string' && description !== '' ? description : `it answered ${answer.status}`
  const why = `${words.slice(0, LONGEST_MESSAGE)}${typeof word === 'string' ? ` (${word})` : ''}`
  const told = Number(answer.headers.get('retry-after') ?? answer.headers.get('ratelimit-reset') ?? NaN)
  const waits = (code === 'RATE_LIMITED' || code === 'UNAVAILABLE') && told >= 0
  return new PluginError(code, `Asaas: ${why}${hint(code, word)}`, waits ? { retryAfter: Math.ceil(told) } : {})
}

function hint(code: PluginErrorCode, word: unknown): string {
  if (typeof word === 'string' && HINTS[word] !== undefined) return `.${HINTS[word]}`
  if (code === 'UNAUTHENTICATED') return '. Connect the account again on the page of the plugin.'
  if (code === 'FORBIDDEN') return '. Look whether Asaas lets the address of this host use the key.'
  return ''
}

function read(text: string): Fault {
  try {
    const said = JSON.parse(text) as { errors?: unknown } | null
    const [first] = Array.isArray(said?.errors) ? (said.errors as unknown[]) : []
    return typeof first === 'object' && first !== null ? first : {}
  } catch {
    return {}
  }
}
