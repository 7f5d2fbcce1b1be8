import type { Decision } from '../../core/decisions/decision.ts'
import { resetModel } from '../../core/decisions/model.ts'
import { publishPolicy } from '../../core/decisions/publish-policy.ts'
import { getDecision } from '../../core/decisions/read-decisions.ts'
import { findPolicies, policyInForce, type StoredPolicy } from '../../core/decisions/read-policies.ts'
import { correctOutcome } from '../../core/decisions/correct-outcome.ts'
import { recordOutcome } from '../../core/decisions/record-outcome.ts'
import { requestDecision } from '../../core/decisions/request-decision.ts'
import { decideDecision } from '../../core/runs/decide-decision.ts'
import { builder, guarded } from '../builder.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { rowId } from '../node-id.ts'
import { DecisionOutcomeEnum, DecisionRef } from './decision.ts'
import { PolicyRef } from './decision-policy.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

type DecisionPayload = Outcome<{ decision: Decision }>
type PolicyPayload = Outcome<{ policy: StoredPolicy }>

const decisionPayload = (name: string) =>
  builder.objectRef<DecisionPayload>(name).implement({
    description: 'What became of it.',
    fields: t => ({
      decision: t.field({
        type: DecisionRef,
        nullable: true,
        description: 'The decision as it stands now.',
        resolve: payload => payload.decision,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: payload => [...payload.userErrors],
      }),
    }),
  })

const policyPayload = (name: string) =>
  builder.objectRef<PolicyPayload>(name).implement({
    description: 'What became of it.',
    fields: t => ({
      policy: t.field({
        type: PolicyRef,
        nullable: true,
        description: 'The policy as it stands now.',
        resolve: payload => payload.policy,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: payload => [...payload.userErrors],
      }),
    }),
  })

const DecisionRequestInput = builder.inputType('DecisionRequestInput', {
  description: 'A decision that is wanted.',
  fields: t => ({
    policy: t.string({ required: true, description: 'Slug of the policy: first-contact.' }),
    inputs: t.field({ type: 'JSON', description: 'What the policy asks for, by name.' }),
    leadId: t.id({ description: 'Whom it is about.' }),
    key: t.string({ description: 'Asking again with the same key answers the same decision.' }),
  }),
})
const DecisionDecideInput = builder.inputType('DecisionDecideInput', {
  description: 'What a person decides.',
  fields: t => ({
    decisionId: t.id({ required: true, description: 'What is decided.' }),
    choice: t.string({ required: true, description: 'Key of an option.' }),
    comment: t.string({ description: 'At most 2000 characters.' }),
  }),
})
const DecisionRecordOutcomeInput = builder.inputType('DecisionRecordOutcomeInput', {
  description: 'How a decision went.',
  fields: t => ({
    decisionId: t.id({ required: true, description: 'The decision.' }),
    outcome: t.field({ type: DecisionOutcomeEnum, required: true, description: 'Well or not.' }),
  }),
})
const DecisionCorrectOutcomeInput = builder.inputType('DecisionCorrectOutcomeInput', {
  description: 'How a decision went, where something else was said before.',
  fields: t => ({
    decisionId: t.id({ required: true, description: 'The decision.' }),
    outcome: t.field({ type: DecisionOutcomeEnum, required: true, description: 'Well or not.' }),
  }),
})
const ModelResetInput = builder.inputType('ModelResetInput', {
  description: 'A model that begins again.',
  fields: t => ({ policyId: t.id({ required: true, description: 'Of the policy.' }) }),
})
const PolicyPublishInput = builder.inputType('PolicyPublishInput', {
  description: 'The text of a decision policy.',
  fields: t => ({ source: t.string({ required: true, description: 'YAML.' }) }),
})

