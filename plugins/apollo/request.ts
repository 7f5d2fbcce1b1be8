import type { Context } from 'trae-os/sdk'
import { errorOf } from './error-of.ts'

const API = 'https://api.apollo.io/api/v1'

export interface Request {
  readonly method?: 'GET' | 'POST'
  /** Below the API. */
  readonly path: string
  /** Apollo takes what it is asked for here, also with POST. */
  readonly query: Readonly<Record<string, string | undefined>>
}

/**
 * One request to Apollo, answered with its JSON. Throws a `PluginError` for every status from 300 on, and what `ctx.fetch`
 * throws. It is never repeated here.
 */
export async function request<Answer>(ctx: Context, { method = 'GET', path, query }: Request): Promise<Answer> {
  const parameters = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  )
  const answer = await ctx.fetch(`${API}${path}?${parameters.join('&')}`, {
    method,
    credential: 'apollo',
    headers: { accept: 'application/json' },
  })
  if (!answer.ok) throw await errorOf(answer, path)
  return (await answer.json()) as Answer
}
