import { defineAction, definePlugin, z } from 'trae-os/sdk'

const any = z.object({ value: z.unknown().optional() })
const lead = z.object({
  id: z.string(),
  name: z.string(),
  email: z.email(),
  company: z.string(),
  jobTitle: z.string(),
  source: z.string(),
})

/** The least that a plugin can do: what is left of a step or a call is the engine's. */
export default definePlugin({
  id: 'trivial',
  version: '1.0.0',
  kind: 'integration',
  engine: '^0',
  title: 'Trivial',
  description: 'Gives back what it got, for the benches.',
  publisher: 'trae',
  license: 'UNLICENSED',
  permissions: { storage: { bytes: 1024, reason: 'Asks the host for something.' } },
  actions: {
    write: defineAction({
      title: 'Write',
      description: 'An effect: its intent is committed before it, its outcome after it.',
      input: any,
      output: any,
      effect: 'write',
      idempotency: 'key',
      run: input => ({ value: input.value ?? null }),
    }),
    score: defineAction({
      title: 'Score',
      description: 'A lead in, a figure out.',
      input: z.object({ lead }),
      output: z.object({ score: z.number().min(0).max(100) }),
      effect: 'none',
      idempotency: 'none',
      run: input => ({ score: input.lead.email.length }),
    }),
    'look-up': defineAction({
      title: 'Look up',
      description: 'Asks the host once: its storage, which has nothing.',
      input: z.object({ lead }),
      output: z.object({ found: z.boolean() }),
      effect: 'read',
      idempotency: 'none',
      run: async (_input, ctx) => ({ found: (await ctx.storage.get('k')) !== undefined }),
    }),
    echo: defineAction({
      title: 'Echo',
      description: 'Rows in, the same rows out.',
      input: z.object({ rows: z.array(lead.extend({ note: z.string() })) }),
      output: z.object({ rows: z.array(lead.extend({ note: z.string() })) }),
      effect: 'none',
      idempotency: 'none',
      run: input => input,
    }),
  },
})
