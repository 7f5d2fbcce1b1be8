/** Files of a plugin that can be installed, with one of each thing that a reader misses. */
export const FAULTY: Readonly<Record<string, string>> = {
  'index.ts': `import { definePlugin } from 'trae-os/sdk'
import { findThing } from './actions/find-thing.ts'
import { BASE } from './base.ts'
export default definePlugin({
  id: 'faulty',
  version: '1.0.0',
  kind: 'integration',
  engine: '^0',
  title: 'Faulty',
  description: '${'Long. '.repeat(50).trim()}',
  publisher: 'acme',
  license: 'MIT',
  permissions: {
    hosts: [
      { host: BASE, reason: 'r' },
      { host: 'api.written.com', reason: 'r' },
      { host: 'api.idle.com', reason: 'r' },
    ],
    records: [
      { name: 'leads:read', reason: 'r' },
      { name: 'meetings:read', reason: 'r' },
    ],
    events: [
      { name: 'emit:thing.found', reason: 'r' },
      { name: 'emit:thing.lost', reason: 'r' },
    ],
    storage: { bytes: 1000, reason: 'r' },
    schedule: { calls: 1, reason: 'r' },
  },
  actions: { 'find-thing': findThing },
  messages: { en: { found: 'Found.' }, 'pt-BR': { other: 'Outro.' } },
})
`,
  'base.ts': `export const BASE = 'api.used.com'
`,
  'actions/find-thing.ts': `import { defineAction, z } from 'trae-os/sdk'
import { BASE } from '../base.ts'

export const findThing = defineAction({
  title: 'Find a thing',
  description: 'Finds it.',
  input: z.object({ name: z.string() }),
  output: z.object({ text: z.string() }),
  effect: 'write',
  idempotency: 'key',
  async run(input, ctx) {
    await ctx.records.leads.get({ id: input.name })
    await ctx.events.emit('thing.found', {})
    await ctx.fetch('https://api.written.com/')
    await ctx.fetch(\`https://\${BASE}/\`)
    return { text: ctx.t('found') }
  },
})
`,
}
