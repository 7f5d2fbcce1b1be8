import { definePlugin, defineTrigger, PluginError } from 'trae-os/sdk'

/** A plugin that listens to what happens here. */
export default definePlugin({
  id: 'listener',
  version: '1.0.0',
  kind: 'integration',
  engine: '^0',
  title: 'Listener',
  description: 'Listens to events, for the tests of the engine.',
  publisher: 'trae',
  license: 'UNLICENSED',
  permissions: {
    records: [{ name: 'activities:write', reason: 'leaves marks that tests count' }],
    events: [
      { name: 'on:deal.won', reason: 'marks what was won' },
      { name: 'on:test.hard', reason: 'fails as it is told' },
      { name: 'on:test.told', reason: 'tells what it was given' },
      { name: 'emit:listener-heard.it', reason: 'tells what it was given' },
    ],
    storage: { bytes: 10_000, reason: 'counts its calls' },
  },
  actions: {},
  triggers: {
    won: defineTrigger({
      kind: 'event',
      title: 'Marks what was won',
      description: 'Notes at the lead that a deal was won.',
      event: 'deal.won',
      handle: async ({ leadId, data }, ctx) => {
        await ctx.records.activities.add({
          leadId: leadId!,
          kind: 'NOTE',
          summary: `won ${String(data['title'])}`,
          data: {},
        })
      },
    }),
    hard: defineTrigger({
      kind: 'event',
      title: 'Fails as it is told',
      description: 'Counts how often it is called, and fails as the event says.',
      event: 'test.hard',
      handle: async ({ id, data }, ctx) => {
        const calls = ((await ctx.storage.get(id)) as number | null) ?? 0
        await ctx.storage.set(id, calls + 1)
        const { code, failures = Infinity } = data as { code?: 'VALIDATION' | 'PLUGIN'; failures?: number }
        if (code && calls < failures) throw new PluginError(code, `no, for the ${calls + 1}. time`)
      },
    }),
    told: defineTrigger({
      kind: 'event',
      title: 'Tells what it was given',
      description: 'Announces the event that it was given.',
      event: 'test.told',
      handle: (event, ctx) => ctx.events.emit('listener-heard.it', { event: { ...event }, key: ctx.run.key }),
    }),
  },
})
