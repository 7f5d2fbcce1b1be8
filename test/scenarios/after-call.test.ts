import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { decideApproval } from '../../core/runs/approvals/decide-approval.ts'
import { listApprovals } from '../../core/runs/approvals/read-approvals.ts'
import { addCallLines, endCall, startCall } from '../../core/sales/calls.ts'
import { updateDeal } from '../../core/sales/deals.ts'
import { decideProposal } from '../../core/sales/decide-proposal.ts'
import { listProposals, markProposalSent, setProposalStatus } from '../../core/sales/proposals.ts'
import { openSalesWorld, type SalesWorld } from './sales-world.ts'

const OWNER = 'owner@example.com'
const BY_HAND = { source: 'graphql' }

describe('after a call', () => {
  let world: SalesWorld
  beforeAll(async () => void (world = await openSalesWorld()))
  beforeEach(() => world.reset())
  afterAll(() => world?.close())

  /** From the form over the meeting to the end of its call; the deal is worth so much. */
  const called = async (amount: string | null) => {
    const { core, workspaceId } = world
    const { leadId } = await world.capture()
    await world.days(1)
    await world.reply(leadId, 'Sim, podemos conversar!')
    await world.rest()
    const [deal] = await world.deals(leadId)
    if (amount)
      await updateDeal(core, workspaceId, { id: deal!.id, patch: { value: { amount, currency: 'BRL' } } }, BY_HAND)
    const [meeting] = await world.meetings(leadId)
    const call = await startCall(core, workspaceId, { meetingId: meeting!.id }, { by: null })
    await addCallLines(core, workspaceId, call.id, [{ who: 'them', text: 'Quanto custa? Me mande uma proposta.' }])
    await endCall(core, workspaceId, call.id)
    await world.rest()
    return leadId
  }
  const proposals = async () =>
    (await listProposals(world.core, world.workspaceId, { first: 10 })).items.map(({ node }) => node)
  const approve = async (form = {}) => {
    const { core, workspaceId } = world
    const [asked] = (await listApprovals(core, workspaceId, { first: 10 })).items
    await decideApproval(core, workspaceId, { approvalId: asked!.node.id, email: OWNER, decision: 'approved', form })
    await world.rest()
  }
  const last = async (leadId: string) => (await world.written(leadId)).at(-1)!
  const sentEvents = () => world.rows(`select id from events where type = 'proposal.sent'`)

  it('the proposal is written at the price of the deal, goes out with a yes of a person, and the yes of the lead wins the deal', async () => {
    const leadId = await called('12000.00')
    const [draft] = await proposals()
    expect(draft).toMatchObject({ status: 'DRAFT', total: 1_200_000, leadId })
    expect((await last(leadId)).subject).not.toMatch(/proposta/i) // nobody has read it yet

    await approve({ agreed: 'instalar em maio' })
    const asked = (await listApprovals(world.core, world.workspaceId, { first: 10 })).items[0]!.node
    expect(asked.message).toMatch(/^Proposta para Acme Solar|^Proposta para Ana Souza/)
    expect(asked.message).toMatch(
      /Total: R\$\s12\.000,00\nVale até \d+ de março de 2026\n\nPDF: http\S+\/proposal\.pdf\n/,
    )
    expect(asked.message).toContain('vai por e-mail para ana@acme-solar.com.br')
    const [told] = await world.rows<{ body: string }>(`select body from messages where to_address = $1 and subject like 'Aprovação pedida%'`, [OWNER]) // prettier-ignore
    expect(told!.body).toContain(asked.message)
    const letter = await last(leadId)
    expect(letter.body).toContain('Nós vamos:\n- instalar em maio')
    expect(letter.body).toMatch(/A proposta está aqui: http\S+\/proposals\//)
    expect((await proposals())[0]!.status).toBe('SENT')
    expect((await world.deals(leadId))[0]!.stage).toBe('PROPOSAL')

    await world.days(1)
    const answer = { decision: 'ACCEPTED', name: 'Ana Souza', note: null, revision: draft!.revision } as const
    await decideProposal(world.core, world.workspaceId, draft!.id, answer)
    await world.rest()
    expect((await world.deals(leadId))[0]!.stage).toBe('WON')
    expect((await world.lead(leadId)).status).toBe('CONVERTED')
  })

  it('of a deal without a price the lead is thanked, and the team hears what is missing', async () => {
    const leadId = await called(null)
    expect(await proposals()).toEqual([])
    expect((await last(leadId)).subject).toBe('Sobre a nossa conversa')
    expect(await world.rows('select title from notices where lead_id = $1', [leadId])).toEqual([
      { title: 'Ligação com Ana Souza: falta o preço para a proposta' },
    ])

    // three days later somebody knows the price: the proposal is written, and goes out with a yes
    await world.days(3)
    const [deal] = await world.deals(leadId)
    const value = { amount: '9000.00', currency: 'BRL' } as const
    await updateDeal(world.core, world.workspaceId, { id: deal!.id, patch: { value } }, BY_HAND)
    await world.rest()
    expect(await proposals()).toMatchObject([{ status: 'DRAFT', total: 900_000, leadId }])
    await approve()
    expect((await proposals())[0]!.status).toBe('SENT')
    expect((await world.deals(leadId))[0]!.stage).toBe('PROPOSAL')
  })

  it('what a person has sent by hand meanwhile is not sent again, and is told once', async () => {
    const leadId = await called('12000.00')
    const [draft] = await proposals()
    await setProposalStatus(world.core, world.workspaceId, draft!.id, 'SENT')
    const before = (await world.written(leadId)).length
    await approve()
    expect(await world.written(leadId)).toHaveLength(before)
    expect(await sentEvents()).toHaveLength(1)
  })

  it('a proposal that was answered already stays answered when it is said to be sent', async () => {
    const leadId = await called('12000.00')
    const { core, workspaceId } = world
    const [draft] = await proposals()
    const answer = { decision: 'DECLINED', name: 'Ana Souza', note: null, revision: draft!.revision } as const
    await decideProposal(core, workspaceId, draft!.id, answer)
    expect((await markProposalSent(core, workspaceId, draft!.id)).status).toBe('DECLINED')
    expect(await sentEvents()).toEqual([])
    expect(leadId).toBe(draft!.leadId)
  })
})
