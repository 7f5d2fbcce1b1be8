import { TraeError } from '../errors.ts'
import type { ActionTest, PlayedApi } from './action-test.ts'
import { type ApiDescription, apiOf } from './open-api.ts'

/**
 * The far side of a test: its function, or one that holds requests against a description. Sign-ins go past a description
 * that does not know them.
 */
export function playDescribed(
  { api, answer }: Pick<ActionTest, 'api' | 'answer'>,
  tokenUrls: ReadonlySet<string>,
): PlayedApi | undefined {
  if (api === undefined || typeof api === 'function') return api
  const ask = apiOf(api satisfies ApiDescription)
  return async request => {
    const asked = ask({ ...request, text: request.body ?? '' })
    if (asked.operationId === '' && tokenUrls.has(request.url)) return undefined
    if (asked.problems.length > 0) throw misfit('The request does not fit the description of the API', asked.problems)
    const given = await answer?.(request)
    if (given) {
      const problems = given.json === undefined ? [] : asked.answerProblems(given.status ?? 200, given.json)
      if (problems.length > 0) throw misfit('The answer of the test does not fit the description of the API', problems)
      return given
    }
    return asked.example
  }
}

const misfit = (what: string, problems: readonly string[]) =>
  new TraeError('VALIDATION', `${what}:\n${problems.join('\n')}`, { details: { problems } })
