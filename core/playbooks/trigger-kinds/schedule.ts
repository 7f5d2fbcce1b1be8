import { z } from 'zod'
import type { CompileContext } from '../compile-context.ts'
import { parseDuration, shortDuration } from '../duration.ts'
import { isTimeZone, likelyZone } from '../local-time.ts'
import { words } from '../playbook-file.ts'
import { MISSED, OVERLAP } from '../playbook.ts'
import { scalarOffsets } from '../scalar-position.ts'
import { cronFault, type Timing } from '../schedule-times.ts'
import { entryOf, isText, valueOf, type YamlMap, type YamlNode } from '../yaml-tree.ts'
import { compileTriggerInputs, inputsKey } from './before-run.ts'
import type { TriggerKind } from './trigger-kind.ts'

const LEAST_MS = 10_000
const MOST_MS = 366 * 86_400_000
/** Missed ticks that `missed: all` makes up for at once. */
export const MAX_MISSED = 100
const EVENT = 'schedule.fired'

/** A time has come. */
export const schedule: TriggerKind<'schedule'> = {
  kind: 'schedule',
  shape: {
    schedule: z
      .strictObject({
        id: words.name.optional().meta({ description: 'Names the schedule; needed only where two are alike.' }),
        cron: z
          .string()
          .optional()
          .meta({ description: 'Minute, hour, day, month, weekday.', examples: ['0 9 * * 1-5'] }),
        every: words.duration.optional().meta({ description: 'Instead of cron: an interval, from publishing on.' }),
        timezone: z
          .string()
          .optional()
          .meta({ description: 'Where cron is local time; required with it.', examples: ['America/Sao_Paulo'] }),
        missed: z
          .enum(MISSED)
          .optional()
          .meta({ description: 'Which ticks of a downtime are made up for.', default: 'last' }),
        overlap: z
          .enum(OVERLAP)
          .optional()
          .meta({ description: 'What a tick does while the run of the one before is not over.', default: 'allow' }),
        inputs: inputsKey,
      })
      .meta({ description: 'When it starts.' }),
  },
  event: () => EVENT,
  compile(entry, path, context) {
    const node = valueOf(entry, 'schedule')
    if (node?.kind !== 'map') return undefined
    const at = `${path}.schedule`
    const timing = compileTiming(node, at, context)
    const id = textAt(node, 'id')
    return {
      kind: 'schedule',
      key: `schedule/${id ?? (timing ? describeTiming(timing) : '')}`,
      timing: timing ?? { kind: 'every', everyMs: MOST_MS },
      missed: MISSED.find(word => word === textAt(node, 'missed')) ?? 'last',
      overlap: OVERLAP.find(word => word === textAt(node, 'overlap')) ?? 'allow',
      inputs: compileTriggerInputs(node, at, EVENT, context),
    }
  },
  docs: {
    example: `
inputs:
  part: { type: string, enum: [morning, rest], default: rest }
triggers:
  - schedule: { cron: '0 9 * * 1-5', timezone: America/Sao_Paulo, missed: none, inputs: { part: morning } }
  - schedule: { every: 15m, overlap: skip }
`,
    text: `\`cron\` has five fields; lists, ranges, steps and names (\`mon-fri\`, \`jan\`) are fine, and so are \`L\` (the last) and \`@daily\`. It is local
time: a time that the clocks skip fires once, in the first minute after the gap, and one that comes twice fires once, the first time.
\`every\` counts from the moment of publishing, and is no less than ${shortDuration(LEAST_MS)}.

Each tick fires once, however many processes there are. After a downtime \`missed: all\` fires every tick that was missed, up to the latest
${MAX_MISSED}; \`last\` fires the latest; \`none\` fires none that is more than a minute late. While the run of the tick before is not over, \`overlap: allow\`
starts another, \`skip\` leaves the tick out, and \`queue\` keeps up to ${MAX_MISSED} ticks and fires them one after the other. A schedule that did not
change keeps its next tick when a new version is published; one of a paused playbook fires nothing, and makes up for nothing. The
event has \`scheduledAt\`, and \`missed\`: is it more than a minute late?`,
  },
}

/** Names the timing in a trigger's key: another time is another schedule. */
function describeTiming(timing: Timing): string {
  return timing.kind === 'every' ? `every ${shortDuration(timing.everyMs)}` : `${timing.cron} ${timing.timeZone}`
}

function compileTiming(node: YamlMap, path: string, context: CompileContext): Timing | undefined {
  const [cron, every, zone] = (['cron', 'every', 'timezone'] as const).map(key => entryOf(node, key))
  const { findings } = context
  const report = (
    code: 'MISSING_KEY' | 'CONFLICTING_KEYS',
    key: string,
    message: string,
    span = entryAt(node),
  ): undefined => {
    findings.add({ code, message, path: `${path}.${key}`, span })
  }
  if (cron && every)
    return report('CONFLICTING_KEYS', 'every', 'A schedule has cron or every, not both; take one out.', every.key)
  if (every) {
    if (zone) report('CONFLICTING_KEYS', 'timezone', 'every counts time and needs no timezone; take it out.', zone.key)
    const everyMs = isText(every.value) ? parseDuration(every.value.value) : undefined
    if (everyMs === undefined) return undefined // the schema has said so
    if (everyMs >= LEAST_MS && everyMs <= MOST_MS) return { kind: 'every', everyMs }
    findings.add({
      code: 'OUT_OF_RANGE',
      message: `"every" must be from ${shortDuration(LEAST_MS)} to ${shortDuration(MOST_MS)}, found ${shortDuration(everyMs)}.`,
      path: `${path}.every`,
      span: every.value,
    })
    return undefined
  }
  if (!cron) return report('MISSING_KEY', 'cron', 'A schedule needs cron, with a timezone, or every.')
  const timeZone = zone ? checkZone(zone.value, path, context) : undefined
  if (!zone)
    report('MISSING_KEY', 'timezone', 'cron is local time: "timezone" is missing, such as America/Sao_Paulo.', cron.key)
  const pattern = checkCron(cron.value, path, context)
  return pattern !== undefined && timeZone !== undefined ? { kind: 'cron', cron: pattern, timeZone } : undefined
}

function checkCron(node: YamlNode, path: string, { findings }: CompileContext): string | undefined {
  if (!isText(node)) return undefined
  const fault = cronFault(node.value)
  if (!fault) return node.value.trim().replace(/\s+/g, ' ')
  const offsetOf = scalarOffsets(node, findings.text)
  findings.add({
    code: 'BAD_CRON',
    message: `"cron" cannot be read: ${fault.message}. Write minute, hour, day, month, weekday: 0 9 * * 1-5.`,
    path: `${path}.cron`,
    span: { start: offsetOf(fault.start), end: Math.max(offsetOf(fault.end - 1) + 1, offsetOf(fault.start) + 1) },
  })
  return undefined
}

function checkZone(node: YamlNode, path: string, { findings }: CompileContext): string | undefined {
  if (!isText(node)) return undefined
  if (isTimeZone(node.value)) return node.value
  findings.add({
    code: 'BAD_TIMEZONE',
    message: `There is no time zone ${JSON.stringify(node.value)}; write it as America/Sao_Paulo.`,
    path: `${path}.timezone`,
    span: node,
    suggestion: likelyZone(node.value),
  })
  return undefined
}

const entryAt = (node: YamlMap) => node.entries.values().next().value?.key ?? node

function textAt(node: YamlMap, key: string): string | undefined {
  const value = valueOf(node, key)
  return isText(value) ? value.value : undefined
}
