import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { AskedOfHost } from './capabilities/asked-of-host.ts'
import { type CallCore, codeOf } from './call-action.ts'
import type { LogLine } from './capabilities/calling.ts'
import { hostOf } from './capabilities/host-of.ts'
import type { TellingTrigger } from './manifest.ts'
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
  const trigger = installation.manifest.triggers[name] as TellingTrigger
  return readAnswer(eventTypeOf(installation.pluginId, name), trigger, answer)
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
  { name: trigger, account, call, input, key, standIns }: TriggerQuestion,
): Promise<unknown> {
  const { manifest, pluginId, version, digest, workspaceId } = installation
  const { name, timeZone, locale } = await getWorkspace(core, workspaceId)
  const full = `${pluginId}.${trigger}`
  const action = {
    name: full,
    pluginId,
    version,
    digest,
    action: trigger,
    effect: 'write' as const, // it may keep what it heard
    idempotency: 'key' as const,
    hasLookup: false,
    timeoutMs: manifest.limits.wallMs,
    manifest,
  }
  const run = { id: '', key }
  const onLog = (line: LogLine) => core.log.debug({ trigger: full, ...line.fields }, line.message)
  const asked = new AskedOfHost()
  const calling = core.sandbox.call({
    code: codeOf(core, action),
    workspaceId,
    entry: `triggers.${trigger}.${call}`,
    input: JSON.stringify(input),
    context: {
      run: { id: '', path: trigger, attempt: 1, key, deadline: Date.now() + action.timeoutMs },
      workspace: { id: workspaceId, name, timeZone, locale },
      now: core.clock.now().getTime(),
      locale,
      timeZone,
    },
    limits: { ...manifest.limits, wallMs: action.timeoutMs },
    fresh: manifest.isolation === 'call',
    host: hostOf(core, {
      installation,
      action,
      account,
      run,
      readOnly: false,
      onLog,
      asked,
      signal: undefined,
      ...(standIns ? { standIns } : {}),
    }),
  })
  const { output } = await calling.finally(() => asked.tell(onLog))
  return JSON.parse(output)
}

function readAnswer(name: string, trigger: TellingTrigger, answer: unknown) {
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
