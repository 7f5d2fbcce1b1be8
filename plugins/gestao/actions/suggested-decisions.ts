import { defineAction, draft, Findings, findingsShape, sayIn, sayPeriod, sayShare, shareOf, z } from 'trae-os/sdk'
import { gatherBoth, type Metric, period } from '../gather.ts'
import { write } from '../write.ts'

/** Each looks at the figures and answers what it saw, or nothing. The action is a task that the module can do. */
const RULES: readonly {
  readonly name: string
  readonly module: string
  readonly action: string
  readonly see: (now: Values, before: Values) => readonly Metric[] | undefined
}[] = [
  {
    name: 'fewer-leads',
    module: 'aquisicao',
    action: 'diagnostico/channel-audit',
    see: (now, before) => (fell(now.leads, before.leads) ? ['leads'] : undefined),
  },
  {
    name: 'few-qualify',
    module: 'diagnostico',
    action: 'diagnostico/icp-analysis',
    see: now => (surelyBelow(now.qualified, now.leads, 0.15) ? ['leads', 'qualified'] : undefined),
  },
  {
    name: 'no-meetings',
    module: 'pre_vendas',
    action: 'diagnostico/metrics-analysis',
    see: now => (surelyBelow(now.met, now.qualified, 0.2) ? ['qualified', 'met'] : undefined),
  },
  {
    name: 'few-won',
    module: 'oferta',
    action: 'oferta/price-analysis',
    see: now => (surelyBelow(now.won, (now.won ?? 0) + (now.lost ?? 0), 0.25) ? ['won', 'lost'] : undefined),
  },
  {
    name: 'more-churn',
    module: 'onboarding',
    action: 'diagnostico/cs-diagnostic',
    see: (now, before) => (fell(before.churned, now.churned) ? ['churned'] : undefined),
  },
  {
    name: 'at-risk',
    module: 'onboarding',
    action: 'diagnostico/cs-diagnostic',
    see: now => ((now.atRisk ?? 0) > 0 ? ['atRisk', 'customers'] : undefined),
  },
]
type Values = Readonly<Record<Metric, number | null>>

/** Less than before, and not by chance (Poisson, 95 %). */
const fell = (now: number | null, before: number | null) =>
  now !== null && before !== null && now + before > 0 && (before - now) / Math.sqrt(now + before) > 1.96
/** A share that is below a mark with 95 % certainty. */
const surelyBelow = (cases: number | null, all: number | null, mark: number) =>
  cases !== null && all !== null && all > 0 && shareOf(cases, all).high < mark

export const suggestedDecisions = defineAction({
  title: 'Suggest decisions',
  description:
    'Looks at the figures with rules that are written down and suggests what to decide, with the figures behind each. Where chance explains a figure it ' +
    'suggests nothing. With a model also what speaks for and against.',
  input: z.object(period),
  output: z.object({
    ...findingsShape,
    decisions: z.array(
      z.object({
        name: z.string(),
        question: z.string(),
        module: z.string(),
        action: z.string().describe('The task that would tell more: plugin/action.'),
        because: z.array(z.string()).describe('Ids of facts.'),
      }),
    ),
    looked: z.int().describe('How many rules looked.'),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: { days: 30 },
  run: async (input, ctx) => {
    const say = sayIn(ctx)
    const { locale } = ctx.workspace
    const findings = new Findings()
    const { now, here, earlier } = await gatherBoth(ctx, input)
    const told = new Map<Metric, string>()
    const fact = (metric: Metric) => {
      const show = (figure: number | null) =>
        figure === null ? '–' : metric === 'winRate' ? sayShare(figure, locale) : String(figure)
      const value = say('metric.both', { now: show(here.values[metric]), before: show(earlier.values[metric]) })
      const id = told.get(metric) ?? findings.fact(say(`metric.${metric}`), value, 'records', sayPeriod(now))
      told.set(metric, id)
      return id
    }
    const decisions = RULES.flatMap(({ name, module, action, see }) => {
      const seen = see(here.values, earlier.values)
      return seen ? [{ name, question: say(`decide.${name}`), module, action, because: seen.map(fact) }] : []
    })
    if (decisions.length === 0) findings.missing(say('decide'), say('decide.needs'))
    else await findings.recall(ctx, 'gestao', decisions.map(({ question }) => question).join(' '))
    const written =
      decisions.length === 0
        ? null
        : await write(ctx, findings, 'suggested-decisions', decisions.map(({ question }) => `- ${question}`).join('\n'))
    return { decisions, looked: RULES.length, draft: written, ...findings.shown }
  },
})
