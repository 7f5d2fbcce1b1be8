import { defineAction, draft, Findings, findingsShape, sayIn, sourced, z } from 'trae-os/sdk'
import { advise } from '../advise.ts'
import { composeLetter } from '../compose-letter.ts'
import { aboutCustomer, type Known, knowCustomer, unreachable } from '../know-customer.ts'

const DAY = 86_400_000
/** Days after a letter of ours before the next: who has been written to is called, or left to answer. */
const PAUSE = 7
const LIMIT = 70

export const intervention = defineAction({
  title: 'Plan an intervention',
  description:
    'Whether to step in for a customer, how, and what to say: what is not well and where that is known from, what to do about each, and the letter. Writes to nobody who has asked for ' +
    'silence, and not twice in a week. With a model also how to lead the conversation. It sends nothing.',
  input: z.object(aboutCustomer),
  output: z.object({
    ...findingsShape,
    verdict: z.enum(['write', 'call', 'wait', 'none', 'unknown']),
    reason: z.string().describe('In the language of the team.'),
    score: z.int().nullable(),
    problems: z
      .array(z.object({ name: z.string(), reason: z.string(), action: z.string(), ...sourced }))
      .describe('Worst first, each with what to do about it.'),
    message: z
      .object({ subject: z.string(), body: z.string(), locale: z.string() })
      .nullable()
      .describe('In the language of the customer; null where no letter is to go out.'),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: { customerId: '01957d3a-0000-7000-8000-000000000000' },
  run: async (input, ctx) => {
    const say = sayIn(ctx)
    const findings = new Findings()
    const known = await knowCustomer(ctx, findings, say, input)
    const { lead, score, measures } = known
    const problems = measures
      .filter(({ grade }) => grade !== 'good')
      .sort((a, b) => a.level - b.level)
      .map(({ name, reason, value, source, from }) => ({
        value,
        problem: { name, reason, action: say(`act.${name}`), source, from },
      }))
    const verdict = verdictOf(known)
    const reason = say(`intervention.${verdict}`, { score: score ?? 0, limit: LIMIT, pause: PAUSE })
    findings.fact(say('fact.verdict'), reason, 'computed', known.healthFrom)
    const t = (key: string, values: Record<string, string>) => ctx.t(key, values, lead.locale)
    const reasons = problems.map(({ problem, value }) => t(`notice.${problem.name}`, { value }))
    const own = { locale: lead.locale, company: ctx.workspace.name }
    const helped = verdict === 'write' || verdict === 'call'
    return {
      verdict,
      reason,
      score,
      problems: problems.map(({ problem }) => problem),
      message: verdict === 'write' ? composeLetter({ kind: 'intervention', lead, reasons }, ctx.t, own) : null,
      draft: helped ? await advise(ctx, findings, 'intervention') : null,
      ...findings.shown,
    }
  },
})

function verdictOf({ customer, lead, score, thread, at }: Known): 'write' | 'call' | 'wait' | 'none' | 'unknown' {
  if (customer.status === 'CHURNED') return 'none'
  if (score === null) return 'unknown'
  if (score >= LIMIT) return 'none'
  if (unreachable(lead)) return 'call'
  const written = thread.findLast(({ direction }) => direction === 'out')
  return written && at.getTime() - Date.parse(written.createdAt) < PAUSE * DAY ? 'wait' : 'write'
}
