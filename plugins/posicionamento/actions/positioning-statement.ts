import { defineAction, draft, Findings, findingsShape, sayIn, z } from 'trae-os/sdk'
import { write } from '../write.ts'

const answer = z.string().trim().max(500).nullish()

export const positioningStatement = defineAction({
  title: 'Write the positioning statement',
  description:
    'For whom, which need, what it is, the benefit, instead of what, and why better: the statement of Geoffrey Moore, filled with what was told. With a ' +
    'model also variants of it. What nobody told is asked for.',
  input: z.object({
    product: answer.describe('What it is called.'),
    customer: answer.describe('For whom.'),
    need: answer.describe('What they want or suffer from.'),
    category: answer.describe('What kind of thing it is.'),
    benefit: answer.describe('Why they buy it.'),
    alternative: answer.describe('What they would do without it.'),
    difference: answer.describe('Why it is better than that.'),
  }),
  output: z.object({
    ...findingsShape,
    statement: z.string().nullable().describe('Null until all seven are told.'),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: {
    product: 'TRAE OS',
    customer: 'equipes de vendas pequenas',
    need: 'perdem leads entre ferramentas',
    category: 'um sistema operacional de vendas',
    benefit: 'leva cada lead até a reunião',
    alternative: 'planilhas e robôs soltos',
    difference: 'nada se perde e nada é enviado duas vezes',
  },
  run: async (input, ctx) => {
    const say = sayIn(ctx)
    const findings = new Findings()
    const { product, customer, need, category, benefit, alternative, difference } = input
    const answers = { product, customer, need, category, benefit, alternative, difference }
    findings.told(say, answers)
    const full = Object.values(answers).every(value => value?.trim())
    const statement = full ? say('statement', answers as Record<string, string>) : null
    await findings.recall(ctx, 'posicionamento', say('query'))
    return { statement, draft: await write(ctx, findings, 'positioning-statement'), ...findings.shown }
  },
})
