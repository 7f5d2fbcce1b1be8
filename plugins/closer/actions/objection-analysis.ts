import { defineAction, draft, Findings, findingsShape, lastDays, sayIn, sayPeriod, z } from 'trae-os/sdk'
import { advise } from '../advise.ts'
import { OBJECTIONS, readObjections } from '../read-objections.ts'

export const objectionAnalysis = defineAction({
  title: 'Analyse objections',
  description:
    'What speaks against buying in a conversation: kind and the words themselves, a question that finds out what is behind it, and how often deals were ' +
    'lost for such a reason. With a model also how to answer.',
  input: z.object({
    text: z.string().trim().min(1).max(50_000).describe('Of a call, a chat or an e-mail.'),
    days: z.int().min(30).max(1095).default(365).describe('How far back reasons of loss count.'),
    at: z.iso.datetime({ offset: true }).nullish(),
  }),
  output: z.object({
    ...findingsShape,
    objections: z.array(
      z.object({
        kind: z.enum(OBJECTIONS),
        quotes: z.array(z.string()),
        ask: z.string().describe('What to ask, in the language of the team.'),
        lostBefore: z.int().describe('Lost deals whose reason says the same.'),
      }),
    ),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: { text: 'Gostei, mas achei caro. Preciso falar com meu sócio.' },
  run: async ({ text, days, at }, ctx) => {
    const say = sayIn(ctx)
    const findings = new Findings()
    const period = lastDays(days, at)
    const found = readObjections(text)
    const { lostReasons } = await ctx.records.figures.deals(period)
    const objections = found.map(({ kind, quotes }) => {
      findings.fact(say(`objection.${kind}`), quotes.join(' · '), 'given', 'input.text')
      const lostBefore = lostReasons
        .filter(({ reason }) => reason !== null && readObjections(reason).some(one => one.kind === kind))
        .reduce((sum, { deals }) => sum + deals, 0)
      if (lostBefore > 0)
        findings.fact(
          say('objection.lost', { kind: say(`objection.${kind}`) }),
          lostBefore,
          'records',
          `deals ${sayPeriod(period)}`,
        )
      return { kind, quotes, ask: say(`objection.ask.${kind}`), lostBefore }
    })
    if (objections.length === 0) findings.missing(say('objection'), say('objection.needs'))
    return {
      objections,
      draft: objections.length === 0 ? null : await advise(ctx, findings, 'objection-analysis'),
      ...findings.shown,
    }
  },
})
