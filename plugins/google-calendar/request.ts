import { type Context, type FetchInit, type FetchResponse, PluginError, type PluginErrorCode } from 'trae-os/sdk'

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

  constructor(
    code: PluginErrorCode,
    message: string,
    { status, reason, retryAfter }: { status: number; reason: string; retryAfter?: number | undefined },
  ) {
    super(code, message, retryAfter === undefined ? {} : { retryAfter })
    this.status = status
    this.reason = reason
  }
}
export const isStatus = (error: unknown, status: number): error is GoogleError =>
  error instanceof GoogleError && error.status === status

const CODES: Readonly<Record<number, PluginErrorCode>> = {
  400: 'VALIDATION',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  410: 'NOT_FOUND',
  412: 'CONFLICT',
  429: 'RATE_LIMITED',
}
/** A 403 that is none: developers.google.com/workspace/calendar/api/guides/errors. */
const LIMITS = new Set(['rateLimitExceeded', 'userRateLimitExceeded', 'quotaExceeded'])
const HINTS: Partial<Readonly<Record<PluginErrorCode, string>>> = {
  UNAUTHENTICATED: ' Connect the account again on the page of the plugin.',
  FORBIDDEN: ' Look whether the account was connected with all scopes, and may change this calendar.',
}

async function errorOf(answer: FetchResponse): Promise<GoogleError> {
  const { message, reason } = read(await answer.text())
  const limited = LIMITS.has(reason)
  const code = limited ? 'RATE_LIMITED' : (CODES[answer.status] ?? (answer.status >= 500 ? 'UNAVAILABLE' : 'PLUGIN'))
  const told = Number(answer.headers.get('retry-after') ?? NaN)
  const retryAfter = told >= 0 && (code === 'RATE_LIMITED' || code === 'UNAVAILABLE') ? Math.ceil(told) : undefined
  const why = message ? `${message.slice(0, 700)}${reason ? ` (${reason})` : ''}` : `it answered ${answer.status}`
  return new GoogleError(code, `Google Calendar: ${why}.${HINTS[code] ?? ''}`, {
    status: answer.status,
    reason,
    retryAfter,
  })
}

/** `{error: {code, message, errors: [{domain, reason, message}]}}`; a proxy on the way answers something else. */
function read(text: string): { message: string; reason: string } {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown; errors?: readonly { reason?: unknown }[] } }
    const reason = error?.errors?.[0]?.reason
    const message = typeof error?.message === 'string' ? error.message.replace(/\.$/, '') : ''
    return { message, reason: typeof reason === 'string' ? reason : '' }
  } catch {
    return { message: '', reason: '' }
  }
}
