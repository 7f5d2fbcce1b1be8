import { recordDueOutcomes } from '../../core/decisions/record-outcome.ts'
import type { Arrival } from '../../core/rehearsal/pass-time.ts'
import { moveMeeting } from '../../core/sales/change-meeting.ts'
import { closeMeeting } from '../../core/sales/close-meeting.ts'
import { recordBounce } from '../../core/sales/bounces.ts'
import { updateCustomer } from '../../core/sales/customers.ts'
import { moveDeal, updateDeal } from '../../core/sales/deals.ts'
import { markSent } from '../../core/sales/outbox.ts'
import { chance, type PlayedLead } from './leads-of-data.ts'
import { MONDAY, type SalesWorld } from './sales-world.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const BY_HAND = { source: 'graphql' }

/**
 * Plays everybody outside, and who sends by hand what waits in the outbox: people who fill in a form (some twice, some again with another address), answer letters or do not,
 * move meetings, do not come to them, buy or do not, use what they bought, leave; and the closers who move deals and mostly say how a meeting went. The same for the same seed.
 */
export function playLeads(world: SalesWorld, played: readonly PlayedLead[], days: number) {
  const people = new Map<string, { readonly will: number; readonly next: () => number }>()
  const seen = new Set<string>()
  const { core, workspaceId } = world

  const arrivals = played.flatMap(({ fields, will }, index): Arrival[] => {
    const next = chance(1000 + index)
    const first = MONDAY.getTime() + Math.floor((index / played.length) * (days - 20)) * DAY_MS + index * 60_000
    const capture =
      (key: string, more: object = {}) =>
      async () => {
        const { leadId } = await world.capture({ ...fields, ...more }, key)
        if (!people.has(leadId)) people.set(leadId, { will, next: chance(5000 + index) })
      }
    const draw = next()
    return [
      { at: new Date(first), bring: capture(`form-${index}`) },
      ...(draw < 0.1 ? [{ at: new Date(first + 2000), bring: capture(`form-${index}`) }] : []), // a double click
      ...(draw > 0.95 ? [{ at: new Date(first + 9 * DAY_MS), bring: capture(`again-${index}`, { email: `outro${index}@gmail.com` }) }] : []), // prettier-ignore
    ]
  })

  /** What follows from what has happened since the last look. */
  const look = async (): Promise<Arrival[]> => {
    await recordDueOutcomes(core) // as the leader does, once a second
    const now = world.clock.now().getTime()
    const after = (hours: number, bring: () => Promise<unknown>): Arrival => ({
      at: new Date(now + hours * HOUR_MS),
      bring,
    })
    const news = await world.rows<Record<'kind' | 'id' | 'lead_id', string> & Record<'channel' | 'subject', string | null>>(NEWS, [[...seen]]) // prettier-ignore
    return news.flatMap(({ kind, id, lead_id: leadId, channel, subject }): Arrival[] => {
      seen.add(`${kind} ${id}`)
      const person = people.get(leadId)
      if (!person) return []
      const { will, next } = person
      if (kind === 'message') {
        if (channel === 'whatsapp') {
          if (next() < 0.1) return [] // nobody gets round to it
          const sends = after(2, () => markSent(core, workspaceId, id))
          if (next() > 0.4 + will * 0.5) return [sends]
          const text = answer(will, next())
          return [sends, after(3 + next() * 60, () => world.reply(leadId, text))]
        }
        if (next() < 0.04)
          return [after(1, () => recordBounce(core, workspaceId, { messageId: id, reason: '550 user unknown' }))]
        if (next() > 0.4 + will * 0.5) return []
        const text = subject === 'Como estão as coisas?' ? grade(will, next()) : answer(will, next())
        return [after(1 + next() * 90, () => world.reply(leadId, text))]
      }
      if (kind === 'meeting') {
        const startsAt = new Date(Math.ceil(now / HOUR_MS) * HOUR_MS + 14 * DAY_MS + Math.floor(next() * 9) * HOUR_MS)
        const moved = next() <= 0.15
        const said = next()
        const outcome = said < 0.7 ? 'COMPLETED' : 'NO_SHOW'
        const says = after(24 * 16, () => closeMeeting(core, workspaceId, { id, outcome }, undefined))
        return [
          ...(moved
            ? [
                after(0.5, () =>
                  moveMeeting(core, workspaceId, { id, startsAt: startsAt.toISOString() }).catch(() => {}),
                ),
              ]
            : []),
          ...(said < 0.85 ? [says] : []), // else nobody says it
        ]
      }
      if (kind === 'deal') {
        const amount = (500 + Math.floor(next() * 200) * 50).toFixed(2)
        const stages =
          next() < will
            ? (['PROPOSAL', 'NEGOTIATION', 'WON'] as const)
            : next() < 0.2
              ? (['PROPOSAL', 'LOST', 'NEGOTIATION'] as const) // they come back to it
              : (['PROPOSAL', 'LOST'] as const)
        const move = (stage: (typeof stages)[number]) => () =>
          moveDeal(core, workspaceId, { id, stage, lostReason: stage === 'LOST' ? 'sem orçamento' : null }, BY_HAND)
        return [
          after(30, () => updateDeal(core, workspaceId, { id, patch: { value: { amount } } }, BY_HAND)),
          ...stages.map((stage, step) => after(48 + step * 60, move(stage))),
        ]
      }
      const change = (patch: object) => () => updateCustomer(core, workspaceId, { id, patch }, BY_HAND)
      const use = Math.floor(2 + next() * 9)
      return [
        after(24, change({ facts: { seats: 10, activeUsers: use, openTickets: Math.floor(next() * 5) } })),
        after(24 * 20, change({ facts: { activeUsers: Math.floor(2 + next() * 9) } })),
        ...(next() < 0.15 ? [after(24 * 30, change({ status: 'CHURNED' }))] : []),
      ]
    })
  }
  return { arrivals, look }
}

const NEWS = `select * from (
    select 'message' as kind, id::text, lead_id, channel, subject from messages where direction = 'out' and lead_id is not null
    union all select 'meeting', id::text, lead_id, null, null from meetings
    union all select 'deal', id::text, lead_id, null, null from deals
    union all select 'customer', id::text, lead_id, null, null from customers) n
  where kind || ' ' || id <> all($1::text[]) order by id`

function answer(will: number, draw: number): string {
  if (draw < 0.35 + will * 0.5) return 'Sim, podemos conversar!'
  if (draw < 0.82) return 'Quanto custa?'
  if (draw < 0.93) return 'Não tenho interesse'
  return 'Descadastrar'
}

/** Of the check-in: mostly a number, and not always. */
function grade(will: number, draw: number): string {
  if (draw < 0.8) return String(Math.round(4 + will * 6 * (draw / 0.8)))
  return draw < 0.9 ? '9, gostamos!' : 'Como exporto os dados?'
}
