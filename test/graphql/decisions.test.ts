import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHOICE, SCORE } from '../decisions/policies.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'

describe.each(DATABASE_KINDS)('decisions over GraphQL, on %s', kind => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(kind)
  })
  afterAll(() => host.close())

  const ask = async (query: string, variables: Record<string, unknown> = {}) => {
    const { json } = await host.graphql(query, variables)
    expect(json.errors).toBeUndefined()
    return json.data
  }
  const request = (inputs: Record<string, unknown>) =>
    ask(
      'mutation m($inputs: JSON) { decisionRequest(input: { policy: "worth-a-call", inputs: $inputs }) { decision { id status score reasons(locale: "pt-BR") steps { rules recommendation } } userErrors { code message } } }',
      { inputs },
    )

  it('are published, asked for, decided by a person, learnt from, looked at and reset', async () => {
    const publish = (source: string) =>
      ask(
        'mutation m($source: String!) { policyPublish(input: { source: $source }) { policy { id version } userErrors { code message } } }',
        { source },
      )
    expect((await publish(SCORE.replace('from: 60', 'from: 600'))).policyPublish.userErrors).toMatchObject([
      { code: 'INVALID' },
    ])
    const { policyPublish } = await publish(SCORE)
    expect(policyPublish).toMatchObject({ policy: { version: 1 }, userErrors: [] })
    expect((await request({ visits: 'x' })).decisionRequest).toMatchObject({
      decision: null,
      userErrors: [{ code: 'INVALID' }],
    })

    const { decision } = (await request({ source: 'website', visits: 3 })).decisionRequest
    expect(decision).toMatchObject({ status: 'PENDING', score: 50, steps: { rules: { score: 50 } } })
    expect(decision.reasons[0]).toMatch(/^Recomendado: Wait, com \d+% de confiança\.$/)
    expect(
      await ask('{ pendingDecisions decisions(filter: { statuses: [PENDING] }) { edges { node { id } } } }'),
    ).toEqual({
      pendingDecisions: 1,
      decisions: { edges: [{ node: { id: decision.id } }] },
    })
    const decide = () =>
      ask(
        'mutation m($id: ID!) { decisionDecide(input: { decisionId: $id, choice: "call" }) { decision { status chosen decidedBy } userErrors { code } } }',
        { id: decision.id },
      )
    expect(await decide()).toMatchObject({
      decisionDecide: { decision: { status: 'DECIDED', chosen: 'call' }, userErrors: [] },
    })
    expect(await decide()).toMatchObject({ decisionDecide: { decision: null, userErrors: [{ code: 'CONFLICT' }] } })
    const told = await ask(
      'mutation m($id: ID!) { decisionRecordOutcome(input: { decisionId: $id, outcome: SUCCESS }) { decision { outcome } userErrors { code } } }',
      { id: decision.id },
    )
    expect(told).toMatchObject({ decisionRecordOutcome: { decision: { outcome: 'SUCCESS' }, userErrors: [] } })
    const corrected = (outcome: string) =>
      ask(
        'mutation m($id: ID!, $outcome: DecisionOutcome!) { answer: decisionCorrectOutcome(input: { decisionId: $id, outcome: $outcome }) { decision { outcome } userErrors { code } } }',
        { id: decision.id, outcome },
      )
    for (const outcome of ['FAILURE', 'SUCCESS'])
      expect(await corrected(outcome)).toMatchObject({ answer: { decision: { outcome }, userErrors: [] } })

    const model = () =>
      ask(
        '{ decisionPolicies { slug model { outcomes generation rulesShare curve { from count said happened } weights { name weight } } hindsight { chosen now outcome } } }',
      )
    expect((await model()).decisionPolicies).toMatchObject([
      {
        slug: 'worth-a-call',
        model: { outcomes: 1, generation: 1 },
        hindsight: [{ chosen: 'call', outcome: 'success' }],
      },
    ])
    await ask('mutation m($id: ID!) { modelReset(input: { policyId: $id }) { userErrors { code } } }', {
      id: policyPublish.policy.id,
    })
    expect((await model()).decisionPolicies).toMatchObject([{ model: { outcomes: 0, generation: 2 } }])
  })

  it('say why over REST in the language that is asked for, else in that of the workspace', async () => {
    await ask('mutation m($source: String!) { policyPublish(input: { source: $source }) { userErrors { code } } }', {
      source: SCORE,
    })
    const first = async (headers: Record<string, string>) => {
      const body = { policy: 'worth-a-call', context: { source: 'referral', visits: 3 } }
      return (await host.send('POST', '/decisions/request', { body, headers })).json.reasons[0]
    }
    expect(await first({ 'accept-language': 'en-US,en;q=0.9' })).toMatch(/^Recommended: Call/)
    expect(await first({ 'accept-language': 'pt-BR' })).toMatch(/^Recomendado: Call/)
    expect(await first({})).toMatch(/^Recomendado: Call/) // what fetch sends by itself names no language
  })

  it('lead to those that were like them, and a choice tells nothing of a learner that decides nothing', async () => {
    await ask('mutation m($source: String!) { policyPublish(input: { source: $source }) { userErrors { code } } }', {
      source: CHOICE,
    })
    const channel = () =>
      ask(
        'mutation { decisionRequest(input: { policy: "channel", inputs: { phone: false } }) { decision { id steps { similar } } } }',
      )
    const before = (await channel()).decisionRequest.decision
    const { similar } = (await channel()).decisionRequest.decision.steps
    expect(similar).toMatchObject([{ id: before.id, chosen: 'email' }])
    const { decisionPolicies } = await ask(
      '{ decisionPolicies { slug model { rulesShare curve { from } weights { name } options { title counted } } } }',
    )
    expect(decisionPolicies.find(({ slug }: { slug: string }) => slug === 'channel').model).toEqual({
      rulesShare: null,
      curve: [],
      weights: [],
      options: [
        { title: 'E-mail', counted: 0 },
        { title: 'SMS', counted: 0 },
      ],
    })
  })
})
