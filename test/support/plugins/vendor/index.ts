import { defineAction, definePlugin, z } from 'trae-os/sdk'

/**
 * A vendor that keeps account of what reaches it, one action for each way in which an action may be repeated. Every call
 * leaves a `call:` entry of its own; `did:<key>` counts what was done, which a vendor that takes keys does once a key.
 */
const input = z.object({ where: z.string() })
const output = z.object({ key: z.string() })
type Ctx = Parameters<Parameters<typeof defineAction>[0]['run']>[1]

const called = (ctx: Ctx) => ctx.storage.set(`call:${ctx.run.key}:${crypto.randomUUID()}`, true)
/** Counts what was done under a key. */
const did = async (ctx: Ctx) => {
  const before = Number((await ctx.storage.get(`did:${ctx.run.key}`)) ?? 0)
  await ctx.storage.set(`did:${ctx.run.key}`, before + 1)
  return { key: ctx.run.key }
}
const words = { title: 'Vendor', description: 'Keeps account of its calls.', input, output } as const

export default definePlugin({
  id: 'vendor',
  version: '1.0.0',
  kind: 'integration',
  engine: '^0',
  title: 'Vendor',
  description: 'Keeps account of what reaches it, for the kill matrix.',
  publisher: 'trae',
  license: 'UNLICENSED',
  permissions: { storage: { bytes: 500_000, reason: 'keeps account' } },
  actions: {
    none: defineAction({
      ...words,
      effect: 'none',
      idempotency: 'none',
      run: async (_input, ctx) => {
        await called(ctx)
        return { key: ctx.run.key }
      },
    }),
    read: defineAction({
      ...words,
      effect: 'read',
      idempotency: 'none',
      run: async (_input, ctx) => {
        await called(ctx)
        return { key: ctx.run.key }
      },
    }),
    'write-key': defineAction({
      ...words,
      effect: 'write',
      idempotency: 'key',
      run: async (_input, ctx) => {
        await called(ctx)
        await ctx.storage.set(`did:${ctx.run.key}`, 1)
        return { key: ctx.run.key }
      },
    }),
    'send-key': defineAction({
      ...words,
      effect: 'send',
      idempotency: 'key',
      run: async (_input, ctx) => {
        await called(ctx)
        await ctx.storage.set(`did:${ctx.run.key}`, 1)
        return { key: ctx.run.key }
      },
    }),
    'send-lookup': defineAction({
      ...words,
      effect: 'send',
      idempotency: 'lookup',
      lookup: async (_input, ctx) =>
        (await ctx.storage.get(`did:${ctx.run.key}`)) === null ? null : { key: ctx.run.key },
      run: async (_input, ctx) => {
        await called(ctx)
        return did(ctx)
      },
    }),
    'send-none': defineAction({
      ...words,
      effect: 'send',
      idempotency: 'none',
      run: async (_input, ctx) => {
        await called(ctx)
        return did(ctx)
      },
    }),
  },
})
