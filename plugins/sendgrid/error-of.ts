import { type Context, type FetchResponse, type PluginError, vendorError } from 'trae-os/sdk'

/** Each fault of the request; a proxy on the way answers something else altogether. */
interface Said {
  readonly errors: unknown
}
interface Fault {
  readonly message?: unknown
  readonly field?: unknown
}

/** The error for an answer that is none of 200 to 299. */
export function errorOf({ now }: Context, answer: FetchResponse): Promise<PluginError> {
  return vendorError<Said>(answer, 'SendGrid', ({ errors }) => {
    const faults = (Array.isArray(errors) ? errors : []) as readonly Fault[]
    const { field } = faults[0] ?? {}
    const reset = answer.headers.get('x-ratelimit-reset') // an instant, in seconds since 1970
    return {
      words: faults.map(({ message }) => message).join(' '),
      mark: typeof field === 'string' ? field : undefined,
      code: answer.status === 413 ? 'VALIDATION' : undefined,
      hint:
        answer.status === 403
          ? 'Look whether the key may send, and whether SendGrid has verified the address of the sender.'
          : undefined,
      retryAfter: reset === null ? undefined : Math.max(0, Number(reset) - now / 1000),
    }
  })
}
