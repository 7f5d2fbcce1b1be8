import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { METRICS_KEPT_DAYS, recordMetrics } from '../../core/brain/metric-history.ts'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { startCustomer, updateCustomer } from '../../core/sales/customers.ts'
import { moveDeal, openDeal } from '../../core/sales/deals.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { scheduleMeeting } from '../../core/sales/meetings.ts'
import { statement } from '../../core/sql.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { insertWorkspace } from '../plugins/world.ts'
import { DATABASE_KINDS } from '../support/database.ts'

const DAY = 86_400_000
const KEPT = statement(
  'test.metrics',
  `select metric_name as name, metric_value::float8 as value, "timestamp" as at, module from metrics where workspace_id = $1 order by "timestamp", metric_name`,
)

describe.each(DATABASE_KINDS)('the dashboard, on %s,', kind => {
  let host: TestServer
  const FROM = { source: 'test' }
  beforeAll(async () => {
    host = await openTestServer(kind)
    // 40 leads: 30 lost deals, 3 won, 4 open ones; one meeting, which is still to come
    const { core } = host
    await installBuiltIns(core, core.workspaceId)
    for (let n = 0; n < 40; n++) {
      const given = leadInput.parse({
        name: `Lead ${n}`,
        email: `l${n}@example.com`,
        source: n % 4 === 0 ? 'REFERRAL' : 'WEBSITE',
      })
      const { leadId } = await captureLead(core, core.workspaceId, given, FROM)
      if (n >= 37) continue
      const value = { amount: '1000.00', currency: 'BRL' as const }
      const { id } = await openDeal(core, core.workspaceId, { leadId, title: `Deal ${n}`, value }, FROM)
      if (n === 0) {
        const startsAt = new Date(core.clock.now().getTime() + 7 * DAY)
        const endsAt = new Date(startsAt.getTime() + 1_800_000)
        const times = { startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString() }
        await scheduleMeeting(
          core,
          core.workspaceId,
          { leadId, title: 'Call', ...times, attendees: [] },
          { key: 'one', runId: null },
        )
      }
      if (n >= 33) continue
      core.clock.advance(60_000)
      await moveDeal(core, core.workspaceId, { id, stage: 'PROPOSAL' }, FROM)
      core.clock.advance(DAY / 24)
      await moveDeal(core, core.workspaceId, { id, stage: n < 3 ? 'WON' : 'LOST' }, FROM)
      if (n < 3) {
        const mrr = { amount: '200.00', currency: 'BRL' as const }
        const customer = await startCustomer(core, core.workspaceId, { leadId, mrr }, FROM)
        const health = { score: 40 + n * 20, factors: [] }
        await updateCustomer(core, core.workspaceId, { id: customer.id, patch: { health } }, FROM)
      }
    }
    core.clock.advance(1000) // the last moment is no part of a period
  }, 180_000)
  afterAll(() => host?.close())

  const ask = async (query: string, variables: Record<string, unknown> = {}, token?: string) => {
    const { json } = await host.graphql(query, variables, token === undefined ? {} : { token })
    expect(json.errors, query).toBeUndefined()
    return json.data
  }

  it('has every figure beside the period before it, and money only where there is any', async () => {
    const { dashboard } = await ask(
      '{ dashboard(days: 30) { from to metrics { metric module unit currency value before } } }',
    )
    const of = Object.fromEntries(dashboard.metrics.map((one: { metric: string }) => [one.metric, one]))
    expect(of.LEADS).toMatchObject({ value: 40, before: 0, module: 'aquisicao', unit: 'COUNT' })
    expect(of.WON).toMatchObject({ value: 3 })
    expect(of.LOST).toMatchObject({ value: 30 })
    expect(of.WIN_RATE.value).toBeCloseTo(3 / 33)
    expect(of.ANSWERED).toMatchObject({ value: null })
    expect(of.AT_RISK).toMatchObject({ value: 2, before: null })
    expect(of.REVENUE_BRL).toMatchObject({ value: 3000, unit: 'MONEY', currency: 'BRL' })
    expect(of.MRR_BRL).toMatchObject({ value: 600 })
    expect(of).not.toHaveProperty('REVENUE_USD')
  })

  it('its funnel has as many leads as the list with that filter', async () => {
    const { dashboard } = await ask('{ dashboard { from to funnel { reached leads conversion days } } }')
    expect(dashboard.funnel.map((step: { leads: number }) => step.leads)).toEqual([40, 3, 0, 37, 3])
    for (const { reached, leads } of dashboard.funnel) {
      const filter = { reached, createdAfter: dashboard.from, createdBefore: dashboard.to }
      const list = await ask('query l($filter: LeadFilter) { leads(first: 1, filter: $filter) { totalCount } }', {
        filter,
      })
      expect(list.leads.totalCount, reached).toBe(leads)
    }
    expect(dashboard.funnel[4].conversion).toBeCloseTo(3 / 37)
    expect(dashboard.funnel[4].days).toBeCloseTo((60_000 + DAY / 24) / DAY)
  })

  it('says how long deals stay in a stage, and how many go on', async () => {
    const { dashboard } = await ask('{ dashboard { stages { stage open left onward days } } }')
    const [prospecting, , proposal] = dashboard.stages
    expect(prospecting).toMatchObject({ stage: 'PROSPECTING', open: 4, left: 33, onward: 33 })
    expect(proposal).toMatchObject({ stage: 'PROPOSAL', open: 0, left: 33, onward: 3 })
    expect(proposal.days).toBeCloseTo(1 / 24)
  })

  it('says where leads come from, by what one likes', async () => {
    const { dashboard } = await ask(
      '{ dashboard { source: sources { value leads won revenue { amount } } campaign: sources(by: CAMPAIGN) { value leads } } }',
    )
    expect(dashboard.source).toEqual([
      { value: 'WEBSITE', leads: 30, won: 2, revenue: [{ amount: '2000.00' }] },
      { value: 'REFERRAL', leads: 10, won: 1, revenue: [{ amount: '1000.00' }] },
    ])
    expect(dashboard.campaign).toEqual([{ value: null, leads: 40 }])
  })

  it('forecasts with limits, and says what it rests on', async () => {
    const { dashboard } = await ask(
      '{ dashboard { forecast { enough closedNeeded won lost open unpriced factors { kind of owner { id } won expected times } totals { deals pipeline { amount } low { amount } median { amount } high { amount } } } } }',
    )
    expect(dashboard.forecast).toMatchObject({ enough: true, closedNeeded: 5, won: 3, lost: 30, open: 4, unpriced: 0 })
    const stage = dashboard.forecast.factors.find((one: { kind: string }) => one.kind === 'STAGE')
    expect(stage).toMatchObject({ of: 'PROPOSAL', owner: null, won: 3 })
    expect(stage.times).toBeGreaterThan(0)
    expect(dashboard.forecast.totals).toMatchObject([
      { deals: 4, pipeline: { amount: '4000.00' }, low: { amount: '0.00' } },
    ])
  })

  it('suggests decisions with the figures behind them; the first answer counts', async () => {
    const suggested = async () =>
      (
        await ask(
          '{ dashboard { suggestions { name declined because { metric value } task { action module status } } } }',
        )
      ).dashboard.suggestions
    const before = await suggested()
    expect(before.map((one: { name: string }) => one.name)).toEqual(['few-won', 'at-risk'])
    expect(before[0]).toEqual({
      name: 'few-won',
      declined: false,
      because: [
        { metric: 'WON', value: 3 },
        { metric: 'LOST', value: 30 },
      ],
      task: null,
    })
    const answer = (name: string, accept: boolean) =>
      ask(
        'mutation a($input: SuggestionAnswerInput!) { suggestionAnswer(input: $input) { task { status } userErrors { code message } } }',
        { input: { name, accept } },
      )
    expect((await answer('few-won', true)).suggestionAnswer).toEqual({ task: { status: 'QUEUED' }, userErrors: [] })
    expect((await answer('at-risk', false)).suggestionAnswer).toEqual({ task: { status: 'CANCELLED' }, userErrors: [] })
    expect((await answer('few-won', false)).suggestionAnswer.userErrors).toMatchObject([{ code: 'NOT_FOUND' }])
    expect((await answer('more-churn', true)).suggestionAnswer.userErrors).toMatchObject([{ code: 'NOT_FOUND' }])
    const [won, risk] = await suggested()
    expect(won).toMatchObject({ declined: false, task: { action: 'oferta/price-analysis', module: 'oferta' } })
    expect(risk).toMatchObject({ declined: true })
  })

  it('refuses periods of no days and of more than a year', async () => {
    for (const days of [0, 367]) {
      const { json } = await host.graphql(`{ dashboard(days: ${days}) { from } }`)
      expect(json.errors[0].extensions.code).toBe('BAD_USER_INPUT')
    }
  })

  it('keeps each day once, when it is over where the workspace is; standing figures only of the last one', async () => {
    const { core } = host
    core.clock.advance(3 * DAY)
    await recordMetrics(core)
    await recordMetrics(core)
    const rows = await core.sql.query<{ name: string; value: number; at: Date; module: string }>(KEPT, [
      core.workspaceId,
    ])
    const of = (name: string) => rows.filter(row => row.name === name)
    expect(of('leads').reduce((sum, { value }) => sum + value, 0)).toBe(40)
    expect(new Set(of('leads').map(({ at }) => at.getTime())).size).toBe(of('leads').length)
    const local = new Intl.DateTimeFormat('en', { hour: 'numeric', hourCycle: 'h23', timeZone: 'America/Sao_Paulo' })
    expect(new Set(of('leads').map(({ at }) => local.format(at)))).toEqual(new Set(['00']))
    expect(of('customers')).toMatchObject([{ value: 3, module: 'onboarding' }])
    expect(of('mrrBrl')).toMatchObject([{ value: 600 }])
    const signIn = await host.send('POST', '/auth/login', { body: host.core.owner, token: null }) // days have passed
    const { dashboard } = await ask(
      '{ dashboard(days: 7) { history(metrics: [LEADS, CUSTOMERS]) { metric at value } } }',
      {},
      signIn.json.access_token,
    )
    const shown = dashboard.history as { metric: string; value: number }[]
    expect(shown.filter(({ metric }) => metric === 'LEADS').reduce((sum, { value }) => sum + value, 0)).toBe(40)
    expect(shown.filter(({ metric }) => metric === 'CUSTOMERS')).toMatchObject([{ value: 3 }])
  })

  it('keeps the days of each workspace apart, and none for ever', async () => {
    const { core } = host
    const other = await insertWorkspace(core, 'quiet')
    core.clock.advance(DAY)
    await recordMetrics(core)
    const mine = await core.sql.query<{ value: number; name: string }>(KEPT, [other])
    expect(mine.filter(({ name }) => name === 'leads').every(({ value }) => value === 0)).toBe(true)
    core.clock.advance((METRICS_KEPT_DAYS + 1) * DAY)
    await recordMetrics(core)
    const kept = await core.sql.query<{ at: Date; name: string; value: number }>(KEPT, [core.workspaceId])
    const oldest = core.clock.now().getTime() - METRICS_KEPT_DAYS * DAY
    expect(kept.length).toBeGreaterThan(0)
    expect(kept.every(({ at }) => at.getTime() >= oldest)).toBe(true)
    expect(kept.filter(({ name }) => name === 'leads').length).toBeLessThanOrEqual(32)
  })
})
