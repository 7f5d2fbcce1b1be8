import { defineAction, draft, Findings, findingsShape, lastDays, sayIn, sayPeriod, z } from 'trae-os/sdk'
import { brief } from '../brief.ts'
import { write } from '../write.ts'

export const salesScripts = defineAction({
  title: 'Write a sales script',
  description:
    'A script for the first call, discovery, demonstration, closing or objections, from what was told, what is remembered and why deals were really lost. ' +
    'Writing takes a model; without one it lists the reasons of loss and what is missing.',
  input: z.object({
    kind: z.enum(['first-call', 'discovery', 'demonstration', 'closing', 'objections']).default('discovery'),
    ...brief,
    days: z.int().min(30).max(1095).default(365).describe('How far back reasons of loss count.'),
    at: z.iso.datetime({ offset: true }).nullish(),
  }),
  output: z.object({
    ...findingsShape,
    objections: z
      .array(z.object({ reason: z.string(), deals: z.int() }))
      .describe('Why deals were lost, most frequent first.'),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: { kind: 'objections', product: 'TRAE OS', benefit: 'Todo lead é atendido' },
  run: async ({ kind, days, at, ...answers }, ctx) => {
    const say = sayIn(ctx)
    const findings = new Findings()
    const period = lastDays(days, at)
    findings.told(say, answers)
    const { lostReasons } = await ctx.records.figures.deals(period)
    const objections = lostReasons.flatMap(({ reason, deals }) => (reason === null ? [] : [{ reason, deals }]))
    for (const { reason, deals } of objections.slice(0, 12))
      findings.fact(say('price.lost', { deals }), reason, 'records', `deals ${sayPeriod(period)}`)
    if (objections.length === 0) findings.missing(say('script.objections'), say('script.needs.objections'))
    await findings.recall(ctx, 'oferta', say('query'))
    return { objections, draft: await write(ctx, findings, 'sales-scripts', say(`script.${kind}`)), ...findings.shown }
  },
})
