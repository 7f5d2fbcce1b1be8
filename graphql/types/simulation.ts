import type { DecisionAnswer } from '../../core/decisions/decision.ts'
import type {
  DecisionDifference,
  Difference,
  SimulatedDecision,
  SimulatedEffect,
  SimulationReport,
} from '../../core/rehearsal/history.ts'
import { runSimulation, type SimulationMessage } from '../../core/rehearsal/run-simulation.ts'
import { builder, guarded } from '../builder.ts'
import { workspaceOf } from '../context.ts'
import { renamed } from '../described.ts'
import { encodeNodeId } from '../node-id.ts'

const MEANS: Readonly<Record<Difference, string>> = {
  added: 'It would have happened, and did not.',
  missing: 'It happened, and would not have.',
  moved: 'It would have happened at another time.',
  same: 'It would have happened as it did.',
}
const EffectDifference = builder.enumType('EffectDifference', {
  description: 'How what a draft would have done stands to what was done.',
  values: renamed(MEANS),
})

const SimulatedEffectRef = builder.objectRef<SimulatedEffect>('SimulatedEffect').implement({
  description: 'Something that a draft would have sent or written, beside what really was.',
  fields: t => ({
    difference: t.field({ type: EffectDifference, description: 'How the two differ.', resolve: one => one.difference }),
    action: t.exposeString('action', { description: 'What it does: email/send.' }),
    account: t.exposeString('account', {
      nullable: true,
      description:
        "The plugin's account that it goes out from; null where it uses none. From another one it is another effect.",
    }),
    path: t.exposeString('path', { description: 'The step.' }),
    leadId: t.id({
      nullable: true,
      description: 'To whom.',
      resolve: one => (one.leadId === null ? null : encodeNodeId('Lead', one.leadId)),
    }),
    lead: t.exposeString('lead', { nullable: true, description: 'Name and address of the lead.' }),
    at: t.field({ type: 'DateTime', nullable: true, description: 'When it would have been.', resolve: one => one.at }),
    was: t.field({ type: 'DateTime', nullable: true, description: 'When it was.', resolve: one => one.was }),
  }),
})

const DECISION_MEANS: Readonly<Record<DecisionDifference, string>> = {
  changed: 'Something else was decided.',
  added: 'It would have been decided, and nothing was.',
  missing: 'It was decided, and would not have been.',
  same: 'It would have been decided as it was.',
}
const DecisionDifferenceEnum = builder.enumType('DecisionDifference', {
  description: 'How what a draft would have decided stands to what was decided.',
  values: renamed(DECISION_MEANS),
})
const BY: Readonly<Record<DecisionAnswer['by'], string>> = {
  engine: 'The policy, without a person.',
  person: 'A person.',
  time: 'Nobody had decided in time: the recommendation was taken.',
}
const DecidedBy = builder.enumType('DecidedBy', { description: 'Who or what decided.', values: renamed(BY) })

const SimulatedDecisionRef = builder.objectRef<SimulatedDecision>('SimulatedDecision').implement({
  description: 'A decision that a draft would have come to, beside what was decided.',
  fields: t => ({
    difference: t.field({
      type: DecisionDifferenceEnum,
      description: 'How the two differ.',
      resolve: one => one.difference,
    }),
    policy: t.exposeString('policy', { description: 'By which policy.' }),
    path: t.exposeString('path', { description: 'The step.' }),
    leadId: t.id({
      nullable: true,
      description: 'About whom.',
      resolve: one => (one.leadId === null ? null : encodeNodeId('Lead', one.leadId)),
    }),
    lead: t.exposeString('lead', { nullable: true, description: 'Name and address of the lead.' }),
    choice: t.exposeString('choice', { nullable: true, description: 'The option that it would have been.' }),
    confidence: t.exposeInt('confidence', { nullable: true, description: 'How sure that is, 0 to 100.' }),
    asksPerson: t.exposeBoolean('asksPerson', {
      description: 'A person would have been asked; the choice is what would have been recommended to them.',
    }),
    at: t.field({ type: 'DateTime', nullable: true, description: 'When it would have been.', resolve: one => one.at }),
    was: t.exposeString('was', { nullable: true, description: 'The option that was decided for.' }),
    wasBy: t.field({ type: DecidedBy, nullable: true, description: 'Who decided.', resolve: one => one.wasBy }),
    wasAt: t.field({ type: 'DateTime', nullable: true, description: 'When it was.', resolve: one => one.wasAt }),
  }),
})

const SimulationReportRef = builder.objectRef<SimulationReport>('SimulationReport').implement({
  description: 'What a draft would have done in a time that has passed.',
  fields: t => ({
    playbook: t.exposeString('playbook', { description: 'Its id in the file.' }),
    since: t.field({ type: 'DateTime', description: 'Start of the time.', resolve: one => one.since }),
    until: t.field({ type: 'DateTime', description: 'End of the time.', resolve: one => one.until }),
    events: t.exposeInt('events', { description: 'Events that were fed to it.' }),
    eventsLeftOut: t.exposeInt('eventsLeftOut', { description: 'Events that were too many.' }),
    runs: t.field({ type: 'JSON', description: 'Its runs by status.', resolve: one => one.runs }),
    counts: t.field({ type: 'JSON', description: 'Effects by difference.', resolve: one => one.counts }),
    effects: t.field({
      type: [SimulatedEffectRef],
      description: 'The effects; those that differ come first.',
      resolve: one => [...one.effects],
    }),
    effectsLeftOut: t.exposeInt('effectsLeftOut', { description: 'Effects that were too many to list.' }),
    decisionCounts: t.field({
      type: 'JSON',
      description: 'Decisions by difference.',
      resolve: one => one.decisionCounts,
    }),
    decisions: t.field({
      type: [SimulatedDecisionRef],
      description: 'The decisions; those that differ come first, then those that a person would have been asked.',
      resolve: one => [...one.decisions],
    }),
    decisionsLeftOut: t.exposeInt('decisionsLeftOut', { description: 'Decisions that were too many to list.' }),
    assumptions: t.stringList({ description: 'What this rests on.', resolve: one => [...one.assumptions] }),
  }),
})

type Progress = Exclude<SimulationMessage, { error: unknown }>

const PlaybookSimulatePayload = builder.objectRef<Progress>('PlaybookSimulatePayload').implement({
  description: 'How far a simulation is.',
  fields: t => ({
    fraction: t.float({
      description: 'How much of the time has passed, 0 to 1.',
      resolve: message => ('report' in message ? 1 : Math.min(1, message.fraction)),
    }),
    report: t.field({
      type: SimulationReportRef,
      nullable: true,
      description: 'What came of it; comes last.',
      resolve: message => ('report' in message ? message.report : null),
    }),
  }),
})

builder.subscriptionField('playbookSimulate', t =>
  t.field({
    type: PlaybookSimulatePayload,
    ...guarded(
      'playbooks:validate',
      'Feeds what happened since a moment through a draft, with every effect held back, and says how that differs from what was. Ends with the report.',
    ),
    args: {
      source: t.arg.string({ required: true, description: 'The draft, as YAML.' }),
      since: t.arg({ type: 'DateTime', required: true, description: 'Up to a year ago.' }),
    },
    subscribe: (_root, { source, since }, c) => runSimulation(c.core, workspaceOf(c), { source, since }),
    resolve: message => message,
  }),
)
