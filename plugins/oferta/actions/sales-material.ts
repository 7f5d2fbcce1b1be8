import { defineAction, draft, Findings, findingsShape, sayIn, z } from 'trae-os/sdk'
import { brief } from '../brief.ts'
import { write } from '../write.ts'

export const salesMaterial = defineAction({
  title: 'Write sales material',
  description:
    'A one-pager, a deck, a case or a comparison from what was told and what is remembered. Writing takes a model; without one it says what is there and ' +
    'what is missing. It invents no customer, figure or quotation.',
  input: z.object({ kind: z.enum(['one-pager', 'deck', 'case', 'comparison']).default('one-pager'), ...brief }),
  output: z.object({ ...findingsShape, draft }),
  effect: 'read',
  idempotency: 'none',
  sample: {
    kind: 'one-pager',
    product: 'TRAE OS',
    problem: 'Leads esquecidos',
    benefit: 'Todo lead é atendido',
    proof: [],
  },
  run: async ({ kind, ...answers }, ctx) => {
    const say = sayIn(ctx)
    const findings = new Findings()
    findings.told(say, answers)
    await findings.recall(ctx, 'oferta', say('query'))
    return { draft: await write(ctx, findings, 'sales-material', say(`kind.${kind}`)), ...findings.shown }
  },
})
