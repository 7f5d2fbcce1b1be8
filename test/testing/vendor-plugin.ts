/** Files of a plugin that asks a vendor, with a key and with a sign-in, and uses all that the host lends. */
export const VENDOR: Readonly<Record<string, string>> = {
  'index.ts': `import { defineAction, definePlugin, PluginError, z } from 'trae-os/sdk'
const any = z.record(z.string(), z.unknown())
const action = (run) => defineAction({
  title: 'T', description: 'D.', input: any, output: any, effect: 'write', idempotency: 'key', run,
})
export default definePlugin({
  id: 'asks-vendor', version: '1.0.0', kind: 'integration', engine: '^0', title: 'V', description: 'D.', publisher: 'p', license: 'MIT',
  permissions: {
    hosts: [{ host: 'api.example.com', reason: 'r' }],
    credentials: [
      { name: 'key', hosts: ['api.example.com'], reason: 'r' },
      { name: 'signed', hosts: ['api.example.com'], reason: 'r' },
    ],
    records: [{ name: 'leads:read', reason: 'r' }, { name: 'leads:write', reason: 'r' }],
    events: [{ name: 'emit:thing.done', reason: 'r' }],
    storage: { bytes: 10000, reason: 'r' },
    schedule: { calls: 2, reason: 'r' },
  },
  credentials: {
    key: { auth: 'key', title: 'Key', fields: { apiKey: { title: 'Key' } }, inject: [{ header: 'X-Key', format: '{apiKey}' }] },
    signed: { auth: 'oauth2', title: 'Signed', authorizeUrl: 'https://api.example.com/authorize', tokenUrl: 'https://api.example.com/token' },
  },
  actions: {
    ask: action(async (input, ctx) => {
      const response = await ctx.fetch(input.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ a: 1 }), credential: input.credential })
      return { status: response.status, body: await response.json() }
    }),
    swallow: action(async (input, ctx) => {
      try { await ctx.fetch('https://api.example.com/unknown') } catch {}
      return {}
    }),
    lend: action(async (input, ctx) => {
      await ctx.storage.set('seen', { before: await ctx.storage.get('before') })
      await ctx.records.leads.update({ id: input.leadId, patch: { company: 'Nova' } })
      await ctx.events.emit('thing.done', { leadId: input.leadId })
      ctx.log.info('done', { n: 1 })
      return { key: ctx.run.key }
    }),
    later: action(async (input, ctx) => {
      const before = await ctx.schedule.get('old')
      await ctx.schedule.cancel('old')
      await ctx.schedule.set('soon', { action: 'lend', input, at: new Date(ctx.now + 3_600_000).toISOString() })
      await ctx.schedule.set('daily', { action: 'lend', every: '1d' })
      return { before, now: ctx.now }
    }),
    refuse: action(() => { throw new PluginError('CONFLICT', 'It is taken.') }),
  },
})
`,
}
