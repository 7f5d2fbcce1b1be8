import type { JsonSchema } from './catalog.ts'

const text: JsonSchema = { type: 'string' }
const nullableText: JsonSchema = { type: ['string', 'null'] }
const open: JsonSchema = { type: 'object', additionalProperties: true }

const money: JsonSchema = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: { amount: text, currency: { type: 'string', enum: ['BRL', 'USD', 'EUR'] } },
}
/** What a score is made of: each part with its points and, in words, why. */
export const SCORE_FACTORS: JsonSchema = {
  type: 'array',
  items: { type: 'object', properties: { name: text, points: { type: 'number' }, value: text, reason: text } },
}

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
    scoreFactors: SCORE_FACTORS,
    data: open,
    utm: open,
    consent: open,
    unsubscribed: { type: 'boolean' },
    unsubscribedAt: nullableText,
    emailBounced: { type: 'boolean' },
    phoneOptedOut: { type: 'boolean' },
    createdAt: text,
    updatedAt: text,
  },
}

/** `deal` as expressions see it. */
export const DEAL_SCHEMA: JsonSchema = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: {
    id: text,
    leadId: text,
    title: text,
    stage: { type: 'string', enum: ['PROSPECTING', 'QUALIFICATION', 'PROPOSAL', 'NEGOTIATION', 'WON', 'LOST'] },
    value: money,
    probability: { type: 'number' },
    expectedCloseOn: nullableText,
    closedAt: nullableText,
    lostReason: nullableText,
    runId: nullableText,
    createdAt: text,
    updatedAt: text,
  },
}

/** `customer` as expressions see it. */
export const CUSTOMER_SCHEMA: JsonSchema = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: {
    id: text,
    leadId: text,
    dealId: nullableText,
    name: text,
    status: { type: 'string', enum: ['ONBOARDING', 'ACTIVE', 'CHURNED'] },
    plan: nullableText,
    mrr: money,
    facts: open,
    health: {
      type: ['object', 'null'],
      additionalProperties: false,
      properties: { score: { type: 'number' }, factors: SCORE_FACTORS, computedAt: text },
    },
    lastHeardAt: nullableText,
    startedAt: text,
    churnedAt: nullableText,
    updatedAt: text,
  },
}

/** What of the one that a run is about stands in an expression by its name. */
export const RECORD_NAMES = ['lead', 'deal', 'customer'] as const
export type RecordName = (typeof RECORD_NAMES)[number]
export const RECORD_SCHEMAS: Readonly<Record<RecordName, JsonSchema>> = {
  lead: LEAD_SCHEMA,
  deal: DEAL_SCHEMA,
  customer: CUSTOMER_SCHEMA,
}

const ERROR_FIELDS = { code: text, message: text, retryable: { type: 'boolean' } }
/** What a `catch` has caught. */
export const CAUGHT_ERROR: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: { ...ERROR_FIELDS, path: text },
}

/** `run` as expressions see it. */
export const RUN_SCHEMA: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    id: text,
    playbook: text,
    version: { type: 'number' },
    startedAt: text,
    timeZone: text,
    status: { type: 'string', enum: ['completed', 'failed', 'cancelled'] },
    error: { ...CAUGHT_ERROR, type: ['object', 'null'] },
  },
}
/** Of these, what is there only once the run ends: in `finally`. */
export const RUN_ENDING: ReadonlySet<string> = new Set(['status', 'error'])

/** `steps.<id>` around what the step answers. */
export function stepScopeSchema(output: JsonSchema | undefined): JsonSchema {
  return {
    type: 'object',
    additionalProperties: false,
    properties: { output: output ?? {}, error: STEP_ERROR, status: STEP_STATUS },
  }
}

export const STEP_ERROR: JsonSchema = {
  type: ['object', 'null'],
  additionalProperties: false,
  properties: ERROR_FIELDS,
}
/** How one of several that were all waited for came out. */
export const SETTLED_STATUS: JsonSchema = { type: 'string', enum: ['completed', 'failed'] }
const STEP_STATUS: JsonSchema = { type: 'string', enum: ['pending', 'completed', 'skipped', 'failed'] }
