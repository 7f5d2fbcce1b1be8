import { adviseCall } from '../../core/plugins/advise-call.ts'
import type { Arrival } from '../../core/rehearsal/pass-time.ts'
import { decideApproval } from '../../core/runs/approvals/decide-approval.ts'
import { addCallLines, endCall, startCall } from '../../core/sales/calls.ts'
import { cancelMeeting, moveMeeting } from '../../core/sales/change-meeting.ts'
import { closeMeeting } from '../../core/sales/close-meeting.ts'
import { moveDeal, updateDeal } from '../../core/sales/deals.ts'
import type { Person, Played } from './play-leads.ts'
import type { SalesWorld } from './sales-world.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const BY_HAND = { source: 'graphql' }
const OWNER = 'owner@example.com'

/**
 * A meeting is moved, called off, or left as it is; then there is a call, or somebody says how it went, or nobody says anything. What does not fit any more
 * (the lead has called it off meanwhile) nobody does.
 */
export function playMeeting({ world, person, news, after, turn }: Played): Arrival[] {
  const { core, workspaceId, clock } = world
  const { next } = person
  const { id } = news
  const plan = turn('plan', ['stays', 'stays', 'moves', 'stays', 'stays', 'called off', 'stays'] as const)
  const outcome = turn('outcome', ['call', 'call', 'missed', 'call', 'held', 'call', 'call', 'unsaid'] as const)
  const hour = Math.floor(next() * 9)
  const now = clock.now().getTime()
  const later = new Date(Math.ceil(now / HOUR_MS) * HOUR_MS + 14 * DAY_MS + hour * HOUR_MS)
  const move = () => moveMeeting(core, workspaceId, { id, startsAt: later.toISOString() }).catch(() => {}) // nobody is free
  const starts = async () => (await world.rows<{ starts: Date }>('select starts_at as starts from meetings where id = $1', [id]))[0]!.starts // prettier-ignore
  const hours = (plan === 'moves' ? later.getTime() + HOUR_MS : news.at.getTime()) - now
  const when = (bring: () => Promise<unknown>) =>
    after(Math.max(0.6, hours / HOUR_MS + 0.05), async () => {
      const [meeting] = await world.rows<{ status: string }>('select status from meetings where id = $1', [id])
      if (meeting!.status === 'SCHEDULED' && (await starts()) <= clock.now()) await bring()
    })
  const close = (outcome: 'COMPLETED' | 'NO_SHOW') => () => closeMeeting(core, workspaceId, { id, outcome }, undefined)
  return [
    ...(plan === 'moves' ? [after(0.5, move)] : []),
    ...(plan === 'called off'
      ? [after(0.5, () => cancelMeeting(core, workspaceId, { id, reason: 'Mudança de planos' }))]
      : []),
    ...(outcome === 'call' ? [when(() => holdCall(world, person, id))] : []),
    ...(outcome === 'missed' ? [when(close('NO_SHOW'))] : []),
    ...(outcome === 'held' ? [when(close('COMPLETED'))] : []), // else nobody says it
  ]
}

/** As the page of a call does: opened, what is said comes line by line (one of them twice), the assistant is asked, it is ended. */
async function holdCall(world: SalesWorld, { will, next }: Person, meetingId: string): Promise<void> {
  const { core, workspaceId } = world
  const call = await startCall(core, workspaceId, { meetingId }, { by: null })
  const said = [
    { who: 'us', text: 'Obrigada por vir. O que vocês usam hoje?' },
    { who: 'them', text: next() < 0.5 ? 'Uma planilha, e ninguém preenche.' : 'Um sistema antigo.' },
    ...(next() > will ? [{ who: 'them', text: 'Achei caro para o nosso orçamento.' }] : []),
    ...(next() < 0.3 ? [{ who: 'them', text: 'Preciso falar com o meu sócio antes.' }] : []),
    { who: 'them', text: 'Me mande uma proposta.' },
  ].map((line, index) => ({ ...line, seq: index + 1 }) as { seq: number; who: 'us' | 'them'; text: string })
  for (const line of [...said, said.at(-1)!]) await addCallLines(core, workspaceId, call.id, [line])
  await adviseCall(core, workspaceId, call.id)
  await endCall(core, workspaceId, call.id)
  await endCall(core, workspaceId, call.id) // whoever has lost the answer asks again
}

/** Some closers move their deals by hand from the first day; others give it a price, some late or never, and leave the rest to call and proposal. */
export function playDeal({ world, person, news, after, turn }: Played): Arrival[] {
  const { core, workspaceId } = world
  const { will, next } = person
  const { id } = news
  const amount = (500 + Math.floor(next() * 200) * 50).toFixed(2)
  const month = new Date(world.clock.now().getTime() + 45 * DAY_MS).toISOString().slice(0, 10)
  const dated = next() < 0.5 ? { expectedCloseOn: month } : {}
  const price = (hours: number) =>
    after(hours, () => updateDeal(core, workspaceId, { id, patch: { value: { amount }, ...dated } }, BY_HAND))
  const stages =
    next() < will
      ? (['PROPOSAL', 'NEGOTIATION', 'WON'] as const)
      : turn('lost', [
          ['PROPOSAL', 'LOST', 'NEGOTIATION'], // they come back to it
          ['PROPOSAL', 'LOST'],
          ['PROPOSAL', 'LOST'],
        ] as const)
  const move = (stage: (typeof stages)[number]) => () =>
    moveDeal(core, workspaceId, { id, stage, lostReason: stage === 'LOST' ? 'sem orçamento' : null }, BY_HAND)
  const closer = turn('deal', [
    'by hand',
    'price',
    'price',
    'by hand',
    'price',
    'late price',
    'price',
    'no price',
  ] as const)
  if (closer === 'by hand') return [price(30), ...stages.map((stage, step) => after(48 + step * 60, move(stage)))]
  return closer === 'price' ? [price(1)] : closer === 'late price' ? [price(24 * 12)] : []
}

/** A manager reads what is asked: yes, no, or no time for it. */
export function playApproval({ world, news, after, turn }: Played): Arrival[] {
  const { core, workspaceId } = world
  const said = turn('approval', ['yes, and this', 'yes', 'no', 'unread', 'yes', 'yes'] as const)
  const vote = { approvalId: news.id, email: OWNER }
  const form = said === 'yes, and this' ? { agreed: 'Começar em maio' } : {}
  const yes = () => decideApproval(core, workspaceId, { ...vote, decision: 'approved', form })
  const no = (email: string) => () => decideApproval(core, workspaceId, { approvalId: news.id, email, decision: 'rejected', comment: 'Preço errado' }) // prettier-ignore
  if (said === 'no') return [after(3, no(OWNER)), after(5, no('bia@trae.example'))] // one yes would do: it takes all to refuse
  return said === 'unread' ? [] : [after(3, yes)]
}
