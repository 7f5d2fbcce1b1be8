import { defineAction, definePlugin, z } from 'trae-os/sdk'

const any = z.object({ value: z.unknown().optional() })

/** The least that a plugin can do: what is left of a step is the engine's. */
export default definePlugin({
  id: 'trivial',
  version: '1.0.0',
  kind: 'integration',
  engine: '^0',
  title: 'Trivial',
  description: 'Gives back what it got, for the benches.',
  publisher: 'trae',
  license: 'UNLICENSED',
  permissions: {},
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
  },
})
