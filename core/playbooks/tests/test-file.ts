import { z } from 'zod'
import { APPROVER_ROLES } from '../approvers.ts'
import { VALUE_MARK, words } from '../playbook-file.ts'
import { APPROVAL_STATUSES, DECISIONS, RUN_EXPECTATIONS, STEP_STATUSES } from './playbook-test.ts'

/** The words of a test, as schemas: what is checked and what editors complete comes from here. */
const anything = z.unknown()
const fields = z.record(z.string(), z.unknown())
const code = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*$/)
  .meta({ description: 'An error code: UNAVAILABLE', [VALUE_MARK]: 'an error code' })
const moment = z
  .string()
  .meta({ description: 'A moment: 2026-03-02T12:00:00Z', examples: ['2026-03-02T12:00:00Z'], [VALUE_MARK]: 'a moment' })
const event = z.looseObject({
  type: words.eventType.meta({ description: 'An event type: lead.captured' }),
})

export const OUTCOME_SCHEMA = z.strictObject({
  output: anything.optional().meta({ description: 'What the action answers; what you leave out is made up to fit.' }),
  error: z
    .strictObject({
      code,
      message: z.string().optional().meta({ description: 'For people.' }),
      retryable: z.boolean().optional().meta({ description: 'Would a later attempt have a chance?' }),
    })
    .optional()
    .meta({ description: 'The call fails with this.' }),
  after: words.duration.optional().meta({
    description: 'Of a decision: how long the person takes who is asked.',
    default: 'nobody is asked',
  }),
})
const outcome = z.union([z.literal('done'), OUTCOME_SCHEMA])
const fixtures = (value: z.ZodType) =>
  z.record(z.string(), value).meta({
    description:
      'What calls answer: by the id or path of a step, or for every step that uses an action, or an action with one account: twilio/send-sms:sales.',
  })

export const ANSWER_SCHEMA = z.strictObject({
  decision: z.enum(DECISIONS).meta({ description: 'timeout: nobody decides.' }),
  after: words.duration.optional().meta({ description: 'How long after it is asked.', default: 'at once' }),
  by: z
    .string()
    .optional()
    .meta({
      description: 'Who decides: an e-mail address, or a role.',
      default: 'as many of those who are asked as it takes',
      examples: ['role:ADMIN'],
      [VALUE_MARK]: 'an e-mail address or a role',
    }),
  form: fields.optional().meta({ description: 'What whoever approves fills in.' }),
  comment: z.string().optional().meta({ description: 'What they say to it.' }),
})
const answer = z.union([z.enum(DECISIONS), ANSWER_SCHEMA])
const approvals = (value: z.ZodType) =>
  z.record(z.string(), value).meta({ description: 'What people decide, by the id or path of the step that asks.' })

const startedBy = z
  .enum(APPROVER_ROLES.map(role => `role:${role}` as const))
  .optional()
  .meta({
    description: 'Who of the team starts it by hand: an approval does not ask them, unless it says selfApproval.',
    default: 'somebody else',
  })

/** One entry of `events`. */
export const LATER_SCHEMA = z.looseObject({
  at: words.duration.meta({ description: 'When it comes, from the start of the test.' }),
  type: words.eventType.optional().meta({ description: 'An event type: message.received' }),
  account: z
    .unknown()
    .optional()
    .meta({
      description: "Which of the plugin's accounts heard of the event; without it, whoever listens hears it.",
      [VALUE_MARK]: 'the name of an account',
    }),
  inputs: fields.optional().meta({ description: 'Without a type: another run is started by hand, with these inputs.' }),
  startedBy,
})

