import type { JsonSchema } from './catalog.ts'

const text: JsonSchema = { type: 'string' }
const nullableText: JsonSchema = { type: ['string', 'null'] }
const open: JsonSchema = { type: 'object', additionalProperties: true }

/** `lead` as expressions see it: the JSON form of the record. A test holds it against the record's own type. */
export const LEAD_SCHEMA: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    id: text,
    name: text,
    email: nullableText,
    phone: nullableText,
    company: nullableText,
    jobTitle: nullableText,
    source: text,
    locale: text,
    status: { type: 'string', enum: ['NEW', 'QUALIFYING', 'QUALIFIED', 'NURTURING', 'DISQUALIFIED', 'CONVERTED'] },
    score: { type: ['number', 'null'] },
    scoreFactors: {
      type: 'array',
      items: { type: 'object', properties: { name: text, points: { type: 'number' }, value: text, reason: text } },
    },
    data: open,
    utm: open,
    consent: open,
    unsubscribed: { type: 'boolean' },
    unsubscribedAt: nullableText,
    emailBounced: { type: 'boolean' },
    createdAt: text,
    updatedAt: text,
  },
}

/** What is known of a run; the engine may give more. */
export const RUN_SCHEMA: JsonSchema = { type: 'object', additionalProperties: true, properties: { id: text } }

/** `steps.<id>` around what the step answers. */
export function stepScopeSchema(output: JsonSchema | undefined): JsonSchema {
  return {
    type: 'object',
    additionalProperties: false,
    properties: { output: output ?? {}, error: STEP_ERROR, status: text },
  }
}

const STEP_ERROR: JsonSchema = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: { code: text, message: text, retryable: { type: 'boolean' } },
}
