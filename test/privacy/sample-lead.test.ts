import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFigures } from '../../core/brain/alerts/read-figures.ts'
import { analyticsOverview } from '../../core/brain/analytics.ts'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { heldOfPerson } from '../../core/privacy/held-of-person.ts'
import { removeSampleLead } from '../../core/privacy/remove-sample.ts'
import { lookAtRequests } from '../../core/privacy/requests.ts'
import { countSuppressions } from '../../core/privacy/suppressions.ts'
import { publishPolicies } from '../../core/decisions/publish-policy.ts'
import { publishFolder } from '../../core/publishing/publish-folder.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { moveDeal, openDeal } from '../../core/sales/deals.ts'
import { messageFigures } from '../../core/sales/figures.ts'
import { CLOSED_NEEDED, forecast } from '../../core/sales/forecast.ts'
import { funnel } from '../../core/sales/funnel.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { getLead, listLeads } from '../../core/sales/leads.ts'
import { thread } from '../../core/sales/messages.ts'
import { metricValues } from '../../core/sales/metric.ts'
import { receiveReply } from '../../core/sales/receive-message.ts'
import { captureSampleLead } from '../../core/sales/sample-lead.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { DATABASE_KINDS } from '../support/database.ts'

/** For Prometheus. */
const METRICS = [
  'leads_processed_total',
  'meetings_scheduled_total',
  'deals_closed_total',
  'revenue_generated',
  'trae_module_executions_total',
]
const PERIOD = { from: '2000-01-01T00:00:00Z', to: '2999-01-01T00:00:00Z' }

