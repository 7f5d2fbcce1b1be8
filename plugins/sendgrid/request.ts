import { type Context, type FetchResponse, hasCode } from 'trae-os/sdk'

export const GLOBAL = 'api.sendgrid.com'
export const EUROPE = 'api.eu.sendgrid.com'

export interface Request {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below `/v3`, every part escaped by the caller. */
  readonly path: string
  /** Sent as JSON. */
  readonly body?: unknown
}

/**
 * One request to SendGrid, with whatever it answers. To the global region, or where no account there is connected to that of the European Union. A
 * credential that is not connected is refused before anything is sent, so nothing goes out twice. Throws what `ctx.fetch` throws.
 */
export async function request(ctx: Context, { method = 'GET', path, body }: Request): Promise<FetchResponse> {
  const init = {
    method,
    headers: {
      accept: 'application/json', // without it some answers are 406
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }
  try {
    return await ctx.fetch(`https://api.sendgrid.com/v3${path}`, { ...init, credential: 'sendgrid' })
  } catch (error) {
    if (!hasCode(error, 'CREDENTIAL')) throw error
    return await ctx
      .fetch(`https://api.eu.sendgrid.com/v3${path}`, { ...init, credential: 'europe' })
      .catch((second: unknown) => {
        throw hasCode(second, 'CREDENTIAL') ? error : second
      })
  }
}

/** Who sends, as the account that is connected says. */
export async function senderOf(ctx: Context): Promise<{ readonly address: string; readonly name: string }> {
  const { from = '', fromName } = await ctx.credential('sendgrid').catch((error: unknown) => {
    if (!hasCode(error, 'CREDENTIAL')) throw error
    return ctx.credential('europe')
  })
  return { address: from.trim(), name: fromName || ctx.workspace.name }
}
