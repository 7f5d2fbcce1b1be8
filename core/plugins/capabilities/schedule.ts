import { z } from 'zod'
import { TraeError } from '../../errors.ts'
import { cancelPlanned, planCall, type PlannedCall, readPlanned } from '../planned-calls.ts'
import { argumentOf, type Capability } from './calling.ts'

const key = z.string()
const question = z.discriminatedUnion('verb', [
  z.object({
    verb: z.literal('set'),
    key,
    action: z.string().max(100),
    input: z.record(z.string(), z.unknown(), { error: 'must be an object' }).default({}),
    at: z.iso.datetime({ offset: true, error: 'must be an instant as 2026-03-02T09:00:00Z' }).optional(),
    every: z.string().optional(),
  }),
  z.object({ verb: z.literal('get'), key }),
  z.object({ verb: z.literal('cancel'), key }),
])

/** `ctx.schedule`. A call plans a key once: a repeat of the call must come to the same. */
export const schedule: Capability = async (core, calling, argument) => {
  const asked = argumentOf('schedule', question, argument)
  const { key } = asked
  calling.requireGrant(`schedule.${asked.verb}`, permissions => permissions.schedule !== undefined, 'schedule')
  const { installation, run, granted, declared } = calling
  if (asked.verb === 'get') return shownCall(await readPlanned(core, installation, key))
  calling.requireWrites(`schedule.${asked.verb}`)
  return calling.witness.changes(async () => {
    if (asked.verb === 'cancel') return cancelPlanned(core, installation, key, run.key)
    if (calling.planned.has(key))
      throw new TraeError(
        'CONFLICT',
        `schedule.set: this call has planned ${JSON.stringify(key.slice(0, 60))} already; plan it once, or under another key.`,
      )
    const { at } = asked
    const limit = Math.min(granted.schedule!.calls, declared.schedule!.calls)
    const planned = { ...asked, at: at === undefined ? undefined : new Date(at) }
    await planCall(core, installation, planned, { account: calling.chosenAccount, origin: run.key, limit })
    calling.planned.add(key)
    return null
  })
}

/** As plugins see it. */
export const shownCall = (call: PlannedCall | undefined) =>
  call
    ? {
        action: call.action,
        input: call.input,
        at: call.dueAt.toISOString(),
        ...(call.every === null ? {} : { every: call.every }),
        ...(call.error === null ? {} : { error: call.error }),
      }
    : null
