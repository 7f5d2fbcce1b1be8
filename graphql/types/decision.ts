import type { Decision, DECISION_OUTCOMES, DECISION_STATUSES } from '../../core/decisions/decision.ts'
import { explainDecision } from '../../core/decisions/explain-decision.ts'
import { DECISION_TYPES } from '../../core/decisions/policy.ts'
import { countPending, findDecisions, getDecision, listDecisions } from '../../core/decisions/read-decisions.ts'
import { MODULE_KEYS } from '../../core/playbooks/playbook.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { workspaceOf } from '../context.ts'
import { described, renamed } from '../described.ts'
import { present } from '../loaders.ts'
import { follow } from '../follow.ts'
import { encodeNodeId, rowId } from '../node-id.ts'
import { PolicyRef } from './decision-policy.ts'
import { Node, nodeId } from './node.ts'
import { LeadRef, RunRef } from './refs.ts'

export const DecisionTypeEnum = builder.enumType('DecisionReach', {
  description: 'How far a decision reaches.',
  values: described(DECISION_TYPES, {
    STRATEGIC: 'The long term.',
    TACTICAL: 'The middle term.',
    OPERATIONAL: 'The day.',
  }),
})
const DecisionStatusEnum = builder.enumType('DecisionStatus', {
  description: 'How a decision stands.',
  values: renamed({
    pending: 'A person is asked.',
    decided: 'It is taken.',
    withdrawn: 'Nobody needs it any more.',
  } satisfies Record<(typeof DECISION_STATUSES)[number], string>),
})
export const DecisionOutcomeEnum = builder.enumType('DecisionOutcome', {
  description: 'How a decision went.',
  values: renamed({
    success: 'Well.',
    failure: 'Not well.',
  } satisfies Record<(typeof DECISION_OUTCOMES)[number], string>),
})

const DecisionOptionRef = builder.objectRef<Decision['options'][number]>('DecisionOption').implement({
  description: 'What can be decided.',
  fields: t => ({
    key: t.exposeString('key', { description: 'Names it: what decisionDecide takes.' }),
    title: t.exposeString('title', { description: 'For people.' }),
  }),
})

type Steps = Decision['steps']
const DecisionStepsRef = builder.objectRef<Steps>('DecisionSteps').implement({
  description: 'The seven steps of a decision, each as it went.',
  fields: t => ({
    context: t.field({ type: 'JSON', description: '1: what it was given.', resolve: steps => steps.context }),
    similar: t.field({
      type: 'JSON',
      description: '2: decisions that were like it: a list of {id, similarity (0 to 1), chosen, outcome, at}.',
      resolve: steps => steps.similar.map(past => ({ ...past, id: encodeNodeId('Decision', past.id) })),
    }),
    learnt: t.field({
      type: 'JSON',
      description: '3: what outcomes had taught: {outcomes, successes, options, similarOutcomes, similarSuccesses}.',
      resolve: steps => steps.learnt,
    }),
    rules: t.field({
      type: 'JSON',
      description:
        '4: rules that held, and what they came to: {held: [{because, points, never, always}], start, score, options}.',
      resolve: steps => steps.rules,
    }),
    model: t.field({
      type: 'JSON',
      description:
        '5: what the model said: {probability (0 to 1), factors: [{field, value, effect (log-odds)}], options: [{key, prior, chance, tried, successes, counted, near, best, taken}]}.',
      resolve: steps => steps.model,
    }),
    combination: t.field({
      type: 'JSON',
      description:
        '6: how much each counted: {shares: {rules, steady, recent, similar}, near: the outcomes of similar decisions {tried, successes}, probability, score, tried}. Of a choice shares and near are null: each option has its own in model.',
      resolve: steps => steps.combination,
    }),
    recommendation: t.field({
      type: 'JSON',
      description: '7: {option, confidence (0 to 100), taken: the chance with which it was drawn}.',
      resolve: steps => steps.recommendation,
    }),
  }),
})

