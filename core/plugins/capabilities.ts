import { z } from 'zod'
import type { Core } from '../context.ts'
import { createHmac } from 'node:crypto'
import { egress } from '../credentials/egress.ts'
import { type CredentialCore, openCredential } from '../credentials/open-credential.ts'
import { markUsed } from '../credentials/store.ts'
import { fieldsOf } from '../credentials/template.ts'
import { TraeError } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import { isId } from '../ids.ts'
import { didYouMean } from '../did-you-mean.ts'
import { askModel, modelQuestion, outputPart } from './ask-model.ts'
import { MEMORY_VERBS } from './memory-capability.ts'
import type { HostOp } from '../sandbox/sandbox.ts'
import { fetchAs, type PluginUse } from './fetch-as.ts'
import { credentialHosts, hostAllowed, type Permissions } from './permissions.ts'
import { RECORDS } from './records.ts'
import type { Installation } from './registry.ts'
import type { ResolvedAction } from './resolve-action.ts'
import { scheduleOf, scheduleQuestion } from './schedule-capability.ts'
import { StandIns } from './stand-ins.ts'
import { deleteStored, readStored, writeStored } from './storage.ts'
import { hookOf } from './trigger-hook.ts'
import { Witness } from './witness.ts'

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields?: Readonly<Record<string, unknown>> | undefined
}

/** One invocation: who asks, and on whose behalf. All of it is the host's own knowledge; nothing comes from the guest. */
export interface Invocation {
  readonly installation: Installation
  readonly action: ResolvedAction
  /** Of the plugin's accounts; its default one where nobody says which. */
  readonly account?: string | undefined
  /** `attempt`: 1 where there is none. */
  readonly run: { readonly id: string; readonly key: string; readonly attempt?: number }
  /** A lookup only looks, whatever the action may do. */
  readonly readOnly: boolean
  readonly onLog: ((line: LogLine) => void) | undefined
  readonly signal: AbortSignal | undefined
  /** Sees what the world may notice of it. */
  readonly witness?: Witness | undefined
  /** What the plugin says in the place of secrets that it never sees, and the secret. */
  readonly standIns?: ReadonlyMap<string, string>
}

export type CapabilityCore = Pick<Core, 'config' | 'egress' | 'memory' | 'llm'> & CredentialCore
type Answer = (argument: unknown) => unknown

const MAX_LOG_LINES = 500
// JSON by birth, for it was parsed from JSON: `z.json()` would look at every value of it again, for a tenth of a second
const json = z.unknown()
const name = z.string().max(100)
const arguments_ = {
  records: z.object({ noun: name, verb: name, argument: z.unknown().optional() }),
  storage: z.object({
    verb: z.enum(['get', 'set', 'delete']),
    key: z.string(),
    value: z.unknown().optional(),
    expiresAt: z.iso.datetime({ offset: true, error: 'must be an instant as 2026-03-02T09:00:00Z' }).optional(),
  }),
  events: z.object({ type: name, data: z.record(z.string(), json) }),
  log: z.object({
    level: z.enum(['debug', 'info', 'warn', 'error']),
    message: z.string().max(8192),
    fields: z.record(z.string(), z.unknown()).optional().catch(undefined),
  }),
  progress: z.object({ fraction: z.number(), text: z.string().max(500).optional().catch(undefined) }),
  fetch: z.object({
    url: z.string().max(8192),
    method: z.string().max(20).default('GET'),
    headers: z.record(z.string(), z.string()).default({}),
    body: z.string().optional(),
    credential: name.optional(),
  }),
  llm: modelQuestion,
  memory: z.object({ verb: name, argument: z.unknown().optional() }),
  schedule: scheduleQuestion,
  credential: z.object({ name }),
  hook: z.object({ trigger: name }),
  hmac: z.object({
    credential: name,
    field: name.optional(),
    algorithm: z.enum(['sha1', 'sha256', 'sha512']).default('sha256'),
    encoding: z.enum(['hex', 'base64', 'base64url']).default('hex'),
    data: z.string().max(1024 * 1024),
  }),
}

/**
 * What the host lends one invocation: answers `ctx.fetch`, `ctx.records` … of the guest. Each call is checked against what
 * the manifest of this very version asks for and the installer granted; both must say yes. Rejects with a `TraeError`, of
 * which only code and message cross the wall.
 */
