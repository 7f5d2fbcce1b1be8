import { type Context, type FetchInit, type FetchResponse, hasCode } from 'trae-os/sdk'
import { errorOf } from './error-of.ts'

const API = 'https://api.hubapi.com'

export interface Request {
  readonly method?: FetchInit['method']
  /** Below the host, every part escaped by the caller. */
  readonly path: string
  /** A list is sent as one parameter for each of its values. */
  readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>>
  /** Sent as JSON. */
  readonly body?: unknown
}

/**
 * One request to HubSpot, answered with its JSON. Throws a `PluginError` for every status from 300 on, and what `ctx.fetch`
 * throws. It is never repeated here: whether that is harmless only the step's own retry knows.
 */
export async function request<Answer>(
  ctx: Context,
  { method = 'GET', path, query = {}, body }: Request,
): Promise<Answer> {
  const parameters = Object.entries(query).flatMap(([name, value]) =>
    [value ?? []].flat().map(one => `${name}=${encodeURIComponent(one)}`),
  )
  const url = `${API}${path}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`
  const answer = await send(ctx, url, {
    method,
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw await errorOf(answer)
  return (await answer.json()) as Answer
}

/**
 * With the sign-in, or where that is not connected with the token of a private app. A credential that is not connected is
 * refused before anything is sent, so nothing goes out twice.
 */
async function send(ctx: Context, url: string, init: FetchInit): Promise<FetchResponse> {
  try {
    return await ctx.fetch(url, { ...init, credential: 'hubspot' })
  } catch (signIn) {
    if (!hasCode(signIn, 'CREDENTIAL')) throw signIn
    try {
      return await ctx.fetch(url, { ...init, credential: 'private-app' })
    } catch (token) {
      if (!hasCode(token, 'CREDENTIAL')) throw token
      const message = `${(signIn as Error).message} Or use a private app: ${(token as Error).message}`
      throw Object.assign(new Error(message), { code: 'CREDENTIAL', retryable: false })
    }
  }
}
