import { type Context, defineAction, draft, Findings, findingsShape, lastDays, sayIn, z } from 'trae-os/sdk'
import { gather, METRICS } from '../gather.ts'
import { write } from '../write.ts'

export const okrs = defineAction({
  title: 'Follow OKRs',
  description:
    'How far each key result is, beside how much of its time is over. Takes the figure from the records where it names one of ours, else from you; one ' +
    'without a figure is not known, and not zero.',
  input: z.object({
    objectives: z
      .array(
        z.object({
          title: z.string().trim().min(1).max(300),
          from: z.iso.date(),
          to: z.iso.date(),
          keyResults: z
            .array(
              z.object({
                title: z.string().trim().min(1).max(300),
                start: z.number().default(0),
                target: z.number(),
                current: z.number().nullish().describe('As you know it; left out where `metric` names one of ours.'),
                metric: z.enum(METRICS).nullish(),
              }),
            )
            .min(1)
            .max(10),
        }),
      )
      .min(1)
      .max(10)
      .optional() // not nullish: in a choice of schemas the defaults inside would not be filled in
      .describe('Without it those that are open in the workspace.'),
    at: z.iso.datetime({ offset: true }).nullish(),
  }),
  output: z.object({
    ...findingsShape,
    objectives: z.array(
      z.object({
        title: z.string(),
        elapsed: z.number().describe('Share of the time that is over.'),
        progress: z.number().nullable().describe('The mean of its key results that are known.'),
        keyResults: z.array(
          z.object({
            title: z.string(),
            current: z.number().nullable(),
            progress: z.number().nullable(),
            state: z.enum(['done', 'on-track', 'behind', 'unknown', 'not-begun']),
          }),
        ),
      }),
    ),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: {
    objectives: [
      {
        title: 'Vender mais',
        from: '2026-01-01',
        to: '2026-03-31',
        keyResults: [{ title: '30 negócios ganhos', target: 30, metric: 'won' }],
      },
    ],
  },
  run: async ({ objectives: given, at }, ctx) => {
    const say = sayIn(ctx)
    const findings = new Findings()
    const now = Date.parse(lastDays(0, at).to)
    const objectives = given ?? (await ofWorkspace(ctx))
    if (objectives.length === 0) findings.missing(say('okr.objectives'), say('okr.objectives.needs'))
    const followed = []
    for (const [i, { title, from, to, keyResults }] of objectives.entries()) {
      const span = { from: `${from}T00:00:00Z`, to: new Date(Math.min(now, Date.parse(to) + 86_400_000)).toISOString() }
      const whole = Date.parse(to) + 86_400_000 - Date.parse(from)
      const elapsed = Math.max(0, Math.min(1, (now - Date.parse(from)) / whole))
      const ours = elapsed > 0 && keyResults.some(({ metric }) => metric) ? (await gather(ctx, span)).values : undefined
      const results = keyResults.map(({ title: what, start, target, current, metric }, k) => {
        const figure = current ?? (metric ? ours?.[metric] : undefined) ?? null
        const progress = figure === null || target === start ? null : (figure - start) / (target - start)
        const state =
          elapsed === 0
            ? 'not-begun'
            : progress === null
              ? 'unknown'
              : progress >= 1
                ? 'done'
                : progress >= elapsed * 0.9
                  ? 'on-track'
                  : 'behind'
        if (figure === null) findings.missing(what, say('okr.needs'))
        else {
          const source = current == null || !given ? 'records' : 'given'
          findings.fact(
            what,
            say(`okr.${state}`, { figure, target, progress: Math.round((progress ?? 0) * 100) }),
            source,
            `${given ? 'input.' : ''}objectives[${i}].keyResults[${k}]`,
          )
        }
        return {
          title: what,
          current: figure,
          progress,
          state: state as 'done' | 'on-track' | 'behind' | 'unknown' | 'not-begun',
        }
      })
      findings.fact(
        title,
        say('okr.elapsed', { elapsed: Math.round(elapsed * 100) }),
        'computed',
        `${given ? 'input.' : ''}objectives[${i}]`,
      )
      const known = results.flatMap(({ progress }) => (progress === null ? [] : [Math.max(0, Math.min(1, progress))]))
      const progress = known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0) / known.length
      followed.push({ title, elapsed, progress, keyResults: results })
    }
    return { objectives: followed, draft: await write(ctx, findings, 'okrs'), ...findings.shown }
  },
})

/** The open objectives, with the values that the workspace keeps. */
const ofWorkspace = async (ctx: Context) =>
  (await ctx.records.figures.objectives()).map(({ title, startsOn, dueOn, keyResults }) => ({
    title,
    from: startsOn,
    to: dueOn,
    keyResults: keyResults.map(({ title: what, start, target, value }) => ({
      title: what,
      start,
      target,
      current: value,
      metric: undefined,
    })),
  }))
