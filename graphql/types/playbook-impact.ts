import type { PartChange, StepChange } from '../../core/playbooks/compare-playbooks.ts'
import { publishedText, type ChosenText } from '../../core/publishing/chosen-text.ts'
import { type Finishing, FINISHING_REASONS } from '../../core/publishing/move-runs.ts'
import {
  type InFlightImpact,
  type PluginChange,
  publishImpact,
  type PublishImpact,
  type TestsImpact,
} from '../../core/publishing/publish-impact.ts'
import { builder, guarded } from '../builder.ts'
import { workspaceOf } from '../context.ts'
import { described, renamed } from '../described.ts'
import { rowId } from '../node-id.ts'
import { DiagnosticRef } from './playbook-version.ts'
import { TestRequirementRef } from './test-requirement.ts'

const ChangeKind = builder.enumType('ChangeKind', {
  description: 'How a part of a playbook differs.',
  values: renamed({
    added: 'It was not there.',
    removed: 'It is not there any more.',
    changed: 'It says something else.',
    moved: 'It stands elsewhere: its path is another.',
  }),
})

const StepChangeRef = builder.objectRef<StepChange>('StepChange').implement({
  description: 'A step that differs.',
  fields: t => ({
    change: t.field({ type: ChangeKind, description: 'How.', resolve: step => step.change }),
    path: t.exposeString('path', { description: 'Its path in the new text; of a removed one, in the old.' }),
    pathBefore: t.string({
      nullable: true,
      description: 'Of a moved step: its path in the old text.',
      resolve: step => step.before,
    }),
    title: t.exposeString('title', { description: 'What it is called.' }),
    kind: t.exposeString('kind', { description: 'What kind of step it is, as uses or wait.' }),
  }),
})

const PartChangeRef = builder.objectRef<PartChange>('PartChange').implement({
  description: 'A trigger or an input that differs.',
  fields: t => ({
    change: t.field({ type: ChangeKind, description: 'How.', resolve: part => part.change }),
    name: t.exposeString('name', { description: 'What a trigger waits for; the name of an input.' }),
  }),
})

const PluginChangeRef = builder.objectRef<PluginChange>('PluginChange').implement({
  description: 'A plugin that new runs would use otherwise.',
  fields: t => ({
    pluginId: t.exposeString('pluginId', { description: 'The plugin.' }),
    service: t.exposeString('service', {
      nullable: true,
      description: 'Set where it is about who provides this service: then `from` and `to` are plugins.',
    }),
    from: t.exposeString('from', { nullable: true, description: 'Its version until now; null where it was not used.' }),
    to: t.exposeString('to', { nullable: true, description: 'Its version from now on; null where it is not used.' }),
  }),
})

const FinishingReason = builder.enumType('FinishingReason', {
  description: 'Why a run stays on its version.',
  values: described(FINISHING_REASONS, {
    POLICY: 'That was wanted.',
    STEP_GONE: 'It has been at a step that is gone, or is not the same step any more.',
    EXECUTING: 'A worker has it at this moment.',
    UNSETTLED_EFFECT: 'An effect of it is not known to be sent: only this run can try it again.',
    CHILD: 'Another run waits for it.',
    ENDING: 'It was asked to stop, or is at its finally.',
    TWIN: 'Its event has a run of the new version already.',
  }),
})

export const FinishingRef = builder.objectRef<Finishing>('FinishingRuns').implement({
  description: 'Runs that stay on their version.',
  fields: t => ({
    reason: t.field({ type: FinishingReason, description: 'Why.', resolve: ({ reason }) => reason }),
    path: t.exposeString('path', { nullable: true, description: 'The step that it is about.' }),
    count: t.exposeInt('count', { description: 'How many.' }),
  }),
})

type WaitingRuns = InFlightImpact['waitingAt'][number]
const WaitingRunsRef = builder.objectRef<WaitingRuns>('WaitingRuns').implement({
  description: 'Runs that wait at a step.',
  fields: t => ({
    path: t.exposeString('path', { description: 'The step.' }),
    title: t.exposeString('title', { description: 'What it is called.' }),
    count: t.exposeInt('count', { description: 'How many runs.' }),
    kept: t.exposeBoolean('kept', { description: 'Is it the same step in the new text?' }),
  }),
})