/** What can be expected, by the key that says so. */
export const EXPECTATION_SCHEMAS = {
  run: z.strictObject({
    run: z.enum(RUN_EXPECTATIONS).meta({ description: 'How the run stands when nothing more happens.' }),
    output: anything.optional().meta({ description: 'Part of its result.' }),
    error: code.optional(),
  }),
  effects: z.strictObject({
    effects: z.array(anything).meta({
      description:
        'Everything that was sent or written, in order: email/send, or { email/send: { to: … } }; twilio/send-sms:sales is one that goes out from that account.',
    }),
  }),
  noEffects: z.strictObject({ noEffects: z.literal(true).meta({ description: 'Nothing was sent or written.' }) }),
  step: z.strictObject({
    step: z.string().meta({ description: 'The id or the path of a step.' }),
    at: words.duration.optional().meta({ description: 'When it was over, from the start of the test.' }),
    status: z.enum(STEP_STATUSES).optional(),
    output: anything.optional().meta({ description: 'Part of its output.' }),
    attempts: z.int().min(0).max(100).optional(),
    error: code.optional(),
  }),
  emitted: z.strictObject({
    emitted: words.eventType.meta({ description: 'The type of an event that the run emitted.' }),
    data: anything.optional().meta({ description: 'Part of its data.' }),
  }),
  approval: z.strictObject({
    approval: z.string().meta({ description: 'The id or the path of a step that asked.' }),
    at: words.duration.optional().meta({ description: 'When it asked, from the start of the test.' }),
    title: z.string().optional().meta({ description: 'What was to be decided.' }),
    message: z.string().optional(),
    of: z
      .array(z.string())
      .optional()
      .meta({ description: 'Who was asked: e-mail addresses and roles, all of them.', [VALUE_MARK]: 'a list' }),
    status: z.enum(APPROVAL_STATUSES).optional().meta({ description: 'What came of it.' }),
    times: z.int().min(1).max(1000).optional().meta({ description: 'How often it was asked.' }),
  }),
  runs: z.strictObject({ runs: z.int().min(0).max(10_000).meta({ description: 'How many runs began.' }) }),
} as const
export type ExpectationKind = keyof typeof EXPECTATION_SCHEMAS

const test = (parts: { outcome: z.ZodType; answer: z.ZodType; later: z.ZodType; expectation: z.ZodType }) =>
  z.strictObject({
    name: z.string().min(1).max(300).meta({ description: 'A sentence: what should happen.' }),
    now: moment.optional().meta({ description: 'When the test begins.', default: '2026-03-02T12:00:00Z' }),
    lead: fields
      .optional()
      .meta({ description: 'The lead as it is on record before the test: { status: NURTURING }.' }),
    deal: fields.optional().meta({ description: 'Their deal on record: { stage: PROPOSAL }.' }),
    customer: fields.optional().meta({ description: 'What they are on record as a customer: { status: ACTIVE }.' }),
    event: event.optional().meta({
      description:
        'What starts the run, with its data; what you leave out is filled in. Without it, the first trigger.',
    }),
    inputs: fields.optional().meta({
      description: 'In the place of event: a person, or another playbook, starts the run with these inputs.',
    }),
    startedBy,
    until: words.duration.optional().meta({
      description:
        'How long the test goes on; where it begins with a schedule, schedules tick all that time. Without it, until nothing more happens.',
    }),
    fixtures: fixtures(parts.outcome).optional(),
    approvals: approvals(parts.answer).optional(),
    events: z.array(parts.later).optional().meta({
      description: 'What happens later: { at: 3d, type: message.received, text: … } or { at: 3d, lead: { … } }.',
    }),
    expect: z.array(parts.expectation).min(1).meta({ description: 'What must have happened when nothing more does.' }),
  })

/** Entries are checked one by one, so to the test's own schema they are any value. */
export const FLAT_TEST = test({ outcome: anything, answer: anything, later: anything, expectation: anything })
export const FULL_TEST = test({
  outcome: z.union([outcome, z.array(outcome).min(1)]),
  answer: z.union([answer, z.array(answer).min(1)]),
  later: LATER_SCHEMA,
  expectation: z.union(Object.values(EXPECTATION_SCHEMAS)),
}).meta({ id: 'test' })

const file = (one: z.ZodType, outcome: z.ZodType, answers: z.ZodType) =>
  z.strictObject({
    now: moment.optional().meta({ description: 'For tests that do not say when they begin.' }),
    lead: fields.optional().meta({ description: 'For tests that say nothing else of these fields.' }),
    deal: fields.optional().meta({ description: 'For tests that say nothing else of these fields.' }),
    customer: fields.optional().meta({ description: 'For tests that say nothing else of these fields.' }),
    fixtures: fixtures(outcome).optional().meta({ description: 'For all tests; a test may say otherwise.' }),
    approvals: approvals(answers).optional().meta({ description: 'For all tests; a test may say otherwise.' }),
    tests: z.array(one).min(1).meta({ description: 'The tests.' }),
  })
export const FLAT_TEST_FILE = file(anything, anything, anything)

/** JSON Schema (2020-12) of `<id>.test.yaml`, for editors. */
export function testFileSchemaText(): string {
  const listed = (one: z.ZodType) => z.union([one, z.array(one).min(1)])
  const full = file(FULL_TEST, listed(outcome), listed(answer))
  const { $schema, ...rest } = z.toJSONSchema(full, { target: 'draft-2020-12', unrepresentable: 'any', io: 'input' })
  const $comment = 'Generated by testFileSchemaText(); do not edit.'
  return `${JSON.stringify({ $schema, $comment, title: 'Tests of a TRAE OS playbook', ...rest }, undefined, 2)}\n`
}
