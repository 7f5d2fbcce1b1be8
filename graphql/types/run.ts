import { makeTest } from '../../core/rehearsal/make-test.ts'
import { listRuns, type RunRecord } from '../../core/runs/read-runs.ts'
import { pageSize } from '../../core/page.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { workspaceOf } from '../context.ts'
import { renamed } from '../described.ts'
import { follow } from '../follow.ts'
import { present } from '../loaders.ts'
import { rowId } from '../node-id.ts'
import { EventRef } from './event.ts'
import { Node, nodeId } from './node.ts'
import { PlaybookVersionRef } from './playbook-version.ts'
import { LeadRef, PlaybookRef, RunRef } from './refs.ts'
import type { RunTiming } from '../../core/runs/run-timing.ts'
import type { SlaState } from '../../core/runs/sla.ts'
import type { RunFilter } from '../../core/runs/run-filter.ts'
import { RunCancellationRef } from './run-cancellation.ts'
import { RunErrorRef, RunReasonCode, RunReasonRef } from './run-error.ts'
import { cursorOf, RunEventConnection, seqOf } from './run-event.ts'
import { RunStepRef } from './run-step.ts'

const RunStatus = builder.enumType('RunStatus', {
  description: 'How a run stands. `reason` says why and what would move it on.',
  values: renamed({
    queued: 'Waits for a worker.',
    running: 'A worker walks its steps.',
    waiting: 'Waits for a time or an event.',
    retrying: 'Waits for the next attempt of a step.',
    completed: 'Came to its end.',
    failed: 'A step failed and nothing caught it.',
    cancelled: 'Somebody stopped it.',
    quarantined: 'Crashed its worker again and again, or an effect has an unknown outcome: a person decides.',
  }),
})

const RunSlaState = builder.enumType('RunSlaState', {
  description: 'How a run stands by the `sla` of its playbook.',
  values: renamed({
    open: 'It has time.',
    dueSoon: 'Less than a quarter of its time is left, and it is not over.',
    breached: 'It was not over in time.',
    kept: 'It was over in time.',
  } satisfies Record<SlaState, string>),
})

export const RunConnection = connectionOf<RunRecord>('Run', RunRef)

const RunTimingRef = builder.objectRef<RunTiming>('RunTiming').implement({
  description:
    'Where the time of a run went, in milliseconds; the parts add up to `totalMs`. Of a run that goes on, up to now.',
  fields: t => ({
    totalMs: t.exposeFloat('totalMs', { description: 'From when it was queued to its end, or to now.' }),
    queueMs: t.exposeFloat('queueMs', { description: 'Due, and in the hands of no worker.' }),
    startMs: t.exposeFloat('startMs', { description: 'From the claim to the first line of its journal.' }),
    executeMs: t.exposeFloat('executeMs', { description: 'Its steps, with all that they call.' }),
    persistMs: t.exposeFloat('persistMs', {
      description: 'Intents of effects and the end, from when they were handed over until the write began.',
    }),
    waitMs: t.exposeFloat('waitMs', {
      description: 'For a time, an event, people, another run, the next attempt, or an operation.',
    }),
  }),
})

