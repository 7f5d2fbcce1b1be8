import { defineAction, definePlugin, PluginError, z } from 'trae-os/sdk'

/** A plugin for the engine's tests: actions that echo, fail on purpose, and leave a mark that can be counted. */
const any = z.object({ value: z.unknown().optional() })

export default definePlugin({
  id: 'probe',
  version: '1.0.0',
  kind: 'integration',
  engine: '^0',
  title: 'Probe',
  description: 'Actions for the tests of the engine.',
  publisher: 'trae',
  license: 'UNLICENSED',
  permissions: {
    records: [
      { name: 'activities:write', reason: 'leaves marks that tests count' },
      { name: 'meetings:write', reason: 'books, and books another time where the first is taken' },
    ],
    storage: { bytes: 10_000, reason: 'counts its calls' },
  },
  actions: {
    echo: defineAction({
      title: 'Echo',
      description: 'Gives back what it got.',
      input: any,
      output: any,
      effect: 'none',
      idempotency: 'none',
      run: async input => ({ value: input.value ?? null }),
    }),
    pause: defineAction({
      title: 'Pause',
      description: 'Takes so many milliseconds of real time.',
      input: z.object({ ms: z.number() }),
      output: z.object({ ms: z.number() }),
      effect: 'none',
      idempotency: 'none',
      run: async input => {
        await new Promise<void>(resolve => setTimeout(resolve, input.ms))
        return { ms: input.ms }
      },
    }),
    flaky: defineAction({
      title: 'Flaky',
      description: 'Fails `failures` times, then works.',
      input: z.object({ failures: z.number(), code: z.enum(['UNAVAILABLE', 'VALIDATION']).optional() }),
      output: z.object({ attempt: z.number() }),
      effect: 'read',
      idempotency: 'none',
      run: async (input, ctx) => {
        if (ctx.run.attempt <= input.failures)
          throw new PluginError(input.code ?? 'UNAVAILABLE', `attempt ${ctx.run.attempt} fails as asked`)
        return { attempt: ctx.run.attempt }
      },
    }),
    mark: defineAction({
      title: 'Mark',
      description: 'Leaves a mark on a lead, once per key.',
      input: z.object({ leadId: z.string(), text: z.string(), failures: z.number().optional() }),
      output: z.object({ id: z.string(), key: z.string(), attempt: z.number() }),
      effect: 'send',
      idempotency: 'key',
      run: async (input, ctx) => {
        const { id } = await ctx.records.activities.add({
          leadId: input.leadId,
          kind: 'NOTE',
          summary: input.text,
          data: {},
        })
        if (ctx.run.attempt <= (input.failures ?? 0))
          throw new PluginError('UNAVAILABLE', 'arrived, but the answer was lost')
        return { id, key: ctx.run.key, attempt: ctx.run.attempt }
      },
    }),
    unrepeatable: defineAction({
      title: 'Unrepeatable',
      description: 'Leaves a mark; nobody can ask whether it did.',
      input: z.object({ leadId: z.string(), text: z.string() }),
      output: z.object({ id: z.string() }),
      effect: 'send',
      idempotency: 'none',
      run: async (input, ctx) =>
        ctx.records.activities.add({ leadId: input.leadId, kind: 'NOTE', summary: input.text, data: {} }),
    }),
    book: defineAction({
      title: 'Book',
      description: 'Books the first of two times that is free.',
      input: z.object({ leadId: z.string(), times: z.array(z.string()) }),
      output: z.object({ id: z.string(), startsAt: z.string() }),
      effect: 'write',
      idempotency: 'key',
      run: async (input, ctx) => {
        for (const startsAt of input.times) {
          const endsAt = new Date(Date.parse(startsAt) + 1_800_000).toISOString()
          try {
            const { id, startsAt: booked } = await ctx.records.meetings.schedule({
              leadId: input.leadId,
              title: 'Probe',
              startsAt,
              endsAt,
              attendees: [],
            })
            return { id, startsAt: booked }
          } catch (error) {
            if ((error as { code?: string }).code !== 'CONFLICT') throw error
          }
        }
        throw new PluginError('CONFLICT', 'every time is taken')
      },
    }),
    hang: defineAction({
      title: 'Hang',
      description: 'Reads, and never ends.',
      input: z.object({}),
      output: z.object({}),
      effect: 'read',
      idempotency: 'none',
      timeout: '10m',
      run: () => new Promise<never>(() => {}),
    }),
    'hang-sending': defineAction({
      title: 'Hang sending',
      description: 'Leaves a mark where there is a text, and never ends.',
      input: z.object({ leadId: z.string(), text: z.string() }),
      output: z.object({}),
      effect: 'send',
      idempotency: 'none',
      timeout: '10m',
      run: async (input, ctx) => {
        if (input.text !== '')
          await ctx.records.activities.add({ leadId: input.leadId, kind: 'NOTE', summary: input.text, data: {} })
        return new Promise<never>(() => {})
      },
    }),
    hostile: defineAction({
      title: 'Hostile',
      description: 'Misbehaves in the way that is asked for.',
      input: z.object({ how: z.enum(['loop', 'proxy', 'huge', 'never', 'nonsense']) }),
      output: z.object({ ok: z.boolean() }),
      effect: 'none',
      idempotency: 'none',
      timeout: '2s',
      run: async input => {
        switch (input.how) {
          case 'loop':
            for (;;);
          case 'proxy':
            throw new Proxy({}, { get: () => { for (;;); }, getPrototypeOf: () => { for (;;); } }) // prettier-ignore
          case 'huge':
            return { ok: true, text: 'x'.repeat(200_000_000) }
          case 'never':
            return new Promise<never>(() => {})
          default:
            return { ok: 'yes' } as never
        }
      },
    }),
  },
})
