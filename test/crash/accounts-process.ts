/**
 * One life of an engine whose plugin sends with one of two accounts, on a clock that begins where the environment says (TEST_NOW): does
 * what TEST_DO names, works, dies at TRAE_CRASH_AT. What it sends goes to FAR_SIDE, which outlives it.
 */
import { firstBoot } from '../../core/access/first-boot.ts'
import { VirtualClock } from '../../core/clock.ts'
import { readConfig } from '../../core/config.ts'
import { openCore } from '../../core/core.ts'
import { listCredentials } from '../../core/credentials/store.ts'
import { newId, type UserId } from '../../core/ids.ts'
import { connectCredential } from '../../core/plugins/connect-credential.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { makeAccountDefault, renameAccountOf } from '../../core/publishing/change-account.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { listSteps } from '../../core/runs/list-steps.ts'
import { listRuns } from '../../core/runs/read-runs.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'

const { TEST_PLUGIN: path, FAR_SIDE: farSide, TEST_USES: uses, ...environment } = process.env
const core = await openCore(readConfig(environment), {
  clock: new VirtualClock(process.env['TEST_NOW']!),
  pollMs: 25,
  egress: {
    farSide: async ({ headers }) => {
      const answer = await fetch(farSide!, {
        headers: { 'x-key': headers['x-key']!, 'idempotency-key': headers['idempotency-key']! },
      })
      return { status: answer.status, statusText: '', headers: {}, body: await answer.text() }
    },
  },
})
const { workspaceId } = await firstBoot(core)
await core.plugins.load(workspaceId)
const viewer = { workspaceId, userId: newId<UserId>() }
const accountId = async (name: string) =>
  (await listCredentials(core, workspaceId)).find(({ account }) => account === name)!.id

const deeds: Readonly<Record<string, () => Promise<unknown>>> = {
  begin: async () => {
    const from = { kind: 'folder', path: path! } as const
    const { id } = await installPlugin(core, { workspaceId, from, grant: 'all-declared' })
    for (const account of ['main', 'sales']) {
      const fields = { key: `key-of-${account}` }
      await connectCredential(core, viewer, { installationId: id, template: 'account', account, fields })
    }
    await publishPlaybook(
      core,
      workspaceId,
      `id: send
name: Send
module: pre_vendas
triggers: [{ event: lead.captured }]
steps:
  - id: text
    uses: ${uses}
    with: { to: '\${{ lead.phone }}', body: Oi, leadId: '\${{ lead.id }}' }
    onError: fail`,
    )
    const lead = leadInput.parse({ name: 'Ana Souza', phone: '+5511987654321' })
    await captureLead(core, workspaceId, lead, { source: 'test' })
  },
  'change the default and rename': async () => {
    await makeAccountDefault(core, viewer, await accountId('sales'))
    await renameAccountOf(core, viewer, await accountId('main'), 'brazil')
  },
  nothing: () => Promise.resolve(),
}

process.on('message', async () => {
  const { items } = await listRuns(core, workspaceId, { first: 10 })
  const runs = await Promise.all(
    items.map(async ({ node }) => {
      const steps = await listSteps(core, workspaceId, node.id)
      return { status: node.status, account: steps.find(step => step.path === 'text')?.account ?? null }
    }),
  )
  process.send!({ runs })
})
await deeds[process.env['TEST_DO']!]!()
await core.brain.open()
process.send!({ ready: true })
process.on('disconnect', () => process.exit())
