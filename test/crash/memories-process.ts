/**
 * One life of a host that remembers by itself, for the crash tests: a run diagnoses the company once, then the memory is told of it and of
 * how the modules stand. Dies at the named point TRAE_CRASH_AT.
 */
import { join } from 'node:path'
import { firstBoot } from '../../core/access/first-boot.ts'
import { rememberContexts } from '../../core/brain/memories/remember-contexts.ts'
import { rememberDiagnoses } from '../../core/brain/memories/remember-diagnoses.ts'
import { readConfig } from '../../core/config.ts'
import { openCore } from '../../core/core.ts'
import { appendEvent } from '../../core/events/append-event.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { BUILT } from '../../core/plugins/our-plugins.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'

const core = await openCore(readConfig(process.env), { pollMs: 25 })
const { workspaceId } = await firstBoot(core)
await core.plugins.load(workspaceId)
if (!core.plugins.list(workspaceId).some(({ pluginId }) => pluginId === 'diagnostico'))
  await installPlugin(core, {
    workspaceId,
    from: { kind: 'built-in', path: join(BUILT, 'diagnostico') },
    grant: 'all-declared',
  })
await publishPlaybook(
  core,
  workspaceId,
  `
id: look
name: Look
module: gestao
triggers: [{ event: look.wanted }]
steps: [{ id: look, uses: diagnostico/cs-diagnostic, with: {} }]
`,
)
const query = (text: string) => core.sql.query<Record<string, unknown>>({ name: '', text })

process.on('message', async () => {
  const event = { type: 'look.wanted', subjectId: null, data: {}, source: 'test', dedupeKey: 'once' }
  await appendEvent(core.sql, workspaceId, event, core.clock.now())
  core.queue.ring('events')
  const text = `select count(*)::int as n from runs where status = 'completed'`
  while ((await query(text))[0]!['n'] === 0) await new Promise(resolve => setTimeout(resolve, 10))
  await rememberDiagnoses(core)
  await query('update memory_spaces set contexts_at = null') // an hour is over
  await rememberContexts(core)
  const entries = await query('select key, type, origin, content from memory_entries order by key')
  const told = await query(
    `select diagnoses ? 'cs-diagnostic' as diagnosis, contexts ? 'gestao' as context from memory_spaces`,
  )
  process.send!({ books: { entries, told } })
})
await core.brain.open()
process.send!({ ready: true })
process.on('disconnect', () => process.exit())
