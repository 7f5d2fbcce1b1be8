import {
  defineAction,
  Findings,
  findingsShape,
  lastDays,
  type LeadGroup,
  sayPeriod,
  sayShare,
  shareOf,
  z,
} from 'trae-os/sdk'
import { at, days, judge, judgement } from '../judge.ts'

/** Fewer cases than this say nothing about who buys. */
const LEAST_CASES = 5

const segment = z.object({
  by: z.string().describe('What the leads have in common: source, data.companySize.'),
  value: z.string(),
  leads: z.int(),
  cases: z.int().describe('Of these, how many reached the goal.'),
  share: z.number(),
  low: z.number().describe('With 95 % certainty the share is not lower.'),
  high: z.number(),
  verdict: z.enum(['better', 'worse', 'no-difference']).describe('Beside all other leads, where that is certain.'),
})

export const icpAnalysis = defineAction({
  title: 'Analyse the ideal customer profile',
  description:
    'Which leads become customers (or meetings, while hardly any deal is won), by source, size, seniority and whatever the form asked. Calls ' +
    'a group better or worse only where chance does not explain it.',
  input: z.object({
    days: days.default(365),
    at,
    by: z
      .array(z.string().min(1).max(200))
      .max(12)
      .default(['source', 'jobTitle', 'campaign', 'data.companySize', 'data.interest', 'data.enrichment.seniority'])
      .describe(
        'What to compare by: source, jobTitle, campaign, medium, locale, or a form answer as data.companySize.',
      ),
  }),
  output: z.object({
    ...findingsShape,
    goal: z.enum(['won', 'met']).describe('What counts as success: deals won, or meetings while fewer than five were.'),
    segments: z.array(segment).describe('Best first.'),
    judgement,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: { days: 365, by: ['source', 'data.companySize'] },
  run: async ({ days, at, by }, ctx) => {
    const { locale } = ctx.workspace
    const t = (key: string, values: Record<string, string | number> = {}) => ctx.t(key, values, locale)
    const period = lastDays(days, at)
    const findings = new Findings()
    const [all] = await ctx.records.figures.leads(period)
    const goal: Goal = (all?.won ?? 0) >= LEAST_CASES ? 'won' : 'met'
    if (!all || all.leads === 0) findings.missing(t('icp.who'), t('icp.needs.leads'))
    else {
      findings.fact(
        t('leads'),
        t('icp.all', { leads: all.leads, met: all.met, won: all.won, lost: all.lost, days }),
        'records',
        `leads ${sayPeriod(period)}`,
      )
      if (goal === 'met') findings.missing(t('icp.buyers'), t('icp.needs.won', { won: all.won, least: LEAST_CASES }))
    }
    const segments: Segment[] = []
    for (const field of all && all.leads > 0 ? by : []) {
      const groups = await ctx.records.figures.leads({ ...period, by: field })
      const told = groups.filter(({ value }) => value !== null)
      if (told.length === 0) findings.missing(field, t('icp.needs.field', { field }))
      segments.push(
        ...told.filter(({ leads }) => leads >= LEAST_CASES).map(group => segmentOf(field, group, all!, goal)),
      )
    }
    segments.sort((a, b) => ORDER[a.verdict] - ORDER[b.verdict] || b.low - a.low || b.leads - a.leads)
    for (const one of segments.slice(0, 25))
      findings.fact(
        `${one.by} = ${one.value}`,
        t(`icp.segment.${one.verdict}`, {
          cases: one.cases,
          leads: one.leads,
          share: sayShare(one.share, locale),
          goal: t(`goal.${goal}`),
        }),
        'records',
        `leads ${sayPeriod(period)} by ${one.by}`,
      )
    if (all && all.leads > 0) await findings.recall(ctx, 'diagnostico', t('icp.query'))
    return {
      goal,
      segments: segments.slice(0, 100),
      judgement: await judge(ctx, findings, 'icp-analysis'),
      ...findings.shown,
    }
  },
})

type Goal = 'won' | 'met'
type Segment = z.output<typeof segment>
const ORDER = { better: 0, 'no-difference': 1, worse: 2 } as const

/** Beside all other leads: the interval of the group must not touch the share of the rest. */
function segmentOf(by: string, group: LeadGroup, all: LeadGroup, goal: Goal): Segment {
  const cases = group[goal]
  const rest = { cases: all[goal] - cases, leads: all.leads - group.leads }
  const { share, low, high } = shareOf(cases, group.leads)
  const others = shareOf(rest.cases, rest.leads)
  const certain = rest.leads >= LEAST_CASES
  const verdict =
    certain && low > others.share! && others.high < share!
      ? 'better'
      : certain && high < others.share! && others.low > share!
        ? 'worse'
        : 'no-difference'
  return { by, value: group.value!, leads: group.leads, cases, share: share ?? 0, low, high, verdict }
}
