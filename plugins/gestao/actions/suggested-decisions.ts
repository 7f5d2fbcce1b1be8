import { defineAction, draft, Findings, findingsShape, lastDays, sayIn, sayPeriod, sayShare, z } from 'trae-os/sdk'
import { isShare, period } from '../gather.ts'
import { write } from '../write.ts'

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
    const now = lastDays(input.days, input.at)
    const { looked, suggestions } = await ctx.records.figures.suggestions(now)
    const told = new Map<string, string>()
    const fact = ({ metric, now: here, before }: (typeof suggestions)[number]['because'][number]) => {
      const show = (figure: number | null) =>
        figure === null ? '–' : isShare(metric) ? sayShare(figure, locale) : String(figure)
      const value = say('metric.both', { now: show(here), before: show(before) })
      const id = told.get(metric) ?? findings.fact(say(`metric.${metric}`), value, 'records', sayPeriod(now))
      told.set(metric, id)
      return id
    }
    const decisions = suggestions.map(({ name, module, action, because }) => ({
      name,
      question: say(`decide.${name}`),
      module,
      action,
      because: because.map(fact),
    }))
    if (decisions.length === 0) findings.missing(say('decide'), say('decide.needs'))
    else await findings.recall(ctx, 'gestao', decisions.map(({ question }) => question).join(' '))
    const written =
      decisions.length === 0
        ? null
        : await write(ctx, findings, 'suggested-decisions', decisions.map(({ question }) => `- ${question}`).join('\n'))
    return { decisions, looked, draft: written, ...findings.shown }
  },
})
