import type { Arrival } from '../../core/rehearsal/pass-time.ts'
import { cancelCharge, confirmCharge, createCharge } from '../../core/sales/charges.ts'
import { updateCustomer } from '../../core/sales/customers.ts'
import { receiveLetter } from '../../core/sales/receive-message.ts'
import type { Played } from './play-leads.ts'
import type { SalesWorld } from './sales-world.ts'

const BY_HAND = { source: 'graphql' }

/** Who has bought is billed, and pays or does not; uses it more or less, asks for help in a letter of their own, and some leave. */
export function playCustomer({ world, person, news, after, turn }: Played): Arrival[] {
  const { core, workspaceId } = world
  const { next, address } = person
  const { id, leadId } = news
  const change = (patch: object) => () => updateCustomer(core, workspaceId, { id, patch }, BY_HAND)
  const [use, tickets, later] = [Math.floor(2 + next() * 9), Math.floor(next() * 5), Math.floor(2 + next() * 9)]
  const pays = turn('pays', ['pays', 'owes', 'pays', 'pays', 'is let off'] as const)
  const [asks, leaves] = [turn('asks', ['twice', 'once', 'never']), turn('leaves', [false, false, true, false])]
  const letter = {
    externalId: `<help-${id}@example.com>`,
    answers: undefined,
    from: address ?? '',
    subject: 'Ajuda',
    text: 'Como exporto os dados?',
    automatic: false,
  }
  const writes = () => receiveLetter(core, workspaceId, letter)
  return [
    after(24, change({ facts: { seats: 10, activeUsers: use, openTickets: tickets }, mrr: { amount: '490.00', currency: 'BRL' } })), // prettier-ignore
    after(24 * 20, change({ facts: { activeUsers: later } })),
    ...billed(world, leadId, pays, after),
    ...(pays === 'pays' ? [] : [after(24 * 25, change({ facts: { overdueDays: 18 } }))]),
    ...(address && asks !== 'never' ? [after(24 * 12, writes)] : []),
    ...(address && asks === 'twice' ? [after(24 * 12 + 1, writes)] : []), // the mail server delivers it twice
    ...(leaves ? [after(24 * 30, change({ status: 'CHURNED' }))] : []),
  ]
}

function billed(
  world: SalesWorld,
  leadId: string,
  pays: 'pays' | 'owes' | 'is let off',
  after: Played['after'],
): Arrival[] {
  const { core, workspaceId } = world
  let id: string | undefined
  const bill = async () => {
    const [deal] = await world.rows<{ amount: string | null }>(`select amount from deals where lead_id = $1 and stage = 'WON' order by closed_at limit 1`, [leadId]) // prettier-ignore
    if (!deal?.amount) return // nobody knows what it costs
    const amount = Math.round(Number(deal.amount) * 100)
    const charge = { leadId, amount, currency: 'BRL', description: 'Primeira fatura', customer: { name: 'Cliente' } }
    id = (await createCharge(core, workspaceId, charge, { key: `bill:${leadId}`, runId: null })).id
  }
  const settle = (how: typeof confirmCharge) => async () => {
    if (id) await how(core, workspaceId, id)
  }
  return [
    after(2, bill),
    ...(pays === 'pays' ? [after(24 * 5, settle(confirmCharge)), after(24 * 5 + 1, settle(confirmCharge))] : []), // told twice
    ...(pays === 'is let off' ? [after(24 * 6, settle(cancelCharge))] : []),
  ]
}
