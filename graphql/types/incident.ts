import {
  type ENTRY_KINDS,
  findIncidents,
  type Incident,
  type IncidentEntry,
  listIncidents,
} from '../../core/brain/healing/incidents.ts'
import { acceptedModules } from '../accepted.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { workspaceOf } from '../context.ts'
import { renamed } from '../described.ts'
import { follow } from '../follow.ts'
import { Node, nodeId } from './node.ts'

const IncidentStatus = builder.enumType('IncidentStatus', {
  description: 'How an incident stands.',
  values: renamed({
    restarting: 'The module is restarted: its plugins begin anew, its failed runs are tried again.',
    watching: 'Restarted; the next minutes show whether it fails again.',
    escalated: 'It failed again: a person has the module now.',
    resolved: 'Over.',
  } satisfies Record<Incident['status'], string>),
})
const IncidentEntryKind = builder.enumType('IncidentEntryKind', {
  description: 'What happened in an incident.',
  values: renamed({
    opened: 'Errors were seen.',
    restarted: 'The module was restarted.',
    watching: 'Its failed runs go on; it is watched.',
    failedAgain: 'It failed a second time.',
    escalated: 'A person was asked, the module is manual.',
    handedBack: 'A person let it work by itself again.',
    recovered: 'It works again.',
  } satisfies Record<(typeof ENTRY_KINDS)[number], string>),
})
const IncidentEntryRef = builder.objectRef<IncidentEntry>('IncidentEntry').implement({
  description: 'A line of the timeline of an incident.',
  fields: t => ({
    at: t.expose('at', { type: 'DateTime', description: 'When.' }),
    kind: t.field({ type: IncidentEntryKind, description: 'What.', resolve: entry => entry.kind }),
    data: t.field({ type: 'JSON', description: 'Its figures.', resolve: entry => entry.data }),
  }),
})

export const IncidentRef = builder.objectRef<Incident>('Incident')
IncidentRef.implement({
  description: 'A module that failed, and what the brain did about it.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('Incident', ({ id }) => id)),
    module: t.exposeString('module', { description: 'The key of the module.' }),
    status: t.field({ type: IncidentStatus, description: 'How it stands.', resolve: one => one.status }),
    summary: t.exposeString('summary', { description: 'What failed most.' }),
    failures: t.exposeInt('failures', { description: 'Runs that had failed when it was opened.' }),
    restarted: t.exposeInt('restarted', { description: 'Of those, runs that were tried again.' }),
    openedAt: t.expose('openedAt', { type: 'DateTime', description: 'When it was seen.' }),
    escalatedAt: t.expose('escalatedAt', { type: 'DateTime', nullable: true, description: 'When a person was asked.' }),
    resolvedAt: t.expose('resolvedAt', { type: 'DateTime', nullable: true, description: 'When it was over.' }),
    resolvedByHealing: t.boolean({
      description: 'Did restarting mend it, without a person?',
      resolve: one => one.resolvedBy === 'healing',
    }),
    timeline: t.field({
      type: [IncidentEntryRef],
      description: 'What happened, oldest first.',
      resolve: one => [...one.timeline],
    }),
  }),
})
const IncidentConnection = connectionOf<Incident>('Incident', IncidentRef)

const IncidentFilterInput = builder.inputType('IncidentFilter', {
  description: 'Which incidents. All conditions must hold.',
  fields: t => ({
    open: t.boolean({ description: 'That are not over; false: that are.' }),
    statuses: t.field({ type: [IncidentStatus], description: 'In one of these.' }),
    modules: t.stringList({ description: 'Of modules with one of these keys.' }),
    openedAfter: t.field({ type: 'DateTime', description: 'Of this moment or later.' }),
    openedBefore: t.field({ type: 'DateTime', description: 'Before this moment.' }),
    search: t.string({ description: 'With this anywhere in the summary.' }),
  }),
})
const IncidentSort = sortInput('Incident', { openedAt: 'When it was opened.', failures: 'How many runs have failed.' })

builder.queryField('incidents', t =>
  t.field({
    type: IncidentConnection,
    ...guarded('incidents:read', 'The incidents, newest first.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: IncidentFilterInput, description: 'Which ones.' }),
      sort: t.arg({ type: IncidentSort, description: ORDER }),
      open: t.arg.boolean({
        description: 'Only those that are not over; false: only those that are.',
        deprecationReason: 'Use filter.open. Removal after 2027-12-01.',
      }),
    },
    resolve: (_root, { filter, open, ...page }, c) =>
      listIncidents(c.core, workspaceOf(c), {
        ...page,
        filter: { open, ...filter, modules: acceptedModules(filter?.modules) },
      }),
  }),
)

const IncidentUpdatedPayload = builder.objectRef<{ incident: Incident }>('IncidentUpdatedPayload').implement({
  description: 'An incident that has changed.',
  fields: t => ({
    incident: t.field({ type: IncidentRef, description: 'As it is now.', resolve: payload => payload.incident }),
  }),
})
builder.subscriptionField('incidentUpdated', t =>
  t.field({
    type: IncidentUpdatedPayload,
    ...guarded('incidents:read', 'An incident was opened or has changed.'),
    subscribe: (_root, _args, c) =>
      follow(c, 'incident.updated', async ({ incidentId }) =>
        (await findIncidents(c.core, workspaceOf(c), [incidentId])).map(incident => ({ incident })),
      ),
    resolve: payload => payload,
  }),
)
