import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { type CallCore, codeOf } from './call-action.ts'
import { hostOf } from './capabilities.ts'
import type { ManifestTrigger } from './manifest.ts'
import type { Installation } from './registry.ts'
import { checkEventData } from './validators.ts'

/** What a plugin heard of at its vendor. */
export interface HeardEvent {
  readonly data: Readonly<Record<string, unknown>>
  /** The same for two tellings of one thing. */
  readonly dedupe?: string | undefined
}

/** What a plugin may tell at once. */
export const MOST_EVENTS = 500

/** The event type of a trigger: `hubspot.contact-changed`. */
export const eventTypeOf = (pluginId: string, trigger: string) => `${pluginId}.${trigger}`

/**
 * Asks a trigger of a plugin behind the wall: `handle` with a request that has been proven, `poll` with the cursor of the
 * last time. `key` is the same for a repeat of the very same question. Throws what the plugin or the sandbox says, and
 * `VALIDATION` where the answer is not as the manifest says.
 */
export async function callTrigger(
  core: CallCore,
  installation: Installation,
  question: TriggerQuestion & { readonly call: 'handle' | 'poll' },
): Promise<{ readonly events: readonly HeardEvent[]; readonly cursor: unknown; readonly more: boolean }> {
  const answer = await askTrigger(core, installation, question)
  const { name } = question
  return readAnswer(eventTypeOf(installation.pluginId, name), installation.manifest.triggers[name]!, answer)
}

export interface TriggerQuestion {
  readonly name: string
  /** Of the plugin's accounts. */
  readonly account: string
  readonly call: 'handle' | 'poll' | 'register' | 'unregister'
  readonly input: unknown
  readonly key: string
  /** What the plugin says in the place of secrets that it never sees. */
  readonly standIns?: ReadonlyMap<string, string>
}

/** Calls a function of a trigger behind the wall, and answers what it gave, unread. */
export async function askTrigger(
  core: CallCore,
  installation: Installation,
  { name, account, call, input, key, standIns }: TriggerQuestion,
): Promise<unknown> {
  const { manifest, pluginId, version, digest, workspaceId } = installation
  const full = `${pluginId}.${name}`
  const action = {
    name: full,
    pluginId,
    version,
    digest,
    action: name,
    effect: 'write' as const, // it may keep what it heard
    idempotency: 'key' as const,
    hasLookup: false,
    timeoutMs: manifest.limits.wallMs,
    manifest,
  }
  const run = { id: '', key }
  const { output } = await core.sandbox.call({
    code: codeOf(core, action),
    workspaceId,
    entry: `triggers.${name}.${call}`,
    input: JSON.stringify(input),
    context: {
      run: { id: '', path: name, attempt: 1, key, deadline: Date.now() + action.timeoutMs },
      workspace: { id: workspaceId, name: '', timeZone: 'UTC', locale: 'en' },
      now: core.clock.now().getTime(),
      locale: 'en',
      messages: manifest.messages,
    },
    limits: { memoryMb: manifest.limits.memoryMb, cpuMs: manifest.limits.cpuMs, wallMs: action.timeoutMs },
    host: hostOf(core, {
      installation,
      action,
      account,
      run,
      readOnly: false,
      onLog: line => core.log.debug({ trigger: full, ...line.fields }, line.message),
      signal: undefined,
      ...(standIns ? { standIns } : {}),
    }),
  })
  return JSON.parse(output)
}

function readAnswer(name: string, trigger: ManifestTrigger, answer: unknown) {
  const { events, cursor = null, more = false } = (answer ?? {}) as Record<string, unknown>
  if (!Array.isArray(events)) throw misfit(name, 'an object with a list of events')
  if (events.length > MOST_EVENTS) throw misfit(name, `at most ${MOST_EVENTS} events at once`)
  return {
    events: events.map((event, i): HeardEvent => {
      const { data, dedupe } = (event ?? {}) as Record<string, unknown>
      if (dedupe !== undefined && (typeof dedupe !== 'string' || dedupe === '' || dedupe.length > 200))
        throw misfit(name, `a dedupe of 1 to 200 characters (events[${i}])`)
      checkEventData(`${name} (events[${i}])`, trigger, data)
      return { data: data as Record<string, unknown>, dedupe }
    }),
    cursor,
    more: more === true,
  }
}

const misfit = (name: string, wanted: string) =>
  new TraeError('VALIDATION', `The trigger ${name} must answer ${wanted}.`)

export type TriggerCore = CallCore & Pick<Core, 'vault'>