export function hostOf(
  core: CapabilityCore,
  invocation: Invocation,
): (op: HostOp, argument: unknown) => Promise<unknown> {
  const { log, ...answers } = answersOf(core, invocation)
  return async (op, argument) => {
    if (op === 'log' || op === 'progress') return log(op, argument)
    try {
      return await answers[op](argument)
    } catch (error) {
      // What the database says names our tables and constraints: nothing for a plugin
      if (!(error instanceof TraeError) || error.code !== 'DATABASE') throw error
      throw new TraeError('DATABASE', `ctx.${op} could not be carried out: the database of this host failed.`, {
        retryable: error.retryable,
        cause: error,
      })
    }
  }
}

function answersOf(core: CapabilityCore, invocation: Invocation) {
  const { installation, action, run, onLog, readOnly, witness = new Witness() } = invocation
  const { workspaceId, granted } = installation
  const declared = action.manifest.permissions
  const writes = !readOnly && (action.effect === 'write' || action.effect === 'send')
  const counts = new Map<string, number>()
  const standIns = new StandIns(invocation.standIns)
  let lines = 0

  /**
   * The second write of its kind within one call has a key of its own, else it would be taken for a repeat of the first.
   * A write that failed gives its key back: a repeat of the call, after a crash, must come to the same keys.
   */
  const withOrigin = async <T>(
    verb: string,
    write: (origin: { key: string; runId: string }) => Promise<T>,
  ): Promise<T> => {
    const count = (counts.get(verb) ?? 0) + 1
    counts.set(verb, count)
    try {
      return await write({ key: count === 1 ? run.key : `${run.key}#${count}`, runId: run.id })
    } catch (error) {
      if (counts.get(verb) === count) counts.set(verb, count - 1)
      throw error
    }
  }

  const requireWrites = (what: string) => {
    if (writes) return
    const why = readOnly ? 'a lookup only looks' : `the action says effect: ${action.effect}`
    throw new TraeError(
      'PERMISSION',
      `${action.name} may not call ${what}: ${why}. An action that changes something says effect: write or send.`,
    )
  }

  const records: Answer = argument => {
    const { noun, verb, argument: given } = read('records', argument)
    const what = `${noun}.${verb}`
    const known = Object.hasOwn(RECORDS, what) ? RECORDS[what] : undefined
    if (!known) {
      const meant = didYouMean(what, Object.keys(RECORDS))
      throw new TraeError('VALIDATION', `ctx.records.${what} does not exist.${meant ? ` Did you mean ${meant}?` : ''}`)
    }
    requireGrant(
      invocation,
      what,
      permissions => permissions.records.some(entry => entry.name === known.permission),
      known.permission,
    )
    if (known.writes) requireWrites(`records.${what}`)
    const checked = known.argument.safeParse(given)
    if (!checked.success) throw new TraeError('VALIDATION', `ctx.records.${what}: ${issues(checked.error)}`)
    const call = () => withOrigin(what, origin => known.run(core, workspaceId, checked.data as never, origin))
    return known.writes ? witness.changes(call) : call()
  }

  const storage: Answer = argument => {
    const { verb, key, value, expiresAt } = read('storage', argument)
    requireGrant(invocation, `storage.${verb}`, permissions => permissions.storage !== undefined, 'storage')
    switch (verb) {
      case 'get':
        return readStored(core, installation.id, key)
      case 'set':
        return writeStored(
          core,
          installation.id,
          { key, value, expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt) },
          Math.min(granted.storage!.bytes, declared.storage!.bytes),
        )
      case 'delete':
        return deleteStored(core, installation.id, key)
      default:
        return verb satisfies never
    }
  }

  const events: Answer = async argument => {
    const { type, data } = read('events', argument)
    const wanted = `emit:${type}`
    requireGrant(
      invocation,
      `events.emit(${JSON.stringify(type)})`,
      permissions => permissions.events.some(entry => entry.name === wanted),
      wanted,
    )
    requireWrites('events.emit')
    const subjectId = isId(data['leadId']) ? data['leadId'] : null
    const event = {
      type,
      subjectId,
      data,
      source: `run:${run.id}`,
      dedupeKey: `${run.key}#emit:${type}:${subjectId ?? ''}`,
    }
    await witness.changes(() => core.sql.transaction(tx => appendEvent(tx, workspaceId, event, core.clock.now())))
    core.queue.ring('events')
  }

  const asked = new Map<string, number>()
  const llm: Answer = async argument => {
    const { answers, ...given } = read('llm', argument)
    const { model } = given
    const output = action.manifest.actions[action.action]!.output
    const question = answers === undefined ? given : { ...given, schema: outputPart(output, answers) }
    requireGrant(
      invocation,
      `llm.generate with the ${model} model`,
      permissions => permissions.llm?.models.includes(model) ?? false,
      `the ${model} model`,
    )
    const count = (hash: string) => {
      asked.set(hash, (asked.get(hash) ?? 0) + 1)
      return asked.get(hash)!
    }
    const least = (limit: 'tokensPerRun' | 'tokensPerDay') => Math.min(granted.llm![limit], declared.llm![limit])
    const call = {
      workspaceId,
      installationId: installation.id,
      runId: isId(run.id) ? run.id : null,
      scope: `${run.key}#llm:${run.attempt ?? 1}:`,
      count,
    }
    const budget = { tokensPerRun: least('tokensPerRun'), tokensPerDay: least('tokensPerDay') }
    const started = performance.now()
    const { answer, replayed } = await askModel(core, call, question, budget, invocation.signal)
    const { inputTokens, outputTokens, cost } = answer.usage
    onLog?.({
      level: 'info',
      message: `model ${answer.model}: ${inputTokens} tokens in, ${outputTokens} out${cost === null ? '' : `, US$ ${cost.toFixed(4)}`}${replayed ? ', answered from the journal' : ''}`,
      fields: { model: answer.model, ...answer.usage, replayed, ms: Math.round(performance.now() - started) },
    })
    return answer
  }

  const memory: Answer = async argument => {
    const { verb, argument: given } = read('memory', argument)
    const known = Object.hasOwn(MEMORY_VERBS, verb) ? MEMORY_VERBS[verb] : undefined
    if (!known) throw new TraeError('VALIDATION', `ctx.memory.${verb} does not exist.`)
    const { permission } = known
    requireGrant(
      invocation,
      `memory.${verb}`,
      permissions => permissions.memory?.some(entry => entry.name === permission) ?? false,
      `memory ${permission}`,
    )
    if (permission === 'write') requireWrites(`memory.${verb}`)
    const checked = known.argument.safeParse(given)
    if (!checked.success) throw new TraeError('VALIDATION', `ctx.memory.${verb}: ${issues(checked.error)}`)
    onLog?.({ level: 'debug', message: `memory.${verb}`, fields: {} })
    return withOrigin(`memory.${verb}`, ({ key }) => known.run(core, workspaceId, checked.data as never, `run:${key}`))
  }

  const planned = scheduleOf(core, installation, {
    account: invocation.account,
    runKey: run.key,
    limit: Math.min(granted.schedule?.calls ?? 0, declared.schedule?.calls ?? 0),
  })
  const schedule: Answer = argument => {
    const question = read('schedule', argument)
    const what = `schedule.${question.verb}`
    requireGrant(invocation, what, permissions => permissions.schedule !== undefined, 'schedule')
    if (question.verb === 'get') return planned(question)
    requireWrites(what)
    return witness.changes(() => planned(question))
  }

  const fetch: Answer = async argument => {
    const { credential, ...asked } = read('fetch', argument)
    const request = standIns.putIn(asked)
    const allows = (host: string, port: number) =>
      hostAllowed(granted.hosts, host, port) && hostAllowed(declared.hosts, host, port)
    const departure = witness.departs()
    const policy = { ...core.egress, allows, signal: invocation.signal, onSend: departure.onSend }
    const started = performance.now()
    const sending =
      credential === undefined
        ? egress(request, policy)
        : fetchAs(core, useOf(credential, 'fetch'), request, {
            ...policy,
            mayUse: (host, port) =>
              hostAllowed(credentialHosts(granted, credential), host, port) &&
              hostAllowed(credentialHosts(declared, credential), host, port),
          })
    const seen = await sending.catch((error: unknown) => {
      departure.failed(error)
      throw error
    })
    const answer = standIns.takeOut(seen)
    departure.answered(answer.status)
    const { origin, pathname } = new URL(answer.url)
    onLog?.({
      level: 'debug',
      message: `${request.method} ${origin}${pathname} → ${answer.status}`,
      fields: {
        status: answer.status,
        bytes: answer.bytes,
        ms: Math.round(performance.now() - started),
        ...(credential === undefined ? {} : { credential, account: invocation.account ?? installation.defaultAccount }),
      },
    })
    return answer
  }

  /** What is no secret of it: the number of an account, the region it lives in. */
  const credential: Answer = async argument => {
    const use = useOf(read('credential', argument).name, 'credential')
    return (await openCredential(core, use, core.egress)).credential.publicFields
  }

  const hook: Answer = async argument => {
    const { trigger } = read('hook', argument)
    const found = await hookOf(core, { ...installation, manifest: action.manifest }, trigger, invocation.account)
    if (!found) return null
    standIns.add(found.standIns)
    return found.url
  }

  const hmac: Answer = async argument => {
    const { credential: named, field, algorithm, encoding, data } = read('hmac', argument)
    const use = useOf(named, 'hmac')
    const secrets = Object.entries(fieldsOf(use.template)).flatMap(([key, { secret }]) => (secret ? [key] : []))
    const key = field ?? (secrets.length === 1 ? secrets[0]! : undefined)
    if (key === undefined || !secrets.includes(key))
      throw new TraeError(
        'VALIDATION',
        `ctx.hmac: field must name a secret of the credential ${named}; there ${secrets.length === 1 ? 'is' : 'are'} ${secrets.join(', ')}.`,
      )
    const { values, credential } = await openCredential(core, use, core.egress)
    await markUsed(core, credential, use)
    return createHmac(algorithm, values[key] ?? '')
      .update(data)
      .digest(encoding)
  }

  const useOf = (named: string, op: string): PluginUse => {
    const templates = action.manifest.credentials
    const template = Object.hasOwn(templates, named) ? templates[named] : undefined
    if (!template) {
      const meant = didYouMean(named, Object.keys(templates))
      throw new TraeError(
        'VALIDATION',
        `ctx.${op}: ${action.pluginId} has no credential ${JSON.stringify(named)}.${meant ? ` Did you mean ${meant}?` : ''}`,
      )
    }
    requireGrant(
      invocation,
      `${op} with the credential ${named}`,
      permissions => permissions.credentials.some(entry => entry.name === named),
      `the credential ${named}`,
    )
    const account = invocation.account ?? installation.defaultAccount
    const by = run.id === '' ? `trigger:${action.action}` : `run:${run.id}`
    return { installationId: installation.id, pluginId: action.pluginId, name: named, account, template, by }
  }

  const log = (op: 'log' | 'progress', argument: unknown): void => {
    if (++lines > MAX_LOG_LINES) return
    if (op === 'log') return onLog?.(read('log', argument))
    const { fraction, text } = read('progress', argument)
    onLog?.({ level: 'info', message: text ?? '', fields: { progress: Math.min(1, Math.max(0, fraction)) } })
  }

  return { records, storage, events, llm, memory, schedule, fetch, credential, hook, hmac, log }
}

function requireGrant(
  { action, installation }: Invocation,
  what: string,
  holds: (permissions: Permissions) => boolean,
  permission: string,
): void {
  if (!holds(action.manifest.permissions))
    throw new TraeError(
      'PERMISSION',
      `${action.name} may not call ${what}: the manifest of ${action.pluginId} ${action.version} does not ask for ${permission}.`,
    )
  if (!holds(installation.granted))
    throw new TraeError(
      'PERMISSION',
      `${action.name} may not call ${what}: ${permission} was not granted to ${action.pluginId} in this workspace.`,
    )
}

function read<Op extends keyof typeof arguments_>(op: Op, argument: unknown): z.infer<(typeof arguments_)[Op]> {
  const parsed = arguments_[op].safeParse(argument)
  if (parsed.success) return parsed.data as z.infer<(typeof arguments_)[Op]>
  throw new TraeError('VALIDATION', `ctx.${op}: ${issues(parsed.error)}`)
}

function issues(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
    .join('; ')
}