export const DecisionRef = builder.objectRef<Decision>('Decision').implement({
  description: 'A decision that was taken, or that a person is asked for.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('Decision', ({ id }) => id)),
    question: t.exposeString('question', { description: 'What is decided.' }),
    module: t.exposeString('module', { description: 'Key of the module that it belongs to.' }),
    type: t.field({ type: DecisionTypeEnum, description: 'How far it reaches.', resolve: ({ type }) => type }),
    status: t.field({ type: DecisionStatusEnum, description: 'How it stands.', resolve: ({ status }) => status }),
    options: t.field({
      type: [DecisionOptionRef],
      description: 'What could be decided.',
      resolve: ({ options }) => [...options],
    }),
    recommended: t.exposeString('recommended', { description: 'Key of the option that was recommended.' }),
    chosen: t.exposeString('chosen', { nullable: true, description: 'Key of the option that was chosen.' }),
    confidence: t.exposeInt('confidence', { description: 'How sure the recommendation is, 0 to 100.' }),
    score: t.exposeInt('score', { nullable: true, description: '0 to 100, where the policy scores.' }),
    automatic: t.exposeBoolean('automatic', { description: 'Was it done without a person?' }),
    comment: t.exposeString('comment', { nullable: true, description: 'What whoever decided wrote with it.' }),
    decidedBy: t.field({
      type: 'String',
      nullable: true,
      description: 'Name of the person who decided.',
      resolve: async ({ decidedBy }, _args, c) =>
        decidedBy === null ? null : ((await c.loaders.user.load(decidedBy))?.name ?? null),
    }),
    steps: t.field({ type: DecisionStepsRef, description: 'How it came about.', resolve: ({ steps }) => steps }),
    reasons: t.field({
      type: ['String'],
      description: 'Why, in words: a sentence each.',
      args: { locale: t.arg.string({ defaultValue: 'en', description: 'pt-BR or en.' }) },
      resolve: (decision, { locale }) => explainDecision(decision, locale ?? 'en'),
    }),
    policy: t.field({
      type: PolicyRef,
      ...guarded('decisions:read', 'The policy that it was taken by.'),
      resolve: ({ policyId }, _args, c) => present(c.loaders.policy.load(policyId), 'A decision policy'),
    }),
    policyVersion: t.exposeInt('policyVersion', { description: 'The version of the policy then.' }),
    lead: t.field({
      type: LeadRef,
      nullable: true,
      ...guarded('leads:read', 'Whom it is about.'),
      resolve: ({ subjectId }, _args, c) => (subjectId === null ? null : c.loaders.lead.load(subjectId)),
    }),
    run: t.field({
      type: RunRef,
      nullable: true,
      ...guarded('runs:read', 'The run that asked.'),
      resolve: ({ runId }, _args, c) => (runId === null ? null : c.loaders.run.load(runId)),
    }),
    path: t.exposeString('path', { nullable: true, description: 'The step of the run that asked.' }),
    outcome: t.field({
      type: DecisionOutcomeEnum,
      nullable: true,
      description: 'How it went; null: not known yet.',
      resolve: ({ outcome }) => outcome,
    }),
    outcomeAt: t.expose('outcomeAt', { type: 'DateTime', nullable: true, description: 'When that was known.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was asked for.' }),
    decidedAt: t.expose('decidedAt', { type: 'DateTime', nullable: true, description: 'When it was taken.' }),
    dueAt: t.expose('dueAt', { type: 'DateTime', nullable: true, description: 'How long a person is waited for.' }),
  }),
})

const DecisionFilterInput = builder.inputType('DecisionFilter', {
  description: 'Which decisions.',
  fields: t => ({
    statuses: t.field({ type: [DecisionStatusEnum], description: 'Only those that stand like this.' }),
    types: t.field({ type: [DecisionTypeEnum], description: 'Only those that reach so far.' }),
    modules: t.stringList({ description: `Only those of these modules: ${MODULE_KEYS.join(', ')}.` }),
    outcomes: t.field({ type: [DecisionOutcomeEnum], description: 'Only those that went like this.' }),
    hasOutcome: t.boolean({ description: 'Only those whose outcome is known, or not known.' }),
    automatic: t.boolean({ description: 'Only those done without a person, or by one.' }),
    policyId: t.id({ description: 'Only those of this policy.' }),
    leadId: t.id({ description: 'Only those about this lead.' }),
    runId: t.id({ description: 'Only those of this run.' }),
    search: t.string({ description: 'With this anywhere in the question.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'Of this moment or later.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Before this moment.' }),
  }),
})
const DecisionSort = sortInput('Decision', {
  createdAt: 'When it was asked for.',
  confidence: 'How sure the recommendation is.',
  dueAt: 'Until when a person should decide; without those that have no such time.',
})

const DecisionConnection = connectionOf<Decision>('Decision', DecisionRef)

builder.queryFields(t => ({
  decisions: t.field({
    type: DecisionConnection,
    ...guarded('decisions:read', 'Decisions that were taken or are asked for, newest first.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: DecisionFilterInput, description: 'Which.' }),
      sort: t.arg({ type: DecisionSort, description: ORDER }),
    },
    resolve: (_root, { filter, ...page }, c) => {
      const { policyId, leadId, runId, ...same } = filter ?? {}
      return listDecisions(c.core, workspaceOf(c), {
        ...page,
        filter: {
          ...same,
          policyId: policyId ? rowId('DecisionPolicy', policyId) : undefined,
          subjectId: leadId ? rowId('Lead', leadId) : undefined,
          runId: runId ? rowId('Run', runId) : undefined,
        },
      })
    },
  }),
  decision: t.field({
    type: DecisionRef,
    nullable: true,
    ...guarded('decisions:read', 'One decision with its seven steps; null where there is none.'),
    args: { id: t.arg.id({ required: true, description: 'Its id.' }) },
    resolve: async (_root, { id }, c) => (await findDecisions(c.core, workspaceOf(c), [rowId('Decision', id)]))[0],
  }),
  pendingDecisions: t.int({
    ...guarded('decisions:read', 'How many decisions a person is asked for.'),
    resolve: (_root, _args, c) => countPending(c.core, workspaceOf(c)),
  }),
}))

const DecisionNewsPayload = builder.objectRef<{ decision: Decision }>('DecisionNewsPayload').implement({
  description: 'A decision of which there is news.',
  fields: t => ({
    decision: t.field({ type: DecisionRef, description: 'As it stands.', resolve: news => news.decision }),
  }),
})

builder.subscriptionFields(t => ({
  decisionRequested: t.field({
    type: DecisionNewsPayload,
    ...guarded('decisions:read', 'A decision was asked for; while it is PENDING a person is waited for.'),
    subscribe: (_root, _args, c) =>
      follow(c, 'decision.updated', async ({ decisionId, requested }) =>
        requested ? [{ decision: await getDecision(c.core, workspaceOf(c), decisionId) }] : [],
      ),
    resolve: payload => payload,
  }),
  decisionUpdated: t.field({
    type: DecisionNewsPayload,
    ...guarded('decisions:read', 'A decision was asked for, taken or withdrawn, or its outcome is known.'),
    subscribe: (_root, _args, c) =>
      follow(c, 'decision.updated', async ({ decisionId }) => [
        { decision: await getDecision(c.core, workspaceOf(c), decisionId) },
      ]),
    resolve: payload => payload,
  }),
}))
