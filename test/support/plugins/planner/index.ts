import { defineAction, definePlugin, PluginError, z } from 'trae-os/sdk'

/** A plugin that plans calls of its own actions. */
const key = z.object({ key: z.string() })

export default definePlugin({
  id: 'planner',
  version: '1.0.0',
  kind: 'integration',
  engine: '^0',
  title: 'Planner',
  description: 'Plans calls, for the tests of the engine.',
  publisher: 'trae',
  license: 'UNLICENSED',
  permissions: {
    records: [{ name: 'activities:write', reason: 'leaves marks that tests count' }],
    schedule: { calls: 3, reason: 'calls itself later' },
  },
  actions: {
    plan: defineAction({
      title: 'Plan',
      description: 'Plans a call, fails as often as it is asked to, then works.',
      input: key.extend({
        action: z.string(),
        input: z.record(z.string(), z.unknown()).optional(),
        at: z.string().optional(),
        every: z.string().optional(),
        failures: z.number().optional(),
      }),
      output: z.object({}),
      effect: 'write',
      idempotency: 'key',
      run: async ({ key, failures = 0, ...call }, ctx) => {
        await ctx.schedule.set(key, call)
        if (ctx.run.attempt <= failures) throw new PluginError('UNAVAILABLE', 'planned, but the answer was lost')
        return {}
      },
    }),
    twice: defineAction({
      title: 'Plan twice',
      description: 'Plans two calls under one key.',
      input: key,
      output: z.object({}),
      effect: 'write',
      idempotency: 'key',
      run: async ({ key }, ctx) => {
        await ctx.schedule.set(key, { action: 'note', at: '2030-01-01T00:00:00Z' })
        await ctx.schedule.set(key, { action: 'note', at: '2031-01-01T00:00:00Z' })
        return {}
      },
    }),
    look: defineAction({
      title: 'Look',
      description: 'Says what is planned.',
      input: key,
      output: z.object({ planned: z.unknown() }),
      effect: 'read',
      idempotency: 'key',
      run: async ({ key }, ctx) => ({ planned: await ctx.schedule.get(key) }),
    }),
    peek: defineAction({
      title: 'Plan while reading',
      description: 'Plans a call though it says that it only reads.',
      input: key,
      output: z.object({}),
      effect: 'read',
      idempotency: 'key',
      run: async ({ key }, ctx) => {
        await ctx.schedule.set(key, { action: 'note', at: '2030-01-01T00:00:00Z' })
        return {}
      },
    }),
    cancel: defineAction({
      title: 'Cancel',
      description: 'Takes back what is planned.',
      input: key,
      output: z.object({ was: z.boolean() }),
      effect: 'write',
      idempotency: 'key',
      run: async ({ key }, ctx) => ({ was: await ctx.schedule.cancel(key) }),
    }),
    mark: defineAction({
      title: 'Mark',
      description: 'Leaves a mark on a lead.',
      input: z.object({ leadId: z.string(), text: z.string() }),
      output: z.object({ id: z.string() }),
      effect: 'send',
      idempotency: 'key',
      run: async ({ leadId, text }, ctx) =>
        ctx.records.activities.add({ leadId, kind: 'NOTE', summary: text, data: {} }),
    }),
    note: defineAction({
      title: 'Note',
      description: 'Gives back what it got.',
      input: z.record(z.string(), z.unknown()),
      output: z.object({ got: z.unknown() }),
      effect: 'none',
      idempotency: 'none',
      run: async input => ({ got: input }),
    }),
  },
})
