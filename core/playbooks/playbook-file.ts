import { z } from 'zod'
import { ACCOUNT_NAME, ACCOUNT_NAME_WANTED } from './account-name.ts'
import { admissionKeys } from './admission-schema.ts'
import { parseDuration, shortDuration } from './duration.ts'
import { INPUT_TYPES } from './inputs.ts'
import { MODULE_KEYS } from './playbook.ts'
import { RETRY_DEFAULTS } from './retry-delay.ts'

/**
 * The words of the file, as schemas: what is checked and what editors complete come from here. Values that hold
 * `${{ }}` are text to these schemas; what stands inside is the expressions' part.
 */
export const WANTED = {
  duration: 'a duration such as 15m, 3d or PT30M',
  expression: 'an expression, ${{ … }}',
} as const

/** Keyword in the schemas: what a value is called on the reference page, where its type says too little. */
export const VALUE_MARK = 'x-trae-value'

const duration = z
  .string({ error: WANTED.duration })
  .refine(text => parseDuration(text) !== undefined, { params: { code: 'BAD_DURATION' } })
  .meta({
    description: 'A duration: 15m, 3d, 1h30m, PT30M, P45D.',
    examples: ['15m', '3d'],
    [VALUE_MARK]: 'a duration',
  })

/** What is shorter is over before anything can be done in it. */
const LEAST_TIMEOUT_MS = 100
const timeout = duration.refine(text => (parseDuration(text) ?? LEAST_TIMEOUT_MS) >= LEAST_TIMEOUT_MS, {
  params: { code: 'OUT_OF_RANGE', wanted: `a duration of ${shortDuration(LEAST_TIMEOUT_MS)} or more` },
})

const expression = z
  .string({ error: WANTED.expression })
  .meta({ description: 'An expression: ${{ … }}', pattern: '\\$\\{\\{', [VALUE_MARK]: 'an expression' })

/** Written in expressions, so letters, digits and _ only. */
export const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/
/** Words of CEL: what has one for a name cannot be read. */
const RESERVED: ReadonlySet<string> = new Set(['in', 'true', 'false', 'null'])
const name = z
  .string()
  .regex(NAME)
  .refine(text => !RESERVED.has(text), {
    params: {
      code: 'WRONG_VALUE',
      wanted: `another name: ${[...RESERVED].join(', ')} are words of expressions, so it could not be read`,
    },
  })
  .meta({ [VALUE_MARK]: 'a name' })
const eventType = z
  .string()
  .regex(/^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$/)
  .meta({ description: 'An event type: lead.captured', [VALUE_MARK]: 'an event type' })

const errorCode = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{0,63}$/)
  .meta({ description: 'An error code: TIMEOUT.', [VALUE_MARK]: 'an error code' })

const account = z
  .string()
  .refine(text => ACCOUNT_NAME.test(text), {
    params: { code: 'WRONG_VALUE', wanted: `the name of an account, ${ACCOUNT_NAME_WANTED}, and no expression` },
  })
  .optional()
  .meta({
    description: "Which of the plugin's accounts, by its name; its default one without it.",
    pattern: ACCOUNT_NAME.source,
    [VALUE_MARK]: 'the name of an account',
  })

export const retry = z
  .strictObject({
    maxAttempts: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'Counts the first attempt.', default: RETRY_DEFAULTS.maxAttempts }),
    backoff: z
      .enum(['exponential', 'linear', 'constant'])
      .optional()
      .meta({ description: 'How the delay grows.', default: RETRY_DEFAULTS.backoff }),
    delay: duration
      .optional()
      .meta({ description: 'Before the second attempt.', default: shortDuration(RETRY_DEFAULTS.delayMs) }),
    factor: z
      .number()
      .min(1)
      .max(10)
      .optional()
      .meta({ description: 'Of exponential growth.', default: RETRY_DEFAULTS.factor }),
    maxDelay: duration
      .optional()
      .meta({ description: 'The delay grows no longer than this.', default: shortDuration(RETRY_DEFAULTS.maxDelayMs) }),
    jitter: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .meta({ description: 'Share by which a delay is moved, up or down.', default: RETRY_DEFAULTS.jitter }),
    maxDuration: duration
      .optional()
      .meta({ description: 'From the start of the first attempt to the start of the last.' }),
  })
  .meta({ description: 'How a failed attempt is repeated.' })

