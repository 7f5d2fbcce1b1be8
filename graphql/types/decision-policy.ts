import { type Hindsight, hindsight, inspectModel, type ModelView } from '../../core/decisions/model.ts'
import { listPolicies, type StoredPolicy } from '../../core/decisions/read-policies.ts'
import { builder, guarded } from '../builder.ts'
import { workspaceOf } from '../context.ts'
import { encodeNodeId } from '../node-id.ts'
import { Node, nodeId } from './node.ts'

const CurvePointRef = builder.objectRef<ModelView['curve'][number] & { part: number }>('CalibrationPoint').implement({
  description: 'Of decisions whose chance was said to lie in one tenth: what was said, and what happened.',
  fields: t => ({
    from: t.float({ description: 'Where the tenth begins, 0 to 0.9.', resolve: ({ part }) => part / 10 }),
    count: t.exposeInt('count', { description: 'How many there were.' }),
    said: t.float({
      nullable: true,
      description: 'The mean of what was said, 0 to 1.',
      resolve: ({ said, count }) => (count === 0 ? null : said / count),
    }),
    happened: t.float({
      nullable: true,
      description: 'The share that succeeded, 0 to 1.',
      resolve: ({ happened, count }) => (count === 0 ? null : happened / count),
    }),
  }),
})

const WeightRef = builder.objectRef<ModelView['weights'][number]>('ModelWeight').implement({
  description: 'What a value counts.',
  fields: t => ({
    name: t.exposeString('name', {
      description:
        'field=value, field~1.3e+3 (a number by its first digits) or field# (a standard deviation above the mean).',
    }),
    weight: t.exposeFloat('weight', { description: 'Log-odds: above 0 it raises the chance.' }),
  }),
})

const ModelOptionRef = builder.objectRef<ModelView['options'][number]>('ModelOption').implement({
  description: 'How an option went.',
  fields: t => ({
    key: t.exposeString('key', { description: 'Of the option.' }),
    title: t.exposeString('title', { description: 'For people.' }),
    tried: t.exposeInt('tried', { description: 'Outcomes that are known.' }),
    successes: t.exposeInt('successes', { description: 'Of these, how many went well.' }),
    counted: t.int({
      description: 'Of these outcomes, how many still count: where the world moves, those from before a change do not.',
      resolve: ({ counted }) => counted.tried,
    }),
    chance: t.exposeFloat('chance', { description: 'Of success, as it is seen now, 0 to 1.' }),
    best: t.exposeFloat('best', { description: 'How probable it is the best option, 0 to 1.' }),
  }),
})

const ModelRef = builder.objectRef<ModelView>('DecisionModel').implement({
  description: 'What outcomes have taught a policy.',
  fields: t => ({
    outcomes: t.exposeInt('outcomes', { description: 'How many it has learnt from.' }),
    successes: t.exposeInt('successes', { description: 'Of these, how many went well.' }),
    generation: t.exposeInt('generation', { description: 'Counts resets, from 1.' }),
    resetAt: t.expose('resetAt', { type: 'DateTime', nullable: true, description: 'When it was last reset.' }),
    rulesShare: t.float({
      nullable: true,
      description:
        'How much the rules still count, 0 to 1; null of a policy that chooses, for it goes by how each option went.',
      resolve: ({ shares }) => shares?.rules,
    }),
    steadyShare: t.float({
      nullable: true,
      description: 'How much the model of all outcomes counts; null of a choice.',
      resolve: ({ shares }) => shares?.steady,
    }),
    recentShare: t.float({
      nullable: true,
      description: 'How much the model that moves fast counts; null of a choice.',
      resolve: ({ shares }) => shares?.recent,
    }),
    curve: t.field({
      type: [CurvePointRef],
      description:
        'The calibration: ten parts of 0 to 1. None of a policy that chooses: it says no chance of one decision beforehand.',
      resolve: ({ curve }) => curve.map((point, part) => ({ ...point, part })),
    }),
    weights: t.field({
      type: [WeightRef],
      description: 'What counts most, at most 50. None of a policy that chooses: it goes by how each option went.',
      resolve: ({ weights }) => [...weights],
    }),
    options: t.field({
      type: [ModelOptionRef],
      description: 'Of a policy that chooses: how each option went.',
      resolve: ({ options }) => [...options],
    }),
  }),
})

const HindsightRef = builder.objectRef<Hindsight>('DecisionHindsight').implement({
  description: 'A decision of before, and what would be decided in its place today.',
  fields: t => ({
    decisionId: t.id({
      description: 'The decision.',
      resolve: ({ decisionId }) => encodeNodeId('Decision', decisionId),
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When it was asked for.' }),
    chosen: t.exposeString('chosen', { description: 'Key of the option that was chosen then.' }),
    now: t.exposeString('now', { description: 'Key of the option that would be recommended now.' }),
    chosenTitle: t.exposeString('chosenTitle', { description: 'For people: the title of what was chosen.' }),
    nowTitle: t.exposeString('nowTitle', { description: 'For people: the title of what would be recommended now.' }),
    changed: t.boolean({
      description: 'Would another option be recommended now?',
      resolve: ({ chosen, now }) => chosen !== now,
    }),
    score: t.exposeInt('score', { nullable: true, description: 'What would be scored now, 0 to 100.' }),
    confidence: t.exposeInt('confidence', { description: 'How sure that is, 0 to 100.' }),
    outcome: t.exposeString('outcome', { nullable: true, description: 'How it went: success or failure.' }),
  }),
})

export const PolicyRef = builder.objectRef<StoredPolicy>('DecisionPolicy').implement({
  description: 'How one kind of decision is taken.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('DecisionPolicy', ({ id }) => id)),
    slug: t.exposeString('slug', { description: 'What playbooks and requests call it.' }),
    name: t.exposeString('name', { description: 'For people.' }),
    module: t.exposeString('module', { description: 'Key of the module that it belongs to.' }),
    type: t.exposeString('type', { description: 'STRATEGIC, TACTICAL or OPERATIONAL.' }),
    version: t.exposeInt('version', { description: 'The one in force.' }),
    source: t.exposeString('source', { description: 'Its text.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When that version was published.' }),
    model: t.field({
      type: ModelRef,
      ...guarded('decisions:read', 'What it has learnt.'),
      resolve: ({ slug }, _args, c) => inspectModel(c.core, workspaceOf(c), slug),
    }),
    hindsight: t.field({
      type: [HindsightRef],
      ...guarded('decisions:read', 'What it would decide today in the place of its last decisions, newest first.'),
      args: { first: t.arg.int({ defaultValue: 20, description: 'At most 100.' }) },
      resolve: ({ slug }, { first }, c) => hindsight(c.core, workspaceOf(c), slug, first ?? 20),
    }),
  }),
})

builder.queryFields(t => ({
  decisionPolicies: t.field({
    type: [PolicyRef],
    ...guarded('decisions:read', 'Every decision policy of the workspace, by name.'),
    resolve: (_root, _args, c) => listPolicies(c.core, workspaceOf(c)),
  }),
}))
