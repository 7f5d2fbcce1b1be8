import type { RunReason } from '../../api/schema.ts'
import type { Format } from '../../i18n/format.ts'
import type { Messages } from '../../i18n/pt-BR.ts'

/** What the UI asks of a reason. */
export type ShownReason = Pick<RunReason, 'code' | 'message' | 'until' | 'concurrency'>

/** Why something stands still, without its time, in the language of the person. */
export function reasonText(reason: ShownReason, t: Messages): string {
  if (reason.code === 'CONCURRENCY' && reason.concurrency) {
    const { executing, limit, position, key } = reason.concurrency
    return t.run.waitsForPlace(executing, limit, position, key)
  }
  if (reason.code === 'EVENT') {
    const events = [...reason.message.matchAll(/waits for ((?:[\w.-]+)(?: or [\w.-]+)*)/gi)].flatMap(
      ([, names]) => names?.split(' or ') ?? [],
    )
    if (events.length > 0) return t.run.waitsForEvents([...new Set(events)].join(t.common.or))
  }
  return t.run.reasons[reason.code]
}

/** Until when, as a date and as a distance; nothing where nobody knows. */
export function untilText(reason: ShownReason, t: Messages, format: Format, now: number): string | undefined {
  return reason.until === null
    ? undefined
    : t.run.untilIn(format.dateTime(reason.until), format.relative(reason.until, now))
}
