import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newId, type UserId } from '../../core/ids.ts'
import { storeBinding } from '../../core/plugins/bind-service.ts'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { SOURCES } from '../../core/plugins/our-plugins.ts'
import { listSteps } from '../../core/runs/list-steps.ts'
import { connectForTest } from '../../core/testing/connect-for-test.ts'
import { ANA as KNOWN_TO_APOLLO, API_KEY, Apollo, INACCESSIBLE, type Reply } from '../vendors/apollo/apollo.ts'
import { playVendor } from '../vendors/play-vendor.ts'
import { openSalesWorld, type SalesWorld } from './sales-world.ts'

/** A good lead that does not look like one: a private address and a phone, and not a word about job or company. */
const LEAD = { name: 'Ana Souza', email: 'ana.souza@gmail.com', phone: '+5511987654321', source: 'WEBSITE' }
const AWAY: Reply = { status: 503, body: {} }
const SPENT: Reply = { status: 429, headers: { 'retry-after': '86400' }, body: { message: 'Daily limit reached' } }

describe('the same lead in the same playbook', () => {
  const apollo = new Apollo()
  const vendor = playVendor(apollo.answer)
  let world: SalesWorld
  let folder: string
  beforeAll(async () => {
    apollo.people.push({ ...KNOWN_TO_APOLLO, email: LEAD.email })
    folder = await mkdtemp(join(tmpdir(), 'trae-apollo-'))
    world = await openSalesWorld({
      resolve: () => Promise.resolve([{ address: '192.0.2.1', family: 4 }]),
      farSide: async request => {
        const { status = 200, headers = {}, text = '' } = (await vendor(request))!
        return { status, statusText: '', headers, body: text }
      },
    })
    const { core, workspaceId } = world
    await buildPlugin(join(SOURCES, 'apollo'), folder)
    const installation = await installPlugin(core, {
      workspaceId,
      from: { kind: 'built-in', path: folder },
      grant: 'all-declared',
    })
    await core.plugins.load(workspaceId)
    const viewer = { workspaceId, userId: newId<UserId>() }
    await connectForTest(core, viewer, installation, { apollo: { apiKey: API_KEY } })
  })
  beforeEach(async () => {
    apollo.always = undefined
    apollo.asked.length = 0
    await world.reset()
  })
  afterAll(async () => {
    await world?.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** As a person orders them on the page Services. */
  async function providedBy(...plugins: string[]) {
    const { core, workspaceId } = world
    const providers = plugins.map(pluginId => ({ pluginId, account: null, condition: null }))
    await core.sql.transaction(tx => storeBinding(tx, workspaceId, 'enrichment', providers, { now: core.clock.now() }))
    await core.plugins.invalidate(workspaceId)
  }
  async function capture(lead: Record<string, unknown> = LEAD) {
    const { leadId } = await world.capture(lead)
    await world.rest()
    return leadId
  }
  async function stepsOf(leadId: string) {
    const [run] = await world.rows<{ id: string }>(
      `select r.id from runs r join playbooks p on p.id = r.playbook_id where p.slug = 'qualify-lead' and r.subject_id = $1 order by r.id desc`,
      [leadId],
    )
    return listSteps(world.core, world.workspaceId, run!.id)
  }
  const enriched = async (leadId: string) => (await stepsOf(leadId)).find(({ path }) => path === 'enrich')!
  const factorsOf = async (leadId: string) => (await world.lead(leadId)).scoreFactors.filter(({ points }) => points > 0)

  it('is a stranger without an account, and the director of a company of 320 with Apollo: then it is written to', async () => {
    await providedBy('enricher')
    const without = await capture()
    expect(await world.lead(without)).toMatchObject({ status: 'NURTURING', score: 23 })
    expect((await factorsOf(without)).map(({ name }) => name)).toEqual(['email', 'phone', 'source'])
    expect(await enriched(without)).toMatchObject({ action: 'enricher@1.0.0/person', passedOver: [] })
    expect(await world.written(without)).toEqual([])
    expect(apollo.asked).toEqual([])

    await world.reset()
    await providedBy('apollo', 'enricher')
    const sharper = await capture()
    expect(await world.lead(sharper)).toMatchObject({ status: 'QUALIFIED', score: 70 })
    expect((await factorsOf(sharper)).map(({ name, points, value }) => [name, points, value])).toEqual([
      ['email', 5, 'gmail.com'],
      ['company', 5, 'Acme Energia Solar'],
      ['seniority', 22, 'Diretora Comercial'],
      ['phone', 15, '+5511987654321'],
      ['companySize', 20, '320'],
      ['source', 3, 'WEBSITE'],
    ])
    expect((await world.written(sharper)).map(({ subject }) => subject)).toEqual(['Recebemos o seu contato'])

    // where each value came from stands with the step, and on the page of the lead
    const step = await enriched(sharper)
    expect(step).toMatchObject({ action: 'apollo@1.0.0/person', account: 'main', passedOver: [] })
    const { sources } = step.output as { sources: Record<string, unknown> }
    expect(sources).toMatchObject({
      firstName: { from: 'name' },
      companySize: { from: 'apollo', how: 'segundo o Apollo, da empresa acme-solar.com.br' },
      jobTitle: { from: 'apollo', how: 'segundo o Apollo, de ana.souza@gmail.com' },
    })
    expect((await world.lead(sharper)).data['enrichment']).toMatchObject({ companySize: '320', sources })
    const score = (await stepsOf(sharper)).find(({ path }) => path === 'score')!
    const said = (score.output as { factors: { name: string; from: string }[] }).factors
    expect(said.find(({ name }) => name === 'companySize')).toMatchObject({ from: 'input.person.companySize' })
    expect(apollo.problems).toEqual([])
  })

  it('scores by its own words where they say something else than Apollo', async () => {
    await providedBy('apollo', 'enricher')
    const leadId = await capture({ ...LEAD, jobTitle: 'Analista', data: { companySize: '1-10' } })
    expect((await factorsOf(leadId)).map(({ name, value }) => [name, value])).toContainEqual(['seniority', 'Analista'])
    expect((await factorsOf(leadId)).map(({ name, value }) => [name, value])).toContainEqual(['companySize', '1-10'])
  })

  const GOOD = {
    ...LEAD,
    email: 'rui@nova-solar.com.br',
    jobTitle: 'Diretor Comercial',
    data: { companySize: '51-200' },
  }

  it.each([
    ['is down for a day', AWAY],
    ['has no request left for today', SPENT],
    ['gives the key no access', INACCESSIBLE],
  ])(
    'is written to at once while Apollo %s: the built-in enricher answers, and the run says so',
    async (_what, reply) => {
      await providedBy('apollo', 'enricher')
      apollo.always = reply
      const leadId = await capture(GOOD)
      expect(await world.lead(leadId)).toMatchObject({ status: 'QUALIFIED', score: 78 })
      expect(await world.written(leadId)).toHaveLength(1)
      expect(await enriched(leadId)).toMatchObject({
        status: 'completed',
        action: 'enricher@1.0.0/person',
        passedOver: [{ pluginId: 'apollo', account: 'main' }],
      })
      expect((await world.lead(leadId)).data['enrichment']).toMatchObject({ company: 'Nova Solar', state: 'SP' })
      expect(apollo.asked).toHaveLength(1)
      await world.reply(leadId, 'Sim')
      await world.rest()
      expect(await world.meetings(leadId)).toHaveLength(1)
    },
  )

  it.each([
    ['is down for a day', AWAY, 3],
    ['has no request left for today', SPENT, 1],
  ])('is written to within minutes where nobody but Apollo is asked, and Apollo %s', async (_what, reply, tries) => {
    await providedBy('apollo')
    apollo.always = reply
    const leadId = await capture(GOOD)
    await world.days(0.01)
    // it reads what the lead said by itself, so the score is the same
    expect(await world.lead(leadId)).toMatchObject({ status: 'QUALIFIED', score: 78 })
    expect(await world.written(leadId)).toHaveLength(1)
    expect(await enriched(leadId)).toMatchObject({ status: 'failed', error: { code: 'UNAVAILABLE' } })
    expect(apollo.asked).toHaveLength(tries)
  })

  it('keeps what was found of it before, when it comes back while Apollo is down', async () => {
    await providedBy('apollo')
    const leadId = await capture()
    await world.reply(leadId, 'Não tenho interesse')
    await world.days(30)
    apollo.always = AWAY
    expect((await world.capture({ ...LEAD, data: { message: 'Agora quero um orçamento' } })).leadId).toBe(leadId)
    await world.days(0.01)
    expect(await enriched(leadId)).toMatchObject({ status: 'failed' })
    expect((await world.lead(leadId)).data['enrichment']).toMatchObject({ companySize: '320' })
  })
})