/** What any step may have. */
export const COMMON_KEYS = {
  id: name.optional().meta({ description: 'Names the step: steps.<id>.output in expressions.' }),
  name: z.string().min(1).max(200).optional().meta({ description: 'For people.' }),
  if: expression.optional().meta({ description: 'The step is skipped unless this is true.' }),
  onError: z
    .enum(['fail', 'continue'])
    .optional()
    .meta({ description: 'What a failure of the step does to the run.', default: 'fail' }),
  retry: retry.optional(),
  timeout: timeout
    .optional()
    .meta({ description: 'The longest one attempt may take; a call, never longer than the action allows.' }),
}

/** A map with at least one key. */
export function filledRecord<Value extends z.ZodType>(
  key: typeof name | z.ZodString,
  value: Value,
  description: string,
): z.ZodRecord<z.ZodString, Value> {
  return z
    .record(key, value)
    .refine(entries => Object.keys(entries).length > 0, { params: { code: 'EMPTY' } })
    .meta({ description, minProperties: 1 })
}

export const words = { duration, timeout, expression, name, eventType, errorCode, account }

/** What a run can be given at its start. */
export const inputs = z.record(
  name,
  z.strictObject({
    type: z.enum(INPUT_TYPES).meta({ description: 'What it must be.' }),
    required: z.boolean().optional().meta({ description: 'No run starts without it.', default: false }),
    default: z.unknown().optional().meta({ description: 'What it is where nothing is given; null without this.' }),
    enum: z.array(z.unknown()).min(1).optional().meta({ description: 'The values that it may have.' }),
    description: z.string().max(1000).optional().meta({ description: 'For whoever starts a run.' }),
  }),
)

/** The file from its top; `steps` is the schema of a list of steps, `triggers` that of a list of triggers. */
export function fileSchema(steps: z.ZodType, triggers: z.ZodType) {
  return z.strictObject({
    id: z
      .string()
      .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
      .max(100)
      .meta({ description: 'Of the playbook, in lower case with hyphens: qualify-and-schedule.' }),
    name: z.string().min(1).max(200).meta({ description: 'For people.' }),
    description: z.string().max(5000).optional().meta({ description: 'For people: what it is for.' }),
    module: z.enum(MODULE_KEYS).meta({ description: 'The module that it belongs to.' }),
    labels: z
      .record(z.string(), z.string())
      .optional()
      .meta({ description: 'Names and texts of your own; the engine does not read them.' }),
    inputs: inputs
      .optional()
      .meta({ description: 'What a run can be given at its start: inputs.<name> in expressions.' }),
    triggers: triggers
      .optional()
      .meta({ description: 'What starts a run. An empty list: only people and other playbooks do.' }),
    enrollment: z
      .strictObject({
        subject: expression.meta({ description: 'Whom the run is about: ${{ event.leadId }}. Sees event and inputs.' }),
        reenter: z
          .boolean()
          .optional()
          .meta({ description: 'May the same subject start again after its run has ended?', default: false }),
        exitWhen: expression.optional().meta({
          description: 'Asked before every effect and after every wait: when it is true, the run is completed there.',
        }),
        goal: z
          .strictObject({
            event: eventType,
            correlate: z.record(z.string(), z.unknown()).optional().meta({
              description:
                'Keys of the event, and the values that they must have, beside being about the subject. Sees event and inputs.',
            }),
            if: expression.optional().meta({ description: 'Here event is the event that arrived.' }),
          })
          .optional()
          .meta({ description: 'What the run is for: when this event comes for the subject, the run is completed.' }),
      })
      .optional()
      .meta({ description: 'A subject goes through once at a time.' }),
    ...admissionKeys(words),
    steps,
    finally: steps.optional().meta({
      description: 'Steps that run at the end, however the run ended: run.status and run.error say how.',
    }),
    outputs: z.record(z.string(), z.unknown()).optional().meta({ description: 'What the run answers at its end.' }),
    tests: z.array(z.unknown()).optional().meta({ description: 'Its tests; they may also stand beside it.' }),
  })
}
