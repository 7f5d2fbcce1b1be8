import { type Context, type FetchInit, type FetchResponse, hasCode } from 'trae-os/sdk'
import { errorOf } from './error-of.ts'

export const PRODUCTION = 'api.asaas.com'
export const SANDBOX = 'api-sandbox.asaas.com'

export interface Request {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  /** Below `/v3`, every part escaped by the caller. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number>>
  /** Sent as JSON. */
  readonly body?: unknown
}
/** One page of a list. */
export interface List<Entry> {
  readonly data: readonly Entry[]
  readonly hasMore: boolean
}

/**
 * One request to Asaas, answered with its JSON. Throws a `PluginError` for every status from 300 on, and what `ctx.fetch`
 * throws. It is never repeated here: whether that is harmless only the step's own retry knows.
 */
export async function request<Answer>(
  ctx: Context,
  { method = 'GET', path, query = {}, body }: Request,
): Promise<Answer> {
  const parameters = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  const answer = await send(ctx, `/v3${path}${parameters.length > 0 ? `?${parameters.join('&')}` : ''}`, {
    method,
    headers: {
      accept: 'application/json',
      'user-agent': 'trae-os', // accounts since 2024 are refused without one
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw await errorOf(answer)
  return (await answer.json()) as Answer
}

/**
 * To production, or where no account there is connected to the test environment. A credential that is not connected is refused before
 * anything is sent, so nothing goes out twice.
 */
async function send(ctx: Context, path: string, init: FetchInit): Promise<FetchResponse> {
  try {
    return await ctx.fetch(`https://api.asaas.com${path}`, { ...init, credential: 'asaas' })
  } catch (error) {
    if (!hasCode(error, 'CREDENTIAL')) throw error
    return await ctx
      .fetch(`https://api-sandbox.asaas.com${path}`, { ...init, credential: 'sandbox' })
      .catch((second: unknown) => {
        throw hasCode(second, 'CREDENTIAL') ? error : second
      })
  }
}

/** Where Asaas writes to when it cannot post. */
export async function noticesTo(ctx: Context): Promise<string> {
  const { email = '' } = await ctx.credential('asaas').catch((error: unknown) => {
    if (!hasCode(error, 'CREDENTIAL')) throw error
    return ctx.credential('sandbox')
  })
  return email
}
