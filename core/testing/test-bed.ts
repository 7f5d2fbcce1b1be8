import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { TraeError } from '../errors.ts'
import { newId, type UserId, type WorkspaceId } from '../ids.ts'
import { openRehearsal } from '../open-rehearsal.ts'
import { callAction, lookupAction } from '../plugins/call-action.ts'
import { askTrigger, callTrigger } from '../plugins/call-trigger.ts'
import type { LogLine } from '../plugins/capabilities/calling.ts'
import { storeInstallation } from '../plugins/install-plugin.ts'
import { acceptPackage } from '../plugins/packages/check-package.ts'
import { buildApart } from '../plugins/packages/build-apart.ts'
import { listPlanned, planCall } from '../plugins/planned-calls.ts'
import { shownCall } from '../plugins/capabilities/schedule.ts'
import type { Manifest } from '../plugins/manifest.ts'
import { SOURCES } from '../plugins/our-plugins.ts'
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
import { PlayedModel } from './played-model.ts'
import { recordsBefore } from './records-before.ts'
import { triggerQuestion } from './trigger-question.ts'
import type { TriggerResult, TriggerTest } from './trigger-test.ts'

/** The plugin in a workspace. `call` answers the output, under a key of its own where none is given, and throws what the action throws. */
export interface Calls {
  readonly leadIds: readonly string[]
  readonly call: (action: string, input: unknown, key?: string) => Promise<unknown>
  /** As the engine does it after a crash: an action that can look whether the call with this key arrived is asked that first. */
  readonly repeat: (action: string, input: unknown, key: string) => Promise<unknown>
}

export interface TestBed {
  readonly manifest: Manifest
  run(action: string, test: ActionTest): Promise<ActionResult>
  tell(trigger: string, test: TriggerTest): Promise<TriggerResult>
  /** Several calls in one workspace. */
  within<T>(test: Omit<ActionTest, 'input'>, work: (calls: Calls) => Promise<T>): Promise<T>
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
  let model: PlayedModel | undefined
  try {
    await acceptPackage(core, folder, () => Promise.resolve(found), { ours: resolve(folder, '..') === SOURCES })
  } catch (error) {
    await rehearsal.close()
    throw error
  }

  /** The plugin in a workspace, with what the test wants to be there before. */
  const prepare = async (workspaceId: WorkspaceId, test: Omit<ActionTest, 'input'>) => {
    const source = { kind: 'folder', path: folder } as const
    const installation = await storeInstallation(core, { workspaceId, found, source, grant: 'all-declared' })
    far = new FarSide(found.manifest, test)
    model = test.model && new PlayedModel(test.model)
    await connectForTest(core, { workspaceId, userId: newId<UserId>() }, installation, test.credentials ?? {})
    for (const [key, value] of Object.entries(test.storage ?? {}))
      await writeStored(core, installation.id, { key, value }, STORAGE_BYTES)
    for (const [key, { input = {}, at, ...call }] of Object.entries(test.planned ?? {}))
      await planCall(
        core,
        installation,
        { key, input, at: at === undefined ? undefined : new Date(at), ...call },
        { account: undefined, origin: 'before', limit: Infinity },
      )
    const leadIds = await captureAll(rehearsal, workspaceId, test)
    const customerIds = await recordsBefore(core, workspaceId, leadIds, test)
    far.forget() // what went out so far was the preparation
    return { installation, leadIds, customerIds }
  }

  const callOf = (
    workspaceId: WorkspaceId,
    action: string,
    input: unknown,
    { key = randomUUID(), locale = WORKSPACE.locale }: { readonly key?: string; readonly locale?: string },
  ) => {
    const logs: LogLine[] = []
    return {
      logs,
      workspaceId,
      action: resolveAction(core, workspaceId, `${found.manifest.id}/${action}`),
      input,
      run: { id: newId(), path: action, attempt: 1, key, playbookId: newId() },
      locale,
      timeZone: WORKSPACE.timeZone,
      workspaceName: WORKSPACE.name,
      onLog: (line: LogLine) => void logs.push(line),
    }
  }

