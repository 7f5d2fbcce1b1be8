import { randomUUID } from 'node:crypto'
import { TraeError } from '../errors.ts'
import { newId, type UserId, type WorkspaceId } from '../ids.ts'
import { openRehearsal } from '../open-rehearsal.ts'
import { callAction } from '../plugins/call-action.ts'
import type { LogLine } from '../plugins/capabilities.ts'
import { storeInstallation } from '../plugins/install-plugin.ts'
import { acceptPackage } from '../plugins/packages/check-package.ts'
import { buildApart } from '../plugins/packages/build-apart.ts'
import type { Installation } from '../plugins/registry.ts'
import { resolveAction } from '../plugins/resolve-action.ts'
import { writeStored } from '../plugins/storage.ts'
import type { Rehearsal } from '../rehearsal/rehearsal.ts'
import { captureLead } from '../sales/capture-lead.ts'
import { leadInput } from '../sales/lead.ts'
import { getLead } from '../sales/leads.ts'
import { statement } from '../sql.ts'
import type { ActionResult, ActionTest } from './action-test.ts'
import { connectForTest } from './connect-for-test.ts'
import { FarSide } from './far-side.ts'

export interface TestBed {
  run(action: string, test: ActionTest): Promise<ActionResult>
  close(): Promise<void>
}

const WORKSPACE = { name: 'Test', timeZone: 'America/Sao_Paulo', locale: 'en' }
/** Nothing is held back; the plugin has no playbooks here that could start. */
const LET_THROUGH = {
  call: () => Promise.resolve(undefined),
  start: () => Promise.reject(new TraeError('INTERNAL', 'A test of an action starts no playbook.')),
  decide: () => Promise.reject(new TraeError('INTERNAL', 'A test of an action takes no decision.')),
}
const STORAGE_BYTES = 10 * 1024 * 1024

/**
 * A real host on a database in memory, with the plugin of a folder built. Each test installs it into a workspace of its own; tests
 * come one after the other. Throws `MANIFEST`.
 */
export async function openTestBed(folder: string): Promise<TestBed> {
  const found = await buildApart(folder)
  let far = new FarSide(found.manifest, {})
  const rehearsal = await openRehearsal(
    { plugins: [], workspace: WORKSPACE },
    { farSide: request => far.answer(request), resolve: () => Promise.resolve([{ address: '192.0.2.1', family: 4 }]) },
  )
  const { core } = rehearsal
  let before: Promise<unknown> = Promise.resolve()
  try {
    await acceptPackage(core, folder, () => Promise.resolve(found))
  } catch (error) {
    await rehearsal.close()
    throw error
  }

  const runIn = async (workspaceId: WorkspaceId, action: string, test: ActionTest): Promise<ActionResult> => {
    const source = { kind: 'folder', path: folder } as const
    const installation = await storeInstallation(core, { workspaceId, found, source, grant: 'all-declared' })
    far = new FarSide(found.manifest, test)
    await connectForTest(core, { workspaceId, userId: newId<UserId>() }, installation, test.credentials ?? {})
    for (const [key, value] of Object.entries(test.storage ?? {}))
      await writeStored(core, installation.id, { key, value }, STORAGE_BYTES)
    const leadIds = await captureAll(rehearsal, workspaceId, test)
    far.forget() // what went out so far was the preparation
    const logs: LogLine[] = []
    const leads = () => Promise.all(leadIds.map(async id => ({ ...(await getLead(core, workspaceId, { id })) })))
    const given =
      typeof test.input === 'function' ? (test.input as (leads: unknown) => unknown)(await leads()) : test.input
    const run = { id: newId(), path: action, attempt: 1, key: test.key ?? randomUUID(), playbookId: newId() }
    const resolved = resolveAction(core, workspaceId, `${found.manifest.id}/${action}`)
    const { output } = await callAction(core, {
      workspaceId,
      action: resolved,
      input: given,
      run,
      locale: test.locale ?? WORKSPACE.locale,
      timeZone: WORKSPACE.timeZone,
      workspaceName: WORKSPACE.name,
      onLog: line => void logs.push(line),
    }).finally(() => far.requireAnswered())
    return {
      output,
      logs,
      requests: far.requests,
      leads: await leads(),
      events: await core.sql.query(READ_EVENTS, [workspaceId, `run:${run.id}`]),
      storage: await storageOf(rehearsal, installation),
    }
  }

  return {
    run(action, test) {
      const next = before.then(() => rehearsal.within(LET_THROUGH, workspaceId => runIn(workspaceId, action, test)))
      before = next.catch(() => {})
      return next
    },
    close: () => rehearsal.close(),
  }
}

async function captureAll({ core }: Rehearsal, workspaceId: WorkspaceId, { leads = [] }: ActionTest) {
  const ids: string[] = []
  for (const [index, lead] of leads.entries()) {
    const read = leadInput.safeParse(lead)
    if (!read.success) {
      const { path, message } = read.error.issues[0]!
      throw new TraeError(
        'BAD_USER_INPUT',
        `leads[${index}]${path.map(part => `.${String(part)}`).join('')}: ${message}.`,
      )
    }
    ids.push((await captureLead(core, workspaceId, read.data, { source: 'test' })).leadId)
  }
  return ids
}

async function storageOf({ core }: Rehearsal, { id }: Installation): Promise<Record<string, unknown>> {
  const rows = await core.sql.query<{ key: string; value: unknown }>(READ_STORAGE, [id])
  return Object.fromEntries(rows.map(({ key, value }) => [key, value]))
}

const READ_STORAGE = statement(
  'read-storage-of-test',
  `select key, value from plugin_storage where installation_id = $1 order by key`,
)
const READ_EVENTS = statement(
  'read-events-of-test',
  `select type, data from events where workspace_id = $1 and source = $2 order by id`,
)
