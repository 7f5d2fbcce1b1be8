import { z } from 'zod'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { cancelPlanned, planCall, type PlannedCall, readPlanned } from './planned-calls.ts'
import type { Installation } from './registry.ts'

const key = z.string()

/** `ctx.schedule.<verb>`. */
export const scheduleQuestion = z.discriminatedUnion('verb', [
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
export type ScheduleQuestion = z.infer<typeof scheduleQuestion>

/** Answers `ctx.schedule` of one call, whose key is `runKey`. It plans a key once: a repeat of the call must come to the same. */
export function scheduleOf(
  core: Pick<Core, 'sql' | 'clock'>,
  installation: Installation,
  { account, runKey, limit }: { readonly account: string | undefined; readonly runKey: string; readonly limit: number },
): (question: ScheduleQuestion) => Promise<unknown> {
  const set = new Set<string>()
  return async question => {
    switch (question.verb) {
      case 'get':
        return shownCall(await readPlanned(core, installation, question.key))
      case 'cancel':
        return cancelPlanned(core, installation, question.key)
      case 'set': {
        const { at, key } = question
        if (set.has(key))
          throw new TraeError(
            'CONFLICT',
            `schedule.set: this call has planned ${JSON.stringify(key.slice(0, 60))} already; plan it once, or under another key.`,
          )
        const call = { ...question, at: at === undefined ? undefined : new Date(at) }
        await planCall(core, installation, call, { account, origin: runKey, limit })
        set.add(key)
        return null
      }
      default:
        return question satisfies never
    }
  }
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
