import { z } from 'zod'
import { inputs, words } from '../playbooks/playbook-file.ts'
import { MODULE_KEYS } from '../playbooks/playbook.ts'
import { DECISION_TYPES } from './policy.ts'

const percent = z.number().min(0).max(100)
const points = z.number().min(-100).max(100)

const outcomeEvent = z
  .strictObject({
    event: words.eventType,
    correlate: z.record(z.string(), z.unknown()).optional().meta({
      description: 'Keys of the event, and the values that they must have; may hold expressions of the inputs.',
    }),
  })
  .meta({ description: 'An event that says so.' })

/** The file of a policy, from its top. */
export const POLICY_FILE = z.strictObject({
  policy: z
    .string()
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
    .max(100)
    .meta({ description: 'Names the policy, in lower case with hyphens: first-contact.' }),
  name: z.string().min(1).max(200).meta({ description: 'For people.' }),
  description: z.string().max(5000).optional().meta({ description: 'For people: what it is for.' }),
  module: z.enum(MODULE_KEYS).meta({ description: 'The module that it belongs to.' }),
  type: z.enum(DECISION_TYPES).meta({ description: 'Long, middle or short term.' }),
  question: z.string().min(1).max(300).meta({ description: 'What people are asked where they decide.' }),
  inputs: inputs.meta({ description: 'What a decision is given: inputs.<name> in expressions.' }),
  options: z
    .record(
      words.name,
      z.strictObject({
        title: z.string().min(1).max(200).meta({ description: 'For people.' }),
        from: percent.optional().meta({ description: 'Of a score: the lowest score that leads here.' }),
        chance: percent.optional().meta({
          description: 'Of a choice: how often it is thought to succeed before anything is known.',
          default: 50,
        }),
      }),
    )
    .refine(entries => Object.keys(entries).length >= 2, {
      params: { code: 'OUT_OF_RANGE', wanted: 'a map of at least two options' },
    })
    .meta({ description: 'What can be decided: with from by score, without by what succeeds most often.' }),
  prior: words.expression.optional().meta({ description: 'Of a score: where it begins, 0 to 100. 50 without it.' }),
  rules: z
    .array(
      z.strictObject({
        if: words.expression.meta({ description: 'The rule holds where this is true; sees inputs.' }),
        points: z
          .union([points, z.record(words.name, points)])
          .optional()
          .meta({ description: 'Added to the score, or to the chance of the options named.' }),
        never: z.array(words.name).min(1).optional().meta({ description: 'Options that are out.' }),
        always: words.name.optional().meta({ description: 'The option that it must be.' }),
        because: z.string().min(1).max(300).meta({ description: 'Why, for people.' }),
      }),
    )
    .optional()
    .meta({ description: 'What is known before anything was learnt, and what must hold whatever was.' }),
  learn: z
    .strictObject({
      from: z
        .array(words.name)
        .optional()
        .meta({ description: 'Inputs that the model learns from; an empty list: none.' }),
      pace: z
        .enum(['steady', 'moving'])
        .optional()
        .meta({ description: 'Does what holds change with time?', default: 'moving' }),
      outcome: z
        .strictObject({
          success: outcomeEvent.optional(),
          failure: outcomeEvent.optional(),
          within: words.duration.optional().meta({
            description:
              'When nothing was heard for so long it counts as a failure, or as a success where only failure is named.',
          }),
        })
        .optional()
        .meta({ description: 'What tells how a decision went, beside the API.' }),
    })
    .optional()
    .meta({ description: 'What the model may know, and how it hears what became of a decision.' }),
  threshold: percent.optional().meta({ description: 'With less confidence a person decides.', default: 70 }),
  auto: z.boolean().optional().meta({ description: 'May it be done without a person?', default: false }),
  explore: z
    .number()
    .min(0)
    .max(0.3)
    .optional()
    .meta({ description: 'Share of the decisions that may try another option than the best.', default: 0 }),
})
