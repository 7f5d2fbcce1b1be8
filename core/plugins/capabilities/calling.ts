import type { z } from 'zod'
import type { Core } from '../../context.ts'
import type { CredentialCore } from '../../credentials/open-credential.ts'
import { TraeError } from '../../errors.ts'
import { isId, type WorkspaceId } from '../../ids.ts'
import type { Permissions } from '../permissions.ts'
import type { Origin } from '../record-verb.ts'
import type { Installation } from '../registry.ts'
import type { ResolvedAction } from '../resolve-action.ts'
import type { AskedOfHost } from './asked-of-host.ts'
import { StandIns } from './stand-ins.ts'
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
  /** Counts what it asks. */
  readonly asked: AskedOfHost
  readonly signal: AbortSignal | undefined
  /** Sees what the world may notice of it. */
  readonly witness?: Witness | undefined
  /** What the plugin says in the place of secrets that it never sees, and the secret. */
  readonly standIns?: ReadonlyMap<string, string>
}

export type CapabilityCore = Pick<Core, 'config' | 'egress' | 'memory' | 'llm' | 'traffic'> & CredentialCore

/** Answers one question of the guest. Rejects with a `TraeError`, of which only code and message cross the wall. */
export type Capability = (core: CapabilityCore, calling: Calling, argument: unknown) => unknown

/** An invocation as the capabilities see it: what it may do, and under which keys it does it. */
export class Calling {
  readonly installation: Installation
  readonly action: ResolvedAction
  readonly run: Invocation['run']
  readonly workspaceId: WorkspaceId
  readonly granted: Permissions
  readonly declared: Permissions
  /** The account that is asked for, where one is. */
  readonly chosenAccount: string | undefined
  readonly onLog: Invocation['onLog']
  readonly signal: AbortSignal | undefined
  readonly witness: Witness
  readonly standIns: StandIns
  /** Of the events that come of it. */
  readonly source: string
  /** Keys under which it has planned calls. */
  readonly planned = new Set<string>()
  readonly #readOnly: boolean
  readonly #counts = new Map<string, number>()

  constructor({ installation, action, account, run, readOnly, onLog, signal, witness, standIns }: Invocation) {
    this.installation = installation
    this.action = action
    this.run = run
    this.workspaceId = installation.workspaceId
    this.granted = installation.granted
    this.declared = action.manifest.permissions
    this.chosenAccount = account
    this.onLog = onLog
    this.signal = signal
    this.witness = witness ?? new Witness()
    this.standIns = new StandIns(standIns)
    this.source = run.id === '' ? `plugin:${action.pluginId}` : `run:${run.id}`
    this.#readOnly = readOnly
  }

  get account(): string {
    return this.chosenAccount ?? this.installation.defaultAccount
  }

  /** Null for a trigger, which is in no run. */
  get runId(): string | null {
    return isId(this.run.id) ? this.run.id : null
  }

  /** Counts up, for what this call does more than once. */
  count(what: string): number {
    const count = (this.#counts.get(what) ?? 0) + 1
    this.#counts.set(what, count)
    return count
  }

  /**
   * The second write of its kind within one call has a key of its own, else it would be taken for a repeat of the first.
   * A write that failed gives its key back: a repeat of the call, after a crash, must come to the same keys.
   */
  async withOrigin<T>(verb: string, write: (origin: Origin) => Promise<T>): Promise<T> {
    const count = this.count(verb)
    const { runId, source, account } = this
    try {
      const { pluginId } = this.action
      const { isUntouched } = this.witness
      const key = count === 1 ? this.run.key : `${this.run.key}#${count}`
      return await write({ key, runId, source, pluginId, account, isUntouched })
    } catch (error) {
      if (this.#counts.get(verb) === count) this.#counts.set(verb, count - 1)
      throw error
    }
  }

  requireWrites(what: string, inLookup = false): void {
    const { name, effect } = this.action
    if ((inLookup || !this.#readOnly) && (effect === 'write' || effect === 'send')) return
    const why = this.#readOnly ? 'a lookup only looks' : `the action says effect: ${effect}`
    throw new TraeError(
      'PERMISSION',
      `${name} may not call ${what}: ${why}. An action that changes something says effect: write or send.`,
    )
  }

  /** What the manifest of this very version asks for and the installer granted: both must say yes. */
  requireGrant(what: string, holds: (permissions: Permissions) => boolean, permission: string): void {
    const { name, pluginId, version } = this.action
    if (!holds(this.declared))
      throw new TraeError(
        'PERMISSION',
        `${name} may not call ${what}: the manifest of ${pluginId} ${version} does not ask for ${permission}.`,
      )
    if (!holds(this.granted))
      throw new TraeError(
        'PERMISSION',
        `${name} may not call ${what}: ${permission} was not granted to ${pluginId} in this workspace.`,
      )
  }
}

/** What the guest has handed over. `what` it is to, after `ctx.`; throws `VALIDATION` where it does not fit. */
export function argumentOf<Argument>(what: string, schema: z.ZodType<Argument>, argument: unknown): Argument {
  const parsed = schema.safeParse(argument)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  )
  throw new TraeError('VALIDATION', `ctx.${what}: ${issues.join('; ')}`)
}
