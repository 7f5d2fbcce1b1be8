import { z } from 'zod'
import { placeIn, type StepPlace } from '../compile-context.ts'
import { compileTime, compileUntil } from '../compile-time.ts'
import { hasExpression } from '../expressions/split-template.ts'
import { WEEKDAYS } from '../local-time.ts'
import { momentOf } from '../moment.ts'
import { VALUE_MARK, WANTED } from '../playbook-file.ts'
import { TIME_OF_DAY, timeZone, weekdays } from '../time-words.ts'
import { entryOf, isText, plainOf, valueOf, type YamlMap } from '../yaml-tree.ts'
import { NO_EXPRESSION } from './no-expression.ts'
import type { StepKind } from './step-kind.ts'

/** Waits for a duration, until a moment, or until the next time of day. */
export const wait: StepKind<'wait'> = {
  kind: 'wait',
  key: 'wait',
  shape: () => ({
    wait: z
      .union([
        z.string({ error: WANTED.duration }).meta({ [VALUE_MARK]: 'a duration or a moment' }),
        z.strictObject({
          until: z.string({ error: TIME_OF_DAY }).meta({
            description: 'A time of day ("09:00", the next one), a moment, or an expression for either.',
            examples: ['09:00'],
            [VALUE_MARK]: 'a time of day or a moment',
          }),
          days: weekdays
            .optional()
            .meta({ description: 'Of a time of day: on which days of the week.', default: 'every day' }),
          timezone: timeZone,
        }),
      ])
      .meta({
        description: 'A duration (2d), a moment (2026-03-02T09:00:00Z), an expression for either, or until when.',
        examples: ['2d'],
        [VALUE_MARK]: 'a duration, a moment or a map',
      }),
  }),
  title: entry => {
    const node = valueOf(entry, 'wait')
    if (node?.kind === 'scalar') return `wait ${String(node.value)}`
    const until = valueOf(node, 'until')
    return isText(until) ? `wait until ${until.value}` : 'wait'
  },
  output: () => ({ type: 'object', properties: { until: { type: 'string' } } }),
  compile(entry, place, context) {
    const node = valueOf(entry, 'wait')!
    if (node.kind !== 'map') return { kind: 'wait', for: compileTime(node, placeIn(place, 'wait', context), context) }
    const until = valueOf(node, 'until')
    const { days, timezone } = plainOf(node) as { readonly days?: unknown; readonly timezone?: unknown }
    const written = isText(until) && !hasExpression(until.value) ? until.value : undefined
    if (written !== undefined && momentOf(written) !== undefined) checkMoment(node, place, context)
    return {
      kind: 'wait',
      until: until ? compileUntil(until, placeIn(place, 'wait.until', context), context) : NEVER,
      days: Array.isArray(days) ? WEEKDAYS.filter(day => days.includes(day)) : WEEKDAYS,
      timeZone: typeof timezone === 'string' ? timezone : 'subject',
    }
  },
  docs: {
    example: `
- wait: 2d
- wait: 2030-03-02T09:00:00-03:00
- wait: \${{ timestamp(lead.createdAt) + days(30) }}
- wait: { until: "09:00", days: [mon, tue, wed, thu, fri] }
- wait: { until: "14:30", timezone: America/Sao_Paulo }
`,
    text: `A waiting run costs nothing and survives restarts: the moment is fixed when the step begins. A moment that has passed ends the wait at once.
A time of day is the next one by the clock of the time zone, so at 09:00 sharp \`until: "09:00"\` waits for tomorrow's. A time that the clocks skip
ends the wait at the end of the gap, and one that comes twice at the first.`,
    output: '`{ until }`, the moment in ISO 8601.',
  },
}

/** There is a finding, so it is never evaluated. */
const NEVER = { ...NO_EXPRESSION, evaluate: () => new Date(0) }

/** A moment is the same everywhere. */
function checkMoment(node: YamlMap, place: StepPlace, { findings }: Parameters<typeof compileTime>[2]): void {
  for (const key of ['days', 'timezone']) {
    const entry = entryOf(node, key)
    if (entry)
      findings.add({
        code: 'CONFLICTING_KEYS',
        message: `"${key}" goes with a time of day such as "09:00"; a moment is the same everywhere. Take one of them out.`,
        path: `${place.path}.wait.${key}`,
        span: entry.key,
      })
  }
}
