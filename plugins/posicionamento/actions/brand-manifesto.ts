import { defineAction, draft, Findings, findingsShape, sayIn, z } from 'trae-os/sdk'
import { write } from '../write.ts'

const answer = z.string().trim().max(1000).nullish()

export const brandManifesto = defineAction({
  title: 'Write the brand manifesto',
  description:
    'What the brand believes, what it is against, what it promises and to whom, as a text to be read aloud. Writing takes a model; without one it says ' +
    'which of the answers are there and which are missing.',
  input: z.object({
    brand: answer,
    belief: answer.describe('What the brand holds to be true.'),
    against: answer.describe('What it will not accept: a habit, a situation, never a competitor by name.'),
    promise: answer,
    audience: answer,
    proof: z
      .array(z.string().trim().min(1).max(500))
      .max(20)
      .default([])
      .describe('What shows that it is meant: facts, cases, figures.'),
    words: z.int().min(60).max(800).default(250).describe('How long, in words.'),
  }),
  output: z.object({ ...findingsShape, draft }),
  effect: 'read',
  idempotency: 'none',
  sample: {
    brand: 'TRAE',
    belief: 'Ninguém deveria esperar por uma resposta',
    promise: 'Todo lead é atendido',
    words: 200,
  },
  run: async ({ words, ...answers }, ctx) => {
    const say = sayIn(ctx)
    const findings = new Findings()
    findings.told(say, answers)
    await findings.recall(ctx, 'posicionamento', say('query'))
    return { draft: await write(ctx, findings, 'brand-manifesto', say('wish.words', { words })), ...findings.shown }
  },
})
