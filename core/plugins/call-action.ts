import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { PluginCode } from '../sandbox/call.ts'
import { statement } from '../sql.ts'
import { AskedOfHost } from './capabilities/asked-of-host.ts'
import { inAuthorsLines } from './author-lines.ts'
import type { CapabilityCore, LogLine } from './capabilities/calling.ts'
import { hostOf } from './capabilities/host-of.ts'
import type { Installation } from './registry.ts'
import type { ResolvedAction } from './resolve-action.ts'
import { checkInput, checkOutput } from './validators.ts'
import type { Witness } from './capabilities/witness.ts'

export interface ActionCall {
  readonly workspaceId: string
  readonly action: ResolvedAction
  readonly input: unknown
  /** Of the plugin's accounts; its default one where nobody says which. */
  readonly account?: string | undefined
  /** `key`: the idempotency key of the step, the same through every attempt. */
  readonly run: {
    readonly id: string
    readonly path: string
    readonly attempt: number
    readonly key: string
    readonly playbookId: string
    /** Whom the run is about. */
    readonly subjectId?: string | null | undefined
  }
  /** The language to write to the outside in. */
  readonly locale: string
  /** The time zone to tell times to the outside in. */
  readonly timeZone: string
  /** The team's own language and time zone, where they differ from these two. */
  readonly workspaceLocale?: string | undefined
  readonly workspaceTimeZone?: string | undefined
  /** Who signs where nobody else is named. */
  readonly workspaceName?: string | undefined
  readonly onLog?: ((line: LogLine) => void) | undefined
  /** Sees what the world may notice of the call. */
  readonly witness?: Witness | undefined
  readonly signal?: AbortSignal | undefined
}

export type CallCore = CapabilityCore & Pick<Core, 'plugins' | 'sandbox' | 'hold'>

/**
 * Asked before every call whose input fits: answers it in the plugin's stead, or undefined to let it happen. What it
 * throws is the call's error.
 */
export type HoldCall = (
  call: ActionCall & { readonly input: unknown },
) => Promise<{ readonly output: unknown } | undefined>

/**
 * Calls an action: the plugin must be enabled, the input must fit, the code runs behind the wall with what was granted,
 * the answer must fit. Asks no database once the code is in the sandbox. `cpuMs` is what the plugin used. Throws `PERMISSION`,
 * `VALIDATION`, and what the sandbox or the plugin's own error says.
 */
export async function callAction(core: CallCore, call: ActionCall): Promise<{ output: unknown; cpuMs: number }> {
  const { name, manifest, action } = call.action
  const installation = enabled(core, call)
  const described = manifest.actions[action]!
  const input = checkInput(name, described, call.input)
  const held = await core.hold?.call({ ...call, input })
  if (held) {
    checkOutput(name, described, held.output)
    return { output: held.output, cpuMs: 0 }
  }
  const result = await inSandbox(core, call, installation, { entry: `actions.${action}`, input, readOnly: false })
  const output = JSON.parse(result.output) as unknown // the sandbox has checked its size and depth, and dropped `__proto__`
  checkOutput(name, described, output)
  return { output, cpuMs: result.cpuMs }
}

/** Asks the plugin whether the call with this key arrived, before it is repeated. It can change nothing. */
export async function lookupAction(
  core: CallCore,
  call: ActionCall,
): Promise<{ found: false } | { found: true; output: unknown }> {
  const { name, manifest, action, hasLookup } = call.action
  if (!hasLookup)
    throw new TraeError('NOT_FOUND', `${name} has no lookup: it cannot say whether an earlier try arrived.`)
  if (core.hold) return { found: false } // where calls are held back, an earlier one never arrived
  const installation = enabled(core, call)
  const described = manifest.actions[action]!
  const input = checkInput(name, described, call.input)
  const result = await inSandbox(core, call, installation, { entry: `lookups.${action}`, input, readOnly: true })
  const output = JSON.parse(result.output) as unknown
  if (output === null || output === undefined) return { found: false }
  checkOutput(`${name} (lookup)`, described, output)
  return { found: true, output }
}

/** What its code throws by mistake comes back with the line of its author. */
async function inSandbox(
  core: CallCore,
  call: ActionCall,
  installation: Installation,
  entry: { entry: string; input: unknown; readOnly: boolean },
) {
  const asked = new AskedOfHost()
  try {
    return await core.sandbox.call(sandboxCall(core, call, installation, { ...entry, asked }))
  } catch (error) {
    throw await inAuthorsLines(core, { digest: call.action.digest, onLog: call.onLog }, error)
  } finally {
    asked.tell(call.onLog)
  }
}

function enabled(core: Pick<Core, 'plugins'>, { workspaceId, action }: ActionCall): Installation {
  const installation = core.plugins.installation(workspaceId, action.pluginId)
  if (!installation)
    throw new TraeError(
      'PERMISSION',
      `${action.name} cannot be called: ${action.pluginId} is not installed in this workspace any more.`,
    )
  if (installation.status === 'ENABLED') return installation
  const why = installation.statusReason ? `: ${installation.statusReason}` : ''
  throw new TraeError(
    'PERMISSION',
    `${action.name} cannot be called: ${action.pluginId} is disabled in this workspace${why}. Enable it to go on.`,
  )
}

function sandboxCall(
  core: CallCore,
  {
    workspaceId,
    action,
    account,
    run,
    locale,
    timeZone,
    workspaceLocale,
    workspaceTimeZone,
    workspaceName,
    onLog,
    signal,
    witness,
  }: ActionCall,
  installation: Installation,
  { entry, input, readOnly, asked }: { entry: string; input: unknown; readOnly: boolean; asked: AskedOfHost },
) {
  const { manifest, timeoutMs } = action
  const { id, path, attempt, key } = run
  return {
    code: codeOf(core, action),
    workspaceId,
    entry,
    input: JSON.stringify(input),
    context: {
      run: { id, path, attempt, key, deadline: Date.now() + timeoutMs },
      workspace: {
        id: workspaceId,
        name: workspaceName ?? '',
        timeZone: workspaceTimeZone ?? timeZone,
        locale: workspaceLocale ?? locale,
      },
      now: core.clock.now().getTime(),
      locale,
      timeZone,
    },
    limits: { ...manifest.limits, wallMs: timeoutMs },
    fresh: manifest.isolation === 'call',
    host: hostOf(core, { installation, action, account, run, readOnly, onLog, asked, signal, witness }),
    ...(signal ? { signal } : {}),
  }
}

/** The bundle, read from the database only when a runner lacks it; the sandbox checks it against its hash again. */
export function codeOf(
  core: Pick<Core, 'sql'>,
  { digest, pluginId, manifest }: Pick<ResolvedAction, 'digest' | 'pluginId' | 'manifest'>,
): PluginCode {
  return {
    digest: manifest.bundle.sha256,
    async source() {
      const [row] = await core.sql.query<{ bundle: string }>(READ_BUNDLE, [digest])
      if (row) return row.bundle
      throw new TraeError(
        'MANIFEST',
        `The stored code of ${pluginId} (${digest.slice(0, 12)}) is gone: install the plugin again.`,
      )
    },
  }
}
const READ_BUNDLE = statement('read-bundle', `select bundle from plugin_packages where digest = $1`)
