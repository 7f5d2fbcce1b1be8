import { type FetchResponse, type PluginError, vendorError } from 'trae-os/sdk'

/** It stops at the first fault, so there is one. A proxy on the way answers something else altogether. */
interface Said {
  readonly errors: unknown
}
interface Fault {
  readonly code?: unknown
  readonly description?: unknown
}

const HINTS: Readonly<Record<string, string>> = {
  invalid_environment:
    'The key is one of the other environment: connect it as the account of production, or as that of the sandbox.',
}

/** The error for an answer that is none of 200 to 299. */
export function errorOf(answer: FetchResponse): Promise<PluginError> {
  return vendorError<Said>(answer, 'Asaas', ({ errors }) => {
    const { code, description } = ((Array.isArray(errors) ? errors[0] : undefined) ?? {}) as Fault
    const mark = typeof code === 'string' ? code : undefined
    const ofAddress =
      answer.status === 403 ? 'Look whether Asaas lets the address of this host use the key.' : undefined
    const reset = answer.headers.get('ratelimit-reset')
    return {
      words: description,
      mark,
      hint: (mark === undefined ? undefined : HINTS[mark]) ?? ofAddress,
      retryAfter: reset === null ? undefined : Number(reset),
    }
  })
}
