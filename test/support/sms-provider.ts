import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'

/** Writes and builds a plugin that provides `sms` by posting to `<id>.example.com`. Answers the folder of its package. */
export async function buildSmsProvider(
  parent: string,
  id: string,
  { keyed = false, idempotency = 'key' }: { readonly keyed?: boolean; readonly idempotency?: 'key' | 'none' } = {},
): Promise<string> {
  const source = join(parent, `${id}-source`)
  const host = `${id}.example.com`
  await mkdir(source, { recursive: true })
  await writeFile(
    join(source, 'index.ts'),
    `
import { defineAction, definePlugin, PluginError, smsService } from 'trae-os/sdk'
const send = defineAction({
  ...smsService.actions.send,
  idempotency: '${idempotency}',
  run: async ({ to, body }, ctx) => {
    if (body === 'for ever') for (;;);
    const answer = await ctx.fetch('https://${host}/send', {
      method: 'POST', headers: { 'idempotency-key': ctx.run.key }, body: JSON.stringify({ to, body }),
      ${keyed ? `credential: 'account',` : ''}
    })
    if (answer.status === 422) throw new PluginError('VALIDATION', 'no such phone')
    if (!answer.ok) throw new PluginError('UNAVAILABLE', '${id} answered ' + answer.status)
    return { id: await answer.text(), sentAt: '2030-01-01T00:00:00Z' }
  },
})
export default definePlugin({
  id: '${id}', version: '1.0.0', kind: 'integration', engine: '^0', title: '${id}', description: 'Sends.',
  publisher: 'test', license: 'MIT',
  permissions: {
    hosts: [{ host: '${host}', reason: 'sends' }],
    ${keyed ? `credentials: [{ name: 'account', hosts: ['${host}'], reason: 'signs' }],` : ''}
  },
  ${keyed ? `credentials: { account: { title: 'Account', auth: 'key', fields: { key: { title: 'Key', secret: true } }, inject: [{ header: 'x-key', format: '{key}' }] } },` : ''}
  provides: { sms: { send: 'send' } },
  actions: { send },
})`,
  )
  const folder = join(parent, id)
  await buildPlugin(source, folder)
  return folder
}