  const callIn = async (...asked: Parameters<typeof callOf>) => {
    const call = callOf(...asked)
    const { output } = await callAction({ ...core, llm: model }, call).finally(() => far.requireAnswered())
    return { output, logs: call.logs, runId: call.run.id }
  }

  const repeatIn = async (workspaceId: WorkspaceId, action: string, input: unknown, key: string) => {
    const call = callOf(workspaceId, action, input, { key })
    const before =
      call.action.hasLookup &&
      (await lookupAction({ ...core, hold: undefined }, call).finally(() => far.requireAnswered()))
    return before && before.found ? before.output : (await callIn(workspaceId, action, input, { key })).output
  }

  const runIn = async (workspaceId: WorkspaceId, action: string, test: ActionTest): Promise<ActionResult> => {
    const { installation, leadIds, customerIds } = await prepare(workspaceId, test)
    const leads = () => Promise.all(leadIds.map(async id => ({ ...(await getLead(core, workspaceId, { id })) })))
    const given =
      typeof test.input === 'function'
        ? (test.input as (...before: unknown[]) => unknown)(await leads(), customerIds)
        : test.input
    const { output, logs, runId } = await callIn(workspaceId, action, given, test)
    return {
      output,
      logs,
      requests: far.requests,
      asked: model?.asked ?? [],
      leads: await leads(),
      events: await core.sql.query(READ_EVENTS, [workspaceId, `run:${runId}`]),
      storage: await storageOf(rehearsal, installation),
      planned: Object.fromEntries((await listPlanned(core, installation)).map(call => [call.key, shownCall(call)!])),
    }
  }

  const tellIn = async (workspaceId: WorkspaceId, name: string, test: TriggerTest): Promise<TriggerResult> => {
    const { installation, leadIds } = await prepare(workspaceId, test)
    const leads = () => Promise.all(leadIds.map(async id => ({ ...(await getLead(core, workspaceId, { id })) })))
    const event =
      typeof test.event === 'function' ? (test.event as (leads: unknown) => unknown)(await leads()) : test.event
    const { call, input } = triggerQuestion(found.manifest, name, { ...test, event }, core.clock.now())
    const { defaultAccount: account } = installation
    const question = { name, account, call, input, key: test.key ?? randomUUID() } as const
    const told =
      found.manifest.triggers[name]!.kind === 'event'
        ? askTrigger(core, installation, question).then(() => ({ events: [], cursor: null, more: false }))
        : callTrigger(core, installation, question)
    const heard = await told.finally(() => far.requireAnswered())
    return { ...heard, requests: far.requests, leads: await leads(), storage: await storageOf(rehearsal, installation) }
  }

  const inTurn = <T>(work: (workspaceId: WorkspaceId) => Promise<T>): Promise<T> => {
    const next = before.then(() => rehearsal.within(LET_THROUGH, work))
    before = next.catch(() => {})
    return next
  }

  return {
    manifest: found.manifest,
    run: (action, test) => inTurn(workspaceId => runIn(workspaceId, action, test)),
    tell: (trigger, test) => inTurn(workspaceId => tellIn(workspaceId, trigger, test)),
    within: (test, work) =>
      inTurn(async workspaceId => {
        const { leadIds } = await prepare(workspaceId, test)
        return work({
          leadIds,
          call: async (action, input, key) =>
            (await callIn(workspaceId, action, input, key === undefined ? {} : { key })).output,
          repeat: (action, input, key) => repeatIn(workspaceId, action, input, key),
        })
      }),
    close: () => rehearsal.close(),
  }
}

async function captureAll({ core }: Rehearsal, workspaceId: WorkspaceId, { leads = [] }: Pick<ActionTest, 'leads'>) {
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