export const RunFilterInput = builder.inputType('RunFilter', {
  description: 'Which runs. All conditions must hold.',
  fields: t => ({
    statuses: t.field({ type: [RunStatus], description: 'In one of these.' }),
    playbookIds: t.idList({ description: 'Of one of these playbooks.' }),
    versionId: t.id({ description: 'Of this version of a playbook.' }),
    leadId: t.id({ description: 'About this lead.' }),
    slaBreached: t.boolean({ description: 'Those that were not over in time; false: all others.' }),
    slaStates: t.field({ type: [RunSlaState], description: 'That stand in one of these ways by their sla.' }),
    reasonCodes: t.field({ type: [RunReasonCode], description: 'That stand for one of these reasons.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'Queued at this moment or later.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Queued before this moment.' }),
  }),
})

export const RunSort = sortInput('Run', {
  createdAt: 'When it was queued.',
  finishedAt: 'When it was over; without those that are not.',
  slaDueAt: 'Until when it should be over; without those whose playbook promises nothing.',
})

/** With the ids of rows. Throws `BAD_USER_INPUT` for an id of something else. */
export const filterOf = (filter: typeof RunFilterInput.$inferInput | null | undefined): RunFilter | undefined =>
  filter
    ? {
        ...filter,
        playbookIds: filter.playbookIds?.map(id => rowId('Playbook', String(id))),
        versionId: filter.versionId ? rowId('PlaybookVersion', String(filter.versionId)) : undefined,
        leadId: filter.leadId ? rowId('Lead', String(filter.leadId)) : undefined,
      }
    : undefined

RunRef.implement({
  description: 'One execution of one published version of a playbook.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('Run', ({ id }) => id)),
    playbook: t.field({
      type: PlaybookRef,
      description: 'The playbook.',
      resolve: (run, _args, c) => present(c.loaders.playbook.load(run.playbookId), 'A playbook'),
    }),
    version: t.field({
      type: PlaybookVersionRef,
      description: 'The version that it began with, or was moved to when that one was published.',
      resolve: (run, _args, c) => present(c.loaders.version.load(run.versionId), 'A version'),
    }),
    status: t.field({ type: RunStatus, description: 'How it stands.', resolve: run => run.status }),
    reason: t.field({
      type: RunReasonRef,
      nullable: true,
      description: 'Why it stands so.',
      resolve: run => run.reason,
    }),
    lead: t.field({
      type: LeadRef,
      nullable: true,
      ...guarded('leads:read', 'Whom it is about.'),
      resolve: (run, _args, c) => (run.subjectId ? c.loaders.lead.load(run.subjectId) : null),
    }),
    event: t.field({
      type: EventRef,
      nullable: true,
      description: 'What started it.',
      resolve: (run, _args, c) => (run.eventId ? c.loaders.event.load(run.eventId) : null),
    }),
    inputs: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What it was given at its start; null where its playbook takes nothing.',
      resolve: run => run.inputs,
    }),
    parent: t.field({
      type: RunRef,
      nullable: true,
      description: 'The run whose step started it.',
      resolve: (run, _args, c) => (run.parentRunId ? c.loaders.run.load(run.parentRunId) : null),
    }),
    children: t.field({
      type: [RunRef],
      description: 'Runs that its steps have started, the first hundred, oldest first.',
      resolve: async (run, _args, c) => [...(await c.loaders.children.load(run.id))],
    }),
    origin: t.field({
      type: RunRef,
      nullable: true,
      description: 'Of a replay: the run that it replays.',
      resolve: (run, _args, c) => (run.originRunId ? c.loaders.run.load(run.originRunId) : null),
    }),
    originPath: t.exposeString('originPath', {
      nullable: true,
      description: 'Of a replay: the first step that is computed anew.',
    }),
    replays: t.field({
      type: RunConnection,
      description: 'The runs that replay it, newest first.',
      args: {
        ...pageArgs,
        filter: t.arg({ type: RunFilterInput, description: 'Which ones.' }),
        sort: t.arg({ type: RunSort, description: ORDER }),
      },
      resolve: (run, { filter, ...page }, c) =>
        c.loaders.replaysOf.load({ id: run.id, page: { ...page, filter: filterOf(filter) } }),
    }),
    output: t.field({ type: 'JSON', nullable: true, description: 'What it came to.', resolve: run => run.output }),
    error: t.field({ type: RunErrorRef, nullable: true, description: 'Why it failed.', resolve: run => run.error }),
    steps: t.field({
      type: [RunStepRef],
      description: 'Every step of its version in the order of the file.',
      resolve: async (run, _args, c) => [...(await c.loaders.steps.load(run))],
    }),
    events: t.field({
      type: RunEventConnection,
      description: 'Its journal, oldest first.',
      args: {
        first: t.arg.int({ defaultValue: 100, description: 'How many, 1 to 100.' }),
        after: t.arg.string({ description: 'The cursor to go on after.' }),
      },
      resolve: async (run, { first, after }, c) => {
        const size = pageSize({ first: first ?? 100 })
        const entries = await c.loaders.journal.load({ id: run.id, page: { after: seqOf(after), first: size + 1 } })
        return {
          items: entries.slice(0, size).map(entry => ({ cursor: cursorOf(entry), node: { runId: run.id, entry } })),
          hasNextPage: entries.length > size,
          hasPreviousPage: seqOf(after) > 0,
        }
      },
    }),
    timing: t.field({
      type: RunTimingRef,
      description: 'Where its time went.',
      resolve: (run, _args, c) => c.loaders.timing.load(run),
    }),
    slaDueAt: t.expose('slaDueAt', {
      type: 'DateTime',
      nullable: true,
      description: "Until when it should be over, by its playbook's sla.",
    }),
    slaBreached: t.exposeBoolean('slaBreached', { description: 'It was not over in time.' }),
    slaState: t.field({
      type: RunSlaState,
      nullable: true,
      description: 'How it stands by its sla; null where its playbook promises nothing.',
      resolve: run => run.slaState,
    }),
    cancellation: t.field({
      type: RunCancellationRef,
      nullable: true,
      description: 'Who asked it to stop, and why; null where nobody has.',
      resolve: run => run.cancellation,
    }),
    recoveries: t.exposeInt('recoveries', { description: 'How often a worker died under it.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was queued.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true, description: 'When a worker first took it.' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When it was over.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When anything of this changed.' }),
  }),
})

builder.queryField('runs', t =>
  t.field({
    type: RunConnection,
    ...guarded('runs:read', 'The runs, newest first unless `sort` says otherwise.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: RunFilterInput, description: 'Which ones.' }),
      sort: t.arg({ type: RunSort, description: ORDER }),
    },
    resolve: (_root, { filter, ...page }, c) =>
      listRuns(c.core, workspaceOf(c), {
        ...page,
        filter: filterOf(filter),
      }),
  }),
)

builder.queryField('runAsTest', t =>
  t.string({
    ...guarded(
      'runs:read',
      'A test of its playbook, in YAML, from what a run did; e-mail addresses, phone numbers, names and ids are made up.',
    ),
    args: { runId: t.arg.id({ required: true, description: 'The run.' }) },
    resolve: (_root, { runId }, c) => makeTest(c.core, workspaceOf(c), rowId('Run', runId)),
  }),
)

const RunUpdatedPayload = builder.objectRef<{ run: RunRecord }>('RunUpdatedPayload').implement({
  description: 'A run that has changed.',
  fields: t => ({ run: t.field({ type: RunRef, description: 'As it is now.', resolve: payload => payload.run }) }),
})

builder.subscriptionFields(t => ({
  runUpdated: t.field({
    type: RunUpdatedPayload,
    ...guarded('runs:read', 'A run was queued or changed.'),
    args: { runId: t.arg.id({ description: 'Only this run; every run of the workspace without it.' }) },
    subscribe: (_root, { runId }, c) => {
      const only = runId ? rowId('Run', runId) : undefined
      return follow(c, 'run.updated', async detail => {
        if (only !== undefined && detail.runId !== only) return []
        const run = await c.loaders.run.load(detail.runId)
        return run ? [{ run }] : []
      })
    },
    resolve: payload => payload,
  }),
}))