const InFlightImpactRef = builder.objectRef<InFlightImpact>('InFlightImpact').implement({
  description: 'The runs under way, of all versions.',
  fields: t => ({
    total: t.exposeInt('total', { description: 'How many.' }),
    queued: t.exposeInt('queued', { description: 'Those that wait for a worker.' }),
    executing: t.exposeInt('executing', { description: 'Those that a worker has at this moment.' }),
    waitingAt: t.field({
      type: [WaitingRunsRef],
      description: 'Where the others wait; a run with branches may wait at several steps.',
      resolve: ({ waitingAt }) => [...waitingAt],
    }),
    migratable: t.exposeInt('migratable', { description: 'Those that could go on with the new version.' }),
    restartable: t.exposeInt('restartable', { description: 'Those that could begin anew with the new version.' }),
    blocked: t.field({
      type: [FinishingRef],
      description: 'Why the others cannot: STEP_GONE is about going on, UNSETTLED_EFFECT about beginning anew.',
      resolve: ({ blocked }) => [...blocked],
    }),
  }),
})

const TestsImpactRef = builder.objectRef<TestsImpact>('TestsImpact').implement({
  description: 'The tests of a text, and what the workspace asks of them.',
  fields: t => ({
    count: t.exposeInt('count', { description: 'How many tests it has, in itself and beside it.' }),
    required: t.field({
      type: TestRequirementRef,
      nullable: true,
      description: 'Publishing runs the tests and is refused where this is not met; null: nothing is asked.',
      resolve: ({ required }) => required,
    }),
  }),
})

const PlaybookImpactRef = builder.objectRef<PublishImpact>('PlaybookImpact').implement({
  description: 'What publishing a text would change.',
  fields: t => ({
    changed: t.exposeBoolean('changed', { description: 'False where publishing would make no version.' }),
    diagnostics: t.field({
      type: [DiagnosticRef],
      description: 'What the check says; one of severity ERROR stops a publish.',
      resolve: ({ diagnostics }) => [...diagnostics],
    }),
    publishedNumber: t.exposeInt('publishedNumber', {
      description: 'The version that this was compared with, 0 for none: give it as `expectedNumber` when you publish.',
    }),
    steps: t.field({ type: [StepChangeRef], description: 'The steps.', resolve: ({ steps }) => [...steps] }),
    triggers: t.field({
      type: [PartChangeRef],
      description: 'The triggers; those not named are not touched.',
      resolve: ({ triggers }) => [...triggers],
    }),
    inputs: t.field({ type: [PartChangeRef], description: 'The inputs.', resolve: ({ inputs }) => [...inputs] }),
    settings: t.stringList({
      description: 'Other keys at the top that differ, as enrollment.',
      resolve: ({ settings }) => [...settings],
    }),
    plugins: t.field({ type: [PluginChangeRef], description: 'The plugins.', resolve: ({ plugins }) => [...plugins] }),
    inFlight: t.field({
      type: InFlightImpactRef,
      description: 'The runs under way.',
      resolve: ({ inFlight }) => inFlight,
    }),
    tests: t.field({ type: TestsImpactRef, description: 'Its tests.', resolve: ({ tests }) => tests }),
  }),
})

export const testsArg =
  'The file of tests that stands beside it, in YAML; empty for none. Without it: that of the version in force, unless the text has tests of its own.'

/** What stands beside a text; undefined where nothing is said. */
export const testsOf = (tests: string | null | undefined) =>
  tests === undefined || tests === null ? undefined : tests.trim() === '' ? null : tests

/** The text that is meant: one given, an older version's, or the draft. */
export const textArgs = (input: {
  source?: string | null | undefined
  versionId?: string | null | undefined
}): ChosenText =>
  input.versionId
    ? { versionId: rowId('PlaybookVersion', input.versionId) }
    : typeof input.source === 'string'
      ? { source: input.source }
      : {}

builder.queryField('playbookPublishImpact', t =>
  t.field({
    type: PlaybookImpactRef,
    ...guarded(
      'playbooks:validate',
      'Says what publishing would change, before it happens: the draft, or another text, or an older version.',
    ),
    args: {
      playbookId: t.arg.id({ required: true, description: 'The playbook.' }),
      source: t.arg.string({ description: 'A text in place of the draft.' }),
      tests: t.arg.string({ description: testsArg }),
      versionId: t.arg.id({ description: 'An older version in place of the draft: a rollback to it.' }),
    },
    resolve: async (_root, { playbookId, tests, ...text }, c) => {
      const id = rowId('Playbook', playbookId)
      const { source, tests: kept } = await publishedText(c.core, workspaceOf(c), id, textArgs(text))
      return publishImpact(c.core, workspaceOf(c), id, source, typeof tests === 'string' ? testsOf(tests) : kept)
    },
  }),
)