const [Requested, Decided, Recorded, Corrected] = [
  'DecisionRequestPayload',
  'DecisionDecidePayload',
  'DecisionRecordOutcomePayload',
  'DecisionCorrectOutcomePayload',
].map(decisionPayload) as [
  ReturnType<typeof decisionPayload>,
  ReturnType<typeof decisionPayload>,
  ReturnType<typeof decisionPayload>,
  ReturnType<typeof decisionPayload>,
]
const [Reset, Published] = ['ModelResetPayload', 'PolicyPublishPayload'].map(policyPayload) as [
  ReturnType<typeof policyPayload>,
  ReturnType<typeof policyPayload>,
]

builder.mutationFields(t => ({
  decisionRequest: t.field({
    type: Requested,
    ...guarded(
      'decisions:write',
      'Takes a decision by a policy: decided where it is sure enough, else PENDING until a person decides.',
    ),
    args: { input: t.arg({ type: DecisionRequestInput, required: true, description: 'The request.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ decision: null }, async () => ({
        decision: await requestDecision(c.core, workspaceOf(c), {
          policy: input.policy,
          inputs: input.inputs as Record<string, unknown> | null | undefined,
          subjectId: input.leadId ? rowId('Lead', input.leadId) : null,
          key: input.key ? `api:${input.key}` : null,
        }),
      })),
  }),
  decisionDecide: t.field({
    type: Decided,
    ...guarded(
      'decisions:write',
      'Decides what is pending; a run that waits for it goes on. Exactly one person decides.',
    ),
    args: { input: t.arg({ type: DecisionDecideInput, required: true, description: 'The choice.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ decision: null }, async () => ({
        decision: await decideDecision(c.core, workspaceOf(c), {
          decisionId: rowId('Decision', input.decisionId),
          choice: input.choice,
          comment: input.comment,
          by: viewerOf(c).userId,
        }),
      })),
  }),
  decisionRecordOutcome: t.field({
    type: Recorded,
    ...guarded(
      'decisions:write',
      'Says how a decision went; the model learns from it. Said again, nothing changes: decisionCorrectOutcome does.',
    ),
    args: { input: t.arg({ type: DecisionRecordOutcomeInput, required: true, description: 'The outcome.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ decision: null }, async () => {
        const decisionId = rowId('Decision', input.decisionId)
        const source = `user:${viewerOf(c).userId}`
        await recordOutcome(c.core, workspaceOf(c), { decisionId, outcome: input.outcome, source })
        return { decision: await getDecision(c.core, workspaceOf(c), decisionId) }
      }),
  }),
  decisionCorrectOutcome: t.field({
    type: Corrected,
    ...guarded(
      'decisions:write',
      'Corrects how a decision went. What its policy has learnt is learnt again, as if that had been said from the beginning.',
    ),
    args: { input: t.arg({ type: DecisionCorrectOutcomeInput, required: true, description: 'How it really went.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ decision: null }, async () => {
        const decisionId = rowId('Decision', input.decisionId)
        await correctOutcome(c.core, workspaceOf(c), { decisionId, outcome: input.outcome, by: viewerOf(c).userId })
        return { decision: await getDecision(c.core, workspaceOf(c), decisionId) }
      }),
  }),
  modelReset: t.field({
    type: Reset,
    ...guarded(
      'playbooks:write',
      'Forgets what a policy has learnt: it begins again as its rules say. Decisions and outcomes stay.',
    ),
    args: { input: t.arg({ type: ModelResetInput, required: true, description: 'Which.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ policy: null }, async () => {
        const id = rowId('DecisionPolicy', input.policyId)
        await resetModel(c.core, workspaceOf(c), id)
        return { policy: (await findPolicies(c.core, workspaceOf(c), [id]))[0]! }
      }),
  }),
  policyPublish: t.field({
    type: Published,
    ...guarded('playbooks:write', 'Publishes a decision policy as a new version; what was learnt stays.'),
    args: { input: t.arg({ type: PolicyPublishInput, required: true, description: 'The text.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ policy: null }, async () => {
        const { policy } = await publishPolicy(c.core, workspaceOf(c), input.source, { by: viewerOf(c).userId })
        return { policy: (await policyInForce(c.core, workspaceOf(c), policy.id)).stored }
      }),
  }),
}))
