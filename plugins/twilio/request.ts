import type { Context } from 'trae-os/sdk'
import { errorOf } from './error-of.ts'

export const API = 'https://api.twilio.com'
export const CONTENT = 'https://content.twilio.com'
export const LOOKUPS = 'https://lookups.twilio.com'

type Value = string | number | boolean | undefined

export interface Request {
  readonly method?: 'GET' | 'POST'
  /** With its host, every part of the path escaped by the caller. */
  readonly url: string
  readonly query?: Readonly<Record<string, Value>>
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, Value>>
  /** Sent as JSON. */
  readonly json?: unknown
}

/**
 * One request to Twilio, answered with its JSON. Throws a `PluginError` for every status from 300 on, and what `ctx.fetch`
 * throws. It is never repeated here: whether that is harmless only the step's own retry knows.
 */
export async function request<Answer>(
  ctx: Context,
  { method = 'GET', url, query, form, json }: Request,
): Promise<Answer> {
  const parameters = query === undefined ? '' : formOf(query)
  const body = form === undefined ? (json === undefined ? undefined : JSON.stringify(json)) : formOf(form)
  const type = form === undefined ? 'application/json' : 'application/x-www-form-urlencoded'
  const answer = await ctx.fetch(parameters ? `${url}?${parameters}` : url, {
    method,
    credential: 'twilio',
    headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body }),
  })
  if (!answer.ok) throw await errorOf(answer)
  return (await answer.json()) as Answer
}

/** Path of something of the connected account. */
export async function accountUrl(ctx: Context, rest: string): Promise<string> {
  const { accountSid = '' } = await ctx.credential('twilio')
  return `${API}/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/${rest}`
}

function formOf(values: Readonly<Record<string, Value>>): string {
  return Object.entries(values)
    .flatMap(([name, value]) =>
      value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`],
    )
    .join('&')
}
