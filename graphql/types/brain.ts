import { type BrainStatus, brainStatus } from '../../core/brain/brain-status.ts'
import { type ScalingChange, scalingChanges, scalingSentence } from '../../core/brain/scaling/scaling.ts'
import { TraeError } from '../../core/errors.ts'
import { builder, guarded } from '../builder.ts'
import { type Context, workspaceOf } from '../context.ts'
import { follow, readOnce } from '../follow.ts'
import { ModuleRef } from './module.ts'
import { ScoreFactorRef } from './score-factor.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const LeaderRef = builder.objectRef<NonNullable<BrainStatus['leader']>>('BrainLeader').implement({
  description: 'The process that schedules, hands out tasks and heals. Another takes over within 15 s when it dies.',
  fields: t => ({
    process: t.exposeString('process', { description: 'Host name and process id.' }),
    since: t.expose('since', { type: 'DateTime', description: 'Since when it leads.' }),
  }),
})

const ScalingChangeRef = builder.objectRef<ScalingChange>('ScalingChange').implement({
  description: 'Another number of processes was recommended; the event `scaling.recommended` tells playbooks of it.',
  fields: t => ({
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
    from: t.exposeInt('from', { description: 'How many it had been.' }),
    to: t.exposeInt('to', { description: 'How many it was from then on.' }),
    reasons: t.stringList({
      description: 'Why, in the language of `accept-language`.',
      resolve: ({ reasons }, _args, c) => reasons.map(reason => scalingSentence(c.locale, reason)),
    }),
    queued: t.exposeInt('queued', { description: 'Events and runs that waited.' }),
    oldestSeconds: t.exposeInt('oldestSeconds', { description: 'Age of the oldest of them.' }),
  }),
})

const ScalingRef = builder.objectRef<BrainStatus['scaling']>('Scaling').implement({
  description: 'How many processes there are and should be, of the whole host.',
  fields: t => ({
    workers: t.exposeInt('workers', { description: 'Processes whose engine runs.' }),
    recommendedWorkers: t.exposeInt('recommendedWorkers', {
      description: 'How many there should be; `trae_recommended_workers` for an autoscaler.',
    }),
    reasons: t.stringList({
      description: 'Why, in the language of `accept-language`; none where there was no change.',
      resolve: ({ reasons }, _args, c) => reasons.map(reason => scalingSentence(c.locale, reason)),
    }),
    changedAt: t.expose('changedAt', { type: 'DateTime', nullable: true, description: 'When it last changed.' }),
    changes: t.field({
      type: [ScalingChangeRef],
      description: 'How it changed, the newest first.',
      args: { first: t.arg.int({ defaultValue: 10, description: 'How many, 1 to 100.' }) },
      resolve: (_scaling, { first }, c) => {
        const wanted = first ?? 10
        if (wanted < 1 || wanted > 100)
          throw new TraeError('BAD_USER_INPUT', `first must be from 1 to 100, found ${wanted}.`)
        return scalingChanges(c.core, wanted)
      },
    }),
  }),
})

const BrainStatusRef = builder.objectRef<BrainStatus>('BrainStatus').implement({
  description: 'How the engine stands.',
  fields: t => ({
    running: t.exposeBoolean('running', { description: 'Does it schedule and claim runs?' }),
    healthScore: t.exposeInt('healthScore', { description: '0 to 100.' }),
    healthFactors: t.field({
      type: [ScoreFactorRef],
      description: 'What takes points away.',
      resolve: status => [...status.healthFactors],
    }),
    queueSize: t.exposeInt('queueSize', { description: 'Events, runs and tasks that are due.' }),
    modules: t.field({ type: [ModuleRef], description: 'The eight modules.', resolve: status => [...status.modules] }),
    leader: t.field({
      type: LeaderRef,
      nullable: true,
      description: 'Which process leads; null where none does.',
      resolve: status => status.leader,
    }),
    scaling: t.field({
      type: ScalingRef,
      description: 'How many processes there are and should be.',
      resolve: status => status.scaling,
    }),
    observedAt: t.expose('observedAt', { type: 'DateTime', description: 'When this was so.' }),
  }),
})

builder.queryField('brain', t =>
  t.field({
    type: BrainStatusRef,
    ...guarded('brain:read', 'How the engine stands.'),
    resolve: (_root, _args, c) => brainStatus(c.core, workspaceOf(c)),
  }),
)

const BrainPayload = builder.objectRef<Outcome<{ status: BrainStatus }>>('BrainPayload').implement({
  description: 'What became of an order to the engine.',
  fields: t => ({
    status: t.field({
      type: BrainStatusRef,
      nullable: true,
      description: 'How it stands now.',
      resolve: payload => payload.status,
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: payload => [...payload.userErrors],
    }),
  }),
})

const inputOf = (name: string) =>
  builder.inputType(name, {
    description: 'Nothing but a mark of the caller.',
    fields: t => ({ clientMutationId: t.string({ description: 'For the caller; it is not looked at.' }) }),
  })
const BrainStartInput = inputOf('BrainStartInput')
const BrainStopInput = inputOf('BrainStopInput')

const order = (c: Context, work: () => Promise<void>) =>
  outcome({ status: null }, async () => {
    await work()
    return { status: await brainStatus(c.core, workspaceOf(c)) }
  })

builder.mutationFields(t => ({
  brainStart: t.field({
    type: BrainPayload,
    ...guarded('brain:control', 'Starts the engine; nothing changes when it runs.'),
    args: { input: t.arg({ type: BrainStartInput, description: 'Not needed.' }) },
    resolve: (_root, _args, c) => order(c, () => c.core.brain.start()),
  }),
  brainStop: t.field({
    type: BrainPayload,
    ...guarded(
      'brain:control',
      'Stops scheduling and claiming, of all workspaces of this host; what is under way is finished, API and status stay.',
    ),
    args: { input: t.arg({ type: BrainStopInput, description: 'Not needed.' }) },
    resolve: (_root, _args, c) => order(c, () => c.core.brain.stop()),
  }),
}))

const BrainStatusChangedPayload = builder.objectRef<{ status: BrainStatus }>('BrainStatusChangedPayload').implement({
  description: 'The engine has changed.',
  fields: t => ({
    status: t.field({ type: BrainStatusRef, description: 'How it stands now.', resolve: payload => payload.status }),
  }),
})

builder.subscriptionField('brainStatusChanged', t =>
  t.field({
    type: BrainStatusChangedPayload,
    ...guarded('brain:read', 'The engine was started or stopped, or runs have moved: at most once a second for those.'),
    subscribe: (_root, _args, c) =>
      follow(c, 'brain.changed', async detail => {
        const workspaceId = workspaceOf(c)
        return [{ status: await readOnce(detail, `brain ${workspaceId}`, () => brainStatus(c.core, workspaceId)) }]
      }),
    resolve: payload => payload,
  }),
)
