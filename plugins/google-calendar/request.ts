import { type Context, type FetchInit, type FetchResponse, PluginError, vendorError } from 'trae-os/sdk'

const API = 'https://www.googleapis.com/calendar/v3'

export interface Request {
  readonly method?: FetchInit['method']
  /** Below the API, every part escaped by the caller. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  /** Sent as JSON. */
  readonly body?: unknown
}

/**
 * One request to Google, answered with its JSON; undefined for an empty answer. Throws a `PluginError` for every status from 300
 * on (its `reason` is Google's own word), and what `ctx.fetch` throws. It is never repeated here.
 */
export async function request<Answer>(
  ctx: Context,
  { method = 'GET', path, query = {}, body }: Request,
): Promise<Answer> {
  const parameters = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(String(value))}`],
  )
  const answer = await ctx.fetch(`${API}${path}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`, {
    method,
    credential: 'google',
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw await errorOf(answer)
  return (answer.status === 204 ? undefined : await answer.json()) as Answer
}

/** Path of the calendar that the account was connected with, or of something in it. */
export async function calendarPath(ctx: Context, ...rest: readonly string[]): Promise<string> {
  const { calendarId } = await ctx.credential('google')
  return `/${['calendars', calendarId || 'primary', ...rest].map(encodeURIComponent).join('/')}`
}

export class GoogleError extends PluginError {
  readonly status: number
  readonly reason: string

  constructor({ code, message, retryAfter }: PluginError, { status, reason }: { status: number; reason: string }) {
    super(code, message, retryAfter === undefined ? {} : { retryAfter })
    this.status = status
    this.reason = reason
  }
}
export const isStatus = (error: unknown, status: number): error is GoogleError =>
  error instanceof GoogleError && error.status === status

/** A 403 that is none: developers.google.com/workspace/calendar/api/guides/errors. */
const LIMITS = new Set(['rateLimitExceeded', 'userRateLimitExceeded', 'quotaExceeded'])
/** `{error: {code, message, errors: [{domain, reason, message}]}}`; a proxy on the way answers something else. */
interface Said {
  readonly error: null | { readonly message?: unknown; readonly errors?: readonly { readonly reason?: unknown }[] }
}

async function errorOf(answer: FetchResponse): Promise<GoogleError> {
  let reason = ''
  const error = await vendorError<Said>(answer, 'Google Calendar', said => {
    const found = said.error?.errors?.[0]?.reason
    if (typeof found === 'string') reason = found
    const limited = LIMITS.has(reason)
    return {
      words: said.error?.message,
      mark: reason,
      code: limited ? 'RATE_LIMITED' : undefined,
      hint:
        answer.status === 403 && !limited
          ? 'Look whether the account was connected with all scopes, and may change this calendar.'
          : undefined,
    }
  })
  return new GoogleError(error, { status: answer.status, reason })
}
