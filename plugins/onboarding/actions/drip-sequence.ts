import { defineAction, draft, Findings, findingsShape, sayIn, sourced, z } from 'trae-os/sdk'
import { advise } from '../advise.ts'
import { composeLetter } from '../compose-letter.ts'
import { aboutCustomer, type Known, knowCustomer, unreachable } from '../know-customer.ts'

const DAY = 86_400_000
/** Days after they became customers; the playbook onboard-customer keeps the same. */
const SEQUENCE = [
  ['first-steps', 3],
  ['getting-value', 7],
  ['check-in', 14],
] as const
const KINDS = ['first-steps', 'getting-value', 'check-in'] as const

export const dripSequence = defineAction({
  title: 'Plan the drip sequence',
  description:
    'Which letters a new customer gets after the kickoff, on which working day, with their text; and which not, and why: they use it already, they are in need, they cannot be ' +
    'written to, its day is over. With a model also what to say in each. It sends nothing.',
  input: z.object(aboutCustomer),
  output: z.object({
    ...findingsShape,
    letters: z.array(
      z.object({
        kind: z.enum(KINDS),
        on: z.string().describe('A day, 2030-01-31, where the workspace is.'),
        subject: z.string(),
        body: z.string(),
        because: z.string(),
        ...sourced,
      }),
    ),
    skipped: z.array(z.object({ kind: z.enum(KINDS), because: z.string(), ...sourced })),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: { customerId: '01957d3a-0000-7000-8000-000000000000' },
  run: async (input, ctx) => {
    const say = sayIn(ctx)
    const findings = new Findings()
    const known = await knowCustomer(ctx, findings, say, input)
    const { customer, lead, at } = known
    const { timeZone } = ctx.workspace
    const records = (from: string) => ({ source: 'records' as const, from })
    const letters = []
    const skipped = []
    for (const [kind, days] of SEQUENCE) {
      const on = workday(Date.parse(customer.startedAt) + days * DAY, timeZone)
      const against = skips(known, kind) ?? (on < dayIn(at.getTime(), timeZone) ? ('past' as const) : undefined)
      const values = { days, on, score: known.score ?? 0 }
      const because = say(against ? `drip.skip.${against}` : 'drip.because', values)
      const from = records(against ? FROM[against](customer.id) : `customer ${customer.id}.startedAt`)
      findings.fact(say(`kind.${kind}`), because, 'records', from.from)
      if (against) skipped.push({ kind, because, ...from })
      else {
        const { subject, body } = composeLetter({ kind, lead }, ctx.t, {
          locale: lead.locale,
          company: ctx.workspace.name,
        })
        letters.push({ kind, on, subject, body, because, ...from })
      }
    }
    const written = letters.length === 0 ? null : await advise(ctx, findings, 'drip-sequence')
    return { letters, skipped, draft: written, ...findings.shown }
  },
})

type Against = 'left' | 'unsubscribed' | 'bounced' | 'no-address' | 'in-use' | 'in-need' | 'past'
const FROM: Readonly<Record<Against, (id: string) => string>> = {
  left: id => `customer ${id}.status`,
  unsubscribed: () => 'lead.unsubscribed',
  bounced: () => 'lead.emailBounced',
  'no-address': () => 'lead.email',
  'in-use': id => `customer ${id}.facts.activeUsers`,
  'in-need': id => `customer ${id}.facts`,
  past: id => `customer ${id}.startedAt`,
}

function skips({ customer, lead, measures, score }: Known, kind: (typeof KINDS)[number]): Against | undefined {
  if (customer.status === 'CHURNED') return 'left'
  const cannot = unreachable(lead)
  if (cannot) return cannot
  // Who is in need gets a hand, not the next part of a series
  if (score !== null && score < 50) return 'in-need'
  const inUse = measures.some(({ name, grade }) => name === 'use' && grade === 'good')
  return kind === 'first-steps' && inUse ? 'in-use' : undefined
}

const dayIn = (moment: number, timeZone: string) => {
  const style = { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' } as const
  const parts = new Intl.DateTimeFormat('en-US', style).formatToParts(new Date(moment))
  const part = (type: string) => parts.find(one => one.type === type)!.value
  return `${part('year')}-${part('month')}-${part('day')}`
}

/** That day, or the Monday after it. */
function workday(moment: number, timeZone: string): string {
  const day = dayIn(moment, timeZone)
  const weekday = new Date(day).getUTCDay()
  const wait = weekday === 6 ? 2 : weekday === 0 ? 1 : 0
  return new Date(Date.parse(day) + wait * DAY).toISOString().slice(0, 10)
}
