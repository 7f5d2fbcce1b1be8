import { TraeError } from '../../errors.ts'
import type { HostOp } from '../../sandbox/call.ts'
import { Calling, type Capability, type CapabilityCore, type Invocation } from './calling.ts'
import { credential, fetch, hmac, hook } from './fetch.ts'
import { llm } from './llm.ts'
import { log, progress } from './log.ts'
import { memory } from './memory.ts'
import { events, records } from './records.ts'
import { schedule } from './schedule.ts'
import { storage } from './storage.ts'

const CAPABILITIES: Readonly<Record<Exclude<HostOp, 'log' | 'progress'>, Capability>> = {
  records,
  storage,
  events,
  llm,
  memory,
  schedule,
  fetch,
  credential,
  hook,
  hmac,
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
  const calling = new Calling(invocation)
  return async (op, argument) => {
    if (op === 'log') return log(calling, argument)
    if (op === 'progress') return progress(calling, argument)
    try {
      return await invocation.asked.count(op, argument, () => CAPABILITIES[op](core, calling, argument))
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