describe.each(DATABASE_KINDS)('the sample lead, on %s', kind => {
  let core: TestCore
  beforeAll(async () => {
    core = await openTestCore(kind)
    await installBuiltIns(core, core.workspaceId)
    await core.brain.open()
  }, 120_000)
  afterAll(() => core?.close())

  const figures = async () => {
    const { period: _now, ...counted } = await analyticsOverview(core, core.workspaceId, 30)
    return {
      counted,
      metrics: await Promise.all(
        METRICS.map(async name => (await core.metrics.registry.getSingleMetric(name)!.get()).values),
      ),
      alerts: await alertFigures(),
      messages: await messageFigures(core, core.workspaceId, PERIOD),
      forecast: await forecast(core, core.workspaceId, PERIOD),
      values: await metricValues(core, core.workspaceId, PERIOD),
      steps: await funnel(core, core.workspaceId, PERIOD),
    }
  }
  const alertFigures = async () => {
    const found = await readFigures(core, core.workspaceId)
    return (['no-leads', 'revenue-below-goal', 'hard-bounces'] as const).map(rule => found.get(rule))
  }
  /** Tables that say its id, without the log of who did what. */
  async function mentioning(text: string): Promise<string[]> {
    const tables = await core.sql.query<{ name: string }>({
      name: '',
      text: `select table_name as name from information_schema.tables where table_schema = 'public' and table_name <> 'audit_log'`,
    })
    const found: string[] = []
    for (const { name } of tables) {
      const asked = { name: '', text: `select 1 from "${name}" t where to_jsonb(t)::text like $1 limit 1` }
      if ((await core.sql.query(asked, [`%${text}%`])).length > 0) found.push(name)
    }
    return found
  }

  it(
    'goes the way of a lead, counts in no figure, and goes with all that came of it',
    { timeout: 120_000 },
    async () => {
      const real = leadInput.parse({ name: 'Bia Prado', email: 'bia@prado.example' })
      const bia = await captureLead(core, core.workspaceId, real, { source: 'test' })
      // Heard by no playbook, so that nothing but the sample can change a figure
      const undispatched = { name: '', text: 'select 1 from events where dispatched_at is null' }
      await expect.poll(() => core.sql.query(undispatched)).toEqual([])
      for (let won = 0; won <= CLOSED_NEEDED; won++) {
        const sold = { leadId: bia.leadId, title: `${won}`, value: { amount: '10', currency: 'BRL' as const } }
        const { id } = await openDeal(core, core.workspaceId, sold, { source: 'test' })
        if (won < CLOSED_NEEDED) await moveDeal(core, core.workspaceId, { id, stage: 'WON' }, { source: 'test' })
      }
      await expect.poll(() => core.sql.query(undispatched)).toEqual([])
      core.clock.advance(3_600_000) // since the last lead
      await publishPolicies(core, core.workspaceId, core.config.playbooksDir)
      await publishFolder(core, core.workspaceId, core.config.playbooksDir)
      const leads = core.metrics.registry.getSingleMetric('trae_leader')! // who leads gives the figures of the business
      await expect.poll(async () => (await leads.get()).values[0]?.value, { timeout: 20_000 }).toBe(1)
      const before = await figures()
      expect(before.metrics[0]).toMatchObject([{ labels: { outcome: 'new' }, value: 1 }])
      expect(before.values).toMatchObject({ leads: 1 })

      const [first, second] = await Promise.all([
        captureSampleLead(core, core.workspaceId, 'pt-BR'),
        captureSampleLead(core, core.workspaceId, 'pt-BR'),
      ])
      expect(second.leadId).toBe(first.leadId)
      const { leadId } = first
      const letters = () => thread(core, core.workspaceId, { leadId })
      await expect.poll(async () => (await letters()).length, { timeout: 60_000 }).toBeGreaterThan(0)
      const lead = await getLead(core, core.workspaceId, { id: leadId })
      expect(lead).toMatchObject({ source: 'SAMPLE', status: 'QUALIFIED', name: 'Ana Exemplo' })
      const answer = { messageId: (await letters())[0]!.id, body: 'Sim, podemos conversar na quinta de manhã.' }
      await receiveReply(core, core.workspaceId, answer)
      await expect.poll(() => mentioning(leadId), { timeout: 60_000 }).toContain('meetings')
      const ofSample = {
        name: '',
        text: 'insert into messages (id, workspace_id, direction, channel, from_address, to_address, subject, body, run_id, created_at) select gen_random_uuid(), workspace_id, $2, $3, $4, $4, $4, $4, id, created_at from runs where subject_id = $1 limit 1',
      }
      await core.sql.query(ofSample, [leadId, 'out', 'email', 'team@example.com'])
      const deal = { leadId, title: 'Exemplo', value: { amount: '1000', currency: 'BRL' as const } }
      const { id } = await openDeal(core, core.workspaceId, deal, { source: 'test' })
      await moveDeal(core, core.workspaceId, { id, stage: 'WON' }, { source: 'test' })
      await expect.poll(() => mentioning(leadId), { timeout: 60_000 }).toContain('customers')
      expect(await figures()).toEqual(before)
      const reached = await listLeads(core, core.workspaceId, { filter: { reached: 'lead' } })
      expect(reached.items.map(({ node }) => node.id)).toEqual([bia.leadId])

      await removeSampleLead(core, core.workspaceId, undefined)
      await expect
        .poll(
          async () => {
            await lookAtRequests(core) // as the leader does every five seconds
            return removeSampleLead(core, core.workspaceId, undefined)
          },
          { timeout: 60_000 },
        )
        .toBeUndefined()
      await expect.poll(() => mentioning(leadId)).toEqual([])
      const { tables } = await heldOfPerson(core, core.workspaceId, 'lead@sample.invalid')
      expect(tables.filter(({ keptBecause }) => keptBecause === null)).toEqual([])
      expect(await countSuppressions(core, core.workspaceId)).toBe(0)
      expect(await figures()).toEqual(before)
      await getLead(core, core.workspaceId, { id: bia.leadId })

      const again = await captureSampleLead(core, core.workspaceId, 'en')
      expect(again).toMatchObject({ created: true, repeated: false })
    },
  )

  it('is made by nobody else', () => {
    const parsed = leadInput.safeParse({ name: 'Ana', email: 'ana@example.com', source: 'SAMPLE' })
    expect(parsed.error?.issues[0]?.path).toEqual(['source'])
  })
})
