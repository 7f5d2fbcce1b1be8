import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Knowledge } from '../../core/decisions/knowledge.ts'
import { type Row, shuffled } from '../../bench/learning/dataset.ts'
import { learn, score, type ScoringTask, scoringTask } from '../../bench/learning/scoring-task.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'

/** The figures of the bench are of the product only if its API says the same, to the last bit. */
describe('what the bench measures is what the API does', () => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer('postgres')
  }, 120_000)
  afterAll(() => host?.close())

  const ask = async (query: string, variables: Record<string, unknown>) => {
    const { json } = await host.graphql(query, variables)
    expect(json.errors, query).toBeUndefined()
    const [answer] = Object.values<{ userErrors: unknown[] }>(json.data)
    expect(answer!.userErrors, query).toEqual([])
    return json.data
  }
  const request = async (inputs: Readonly<Record<string, unknown>>) => {
    const { decisionRequest } = await ask(
      `mutation ($inputs: JSON!) { decisionRequest(input: { policy: "task", inputs: $inputs }) { userErrors { code message } decision { id status steps { combination } } } }`,
      { inputs },
    )
    return decisionRequest.decision as { id: string; status: string; steps: { combination: { probability: number } } }
  }
  const tell = (decisionId: string, success: boolean) =>
    ask(
      `mutation ($id: ID!, $outcome: DecisionOutcome!) { decisionRecordOutcome(input: { decisionId: $id, outcome: $outcome }) { userErrors { code message } decision { id } } }`,
      { id: decisionId, outcome: success ? 'SUCCESS' : 'FAILURE' },
    )

  test('three hundred rows, each scored and then told, come to the same chances', { timeout: 300_000 }, async () => {
    const rows = rowsLikeLeads(320)
    const task = scoringTask({ rows, leaveOut: ['id', 'Converted'], target, pace: 'moving', prior: 35, rules: RULES })
    await ask(
      `mutation ($source: String!) { policyPublish(input: { source: $source }) { userErrors { code message } policy { slug } } }`,
      { source: task.source },
    )
    const here = benchPath(task)
    const cases = rows.map(task.caseOf)
    const [bench, api]: [number[], number[]] = [[], []]
    for (const one of cases.slice(0, 300)) {
      bench.push(here.score(one))
      const { id, status, steps } = await request(one.inputs)
      expect(status).toBe('DECIDED')
      api.push(steps.combination.probability)
      here.learn(one)
      await tell(id, one.truth === 1)
    }
    // Rows that it never learns from, as they are scored for somebody else
    for (const one of cases.slice(300)) {
      bench.push(here.score(one))
      api.push((await request(one.inputs)).steps.combination.probability)
    }
    expect(api).toEqual(bench)
    expect(new Set(bench.slice(300)).size).toBeGreaterThan(10) // something was learnt that tells rows apart
    const said = (converted: boolean) =>
      bench.slice(200).filter((_, at) => (cases[200 + at]!.truth === 1) === converted)
    const mean = (some: readonly number[]) => some.reduce((sum, one) => sum + one, 0) / some.length
    expect(mean(said(true))).toBeGreaterThan(mean(said(false)) + 0.1)
  })
})

function benchPath(task: ScoringTask) {
  const knowledge = new Knowledge(task.policy.pace)
  return {
    score: (one: Parameters<typeof score>[2]) => score(task, knowledge, one),
    learn: (one: Parameters<typeof learn>[2]) => learn(task, knowledge, one),
  }
}

const RULES = `rules:
  - if: \${{ inputs.leadSource == "Reference" }}
    points: 25
    because: Somebody recommended us.
`
const target = (row: Row) => row['Converted'] === 1

/** Made up: sources that convert differently, minutes that help, empty cells, and names with quotes and accents. */
function rowsLikeLeads(many: number): Row[] {
  const chance = shuffled(many, 7).map(place => place / many)
  const noise = shuffled(many, 8).map(place => place / many)
  const sources = ['Reference', 'Google', 'Site "São João", Ltda.', '']
  return chance.map((draw, n): Row => {
    const source = sources[n % sources.length]!
    const minutes = n % 7 === 0 ? '' : Math.round(noise[n]! * 1900) / 100
    const likely = 0.2 + (source === 'Reference' ? 0.5 : 0) + (Number(minutes) > 10 ? 0.25 : 0)
    return { id: n, 'Lead Source': source, 'Total Minutes': minutes, Visits: n % 5, Converted: Number(draw < likely) }
  })
}
