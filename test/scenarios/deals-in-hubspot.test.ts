import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newId, type UserId } from '../../core/ids.ts'
import { storeBinding } from '../../core/plugins/bind-service.ts'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { describeServices } from '../../core/plugins/describe-services.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { SOURCES } from '../../core/plugins/our-plugins.ts'
import { listSteps } from '../../core/runs/list-steps.ts'
import { decideProposal } from '../../core/sales/decide-proposal.ts'
import { createProposal, markProposalSent } from '../../core/sales/proposals.ts'
import { connectForTest } from '../../core/testing/connect-for-test.ts'
import { FIXTURES } from '../plugins/world.ts'
import { HubSpot } from '../vendors/hubspot/hubspot.ts'
import { APP_TOKEN } from '../vendors/hubspot/sign-ins.ts'
import { playVendor } from '../vendors/play-vendor.ts'
import { openSalesWorld, type SalesWorld } from './sales-world.ts'

describe('the deal that playbooks open and win', () => {
  const hubspot = new HubSpot()
  const vendor = playVendor(hubspot.answer)
  let world: SalesWorld
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trae-crm-'))
    world = await openSalesWorld({
      resolve: () => Promise.resolve([{ address: '192.0.2.1', family: 4 }]),
      farSide: async request => {
        const { status = 200, headers = {}, text = '' } = (await vendor(request))!
        return { status, statusText: '', headers, body: text }
      },
    })
    await install(join(SOURCES, 'hubspot'))
    await install(join(FIXTURES, 'old-crm'))
  })
  beforeEach(async () => {
    for (const records of [hubspot.contacts, hubspot.deals]) records.all.clear()
    for (const list of [hubspot.asked, hubspot.instead, hubspot.associations]) list.length = 0
    await world.reset()
  })
  afterEach(() => expect(hubspot.problems.splice(0)).toEqual([]))
  afterAll(async () => {
    await world?.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function install(source: string) {
    const { core, workspaceId } = world
    const path = join(folder, source.split('/').at(-1)!)
    const { credentials } = await buildPlugin(source, path)
    const installation = await installPlugin(core, {
      workspaceId,
      from: { kind: 'built-in', path },
      grant: 'all-declared',
    })
    await core.plugins.load(workspaceId)
    const viewer = { workspaceId, userId: newId<UserId>() }
    if (credentials['private-app'])
      await connectForTest(core, viewer, installation, { 'private-app': { token: APP_TOKEN } })
  }
  /** As a person orders them on the page Services. */
  async function providedBy(...plugins: string[]) {
    const { core, workspaceId } = world
    const providers = plugins.map(pluginId => ({ pluginId, account: null, condition: null }))
    await core.sql.transaction(tx => storeBinding(tx, workspaceId, 'crm', providers, { now: core.clock.now() }))
    await core.plugins.invalidate(workspaceId)
  }
  /** From the form over the meeting to the deal that comes of it. */
  async function met() {
    const { leadId } = await world.capture()
    await world.days(1)
    await world.reply(leadId, 'Sim, podemos conversar!')
    await world.days(0.1)
    return leadId
  }
  /** The proposal goes out, and the lead takes it a day later. */
  async function accepted(leadId: string) {
    const { core, workspaceId } = world
    const items = [{ description: 'Instalação', quantity: 1, unitAmount: 1_200_000 }]
    const proposal = await createProposal(
      core,
      workspaceId,
      { leadId, title: 'Energia solar', items, currency: 'BRL' },
      { key: null, runId: null },
    )
    await markProposalSent(core, workspaceId, proposal.id)
    await world.days(1)
    const answer = { decision: 'ACCEPTED', name: 'Ana Souza', note: null, revision: proposal.revision } as const
    await decideProposal(core, workspaceId, proposal.id, answer)
    await world.days(0.1)
  }
  const mirrored = () => [...hubspot.deals.all.values()].map(({ properties }) => properties)
  /** Who opened and moved the deals of a lead. */
  async function doers(leadId: string) {
    const runs = await world.rows<{ id: string }>('select id from runs where subject_id = $1 order by id', [leadId])
    const steps = await Promise.all(runs.map(({ id }) => listSteps(world.core, world.workspaceId, id)))
    return steps
      .flat()
      .flatMap(({ uses, action }) => (action !== null && /^crm\/\w+-deal$/.test(uses ?? '') ? [action] : []))
  }

  it('stands in HubSpot from its first day to the yes of the lead, with its contact, and here', async () => {
    await providedBy('hubspot')
    const leadId = await met()
    const [deal] = await world.deals(leadId)
    expect(deal).toMatchObject({ stage: 'QUALIFICATION' })
    expect(mirrored()).toMatchObject([
      { trae_deal_id: deal!.id, dealname: deal!.title, dealstage: 'qualifiedtobuy', pipeline: 'default' },
    ])
    const contact = hubspot.contacts.find('ana@acme-solar.com.br', 'email')!
    expect(new Set(hubspot.associations)).toEqual(
      new Set([`deals/${mirrored()[0]!['hs_object_id']} contacts/${contact.id}`]),
    )
    await accepted(leadId)
    expect(await world.deals(leadId)).toMatchObject([{ id: deal!.id, stage: 'WON' }])
    expect(mirrored()).toMatchObject([{ trae_deal_id: deal!.id, dealstage: 'closedwon' }])
    expect((await world.lead(leadId)).status).toBe('CONVERTED')
    expect(await doers(leadId)).toEqual([
      'hubspot@1.1.0/open-deal',
      'hubspot@1.1.0/move-deal',
      'hubspot@1.1.0/move-deal',
    ])
  })

  it('is there once, and won, though HubSpot was away and answers were lost', async () => {
    await providedBy('hubspot')
    const away = { status: 503, body: { status: 'error', message: 'away', correlationId: 'c', category: 'X' } }
    hubspot.instead.push({ on: 'v4_createDefault', after: 'lost' }, { on: 'v4_createDefault', ...away })
    const leadId = await met()
    expect(mirrored()).toHaveLength(1)
    expect(await world.deals(leadId)).toHaveLength(1)
    hubspot.instead.push({ on: 'v4_createDefault', after: 'lost' })
    await accepted(leadId)
    expect(hubspot.instead).toEqual([])
    expect(mirrored()).toMatchObject([{ dealstage: 'closedwon' }])
    expect(await world.rows(`select 1 from events where type in ('deal.opened', 'deal.won')`)).toHaveLength(2)
  })

  it.each([
    ['our own CRM', 'local-crm'],
    ['a CRM of before, which knows nothing of deals', 'old-crm'],
  ])('is kept here with %s, and HubSpot is asked for nothing', async (_what, pluginId) => {
    await providedBy(pluginId)
    const crm = (await describeServices(world.core, world.workspaceId)).find(({ service }) => service.id === 'crm')!
    expect(crm.missing).toEqual([])
    const leadId = await met()
    await accepted(leadId)
    expect(await world.deals(leadId)).toMatchObject([{ stage: 'WON' }])
    expect((await world.lead(leadId)).status).toBe('CONVERTED')
    expect(await doers(leadId)).toEqual([
      'local-crm@1.1.0/open-deal',
      'local-crm@1.1.0/move-deal',
      'local-crm@1.1.0/move-deal',
    ])
    expect(hubspot.asked).toEqual([])
  })
})
