import { findActivities } from '../../core/sales/activities.ts'
import { findApiKeys } from '../../core/access/api-keys.ts'
import { permits, type Permission } from '../../core/access/permissions.ts'
import { getWorkspace } from '../../core/access/workspace.ts'
import { findTrigger } from '../shown-trigger.ts'
import { mergedInto } from '../../core/privacy/merge-leads.ts'
import { getRequest } from '../../core/privacy/requests.ts'
import { listCredentials } from '../../core/credentials/store.ts'
import { findIncidents } from '../../core/brain/healing/incidents.ts'
import { findDecisions } from '../../core/decisions/read-decisions.ts'
import { findKeyResults } from '../../core/sales/read-objectives.ts'
import { findPolicies } from '../../core/decisions/read-policies.ts'
import { TraeError } from '../../core/errors.ts'
import { findEntries } from '../../core/memory/read-entries.ts'
import { findApprovals } from '../../core/runs/approvals/read-approvals.ts'
import { listJournal } from '../../core/runs/read-runs.ts'
import { builder, guarded } from '../builder.ts'
import { type Context, viewerOf, workspaceOf } from '../context.ts'
import { decodeNodeId, encodeNodeId, type NodeType } from '../node-id.ts'

/** A record together with the type it is shown as. */
interface Found {
  readonly __typename: NodeType
}

export const Node = builder.interfaceRef<object>('Node').implement({
  description: 'Anything that can be asked for by its id.',
  fields: t => ({
    id: t.id({
      description: 'Opaque, stable, unique among all types.',
      resolve: () => {
        throw new TraeError('INTERNAL', 'A type that implements Node has no id.')
      },
    }),
  }),
  resolveType: value => (value as Found).__typename,
})

/** The id field of a type that implements `Node`. */
export function nodeId<T>(type: NodeType, id: (record: T) => string) {
  return {
    description: 'Opaque, stable, unique among all types.',
    resolve: (record: T) => encodeNodeId(type, id(record)),
  }
}

builder.queryFields(t => ({
  node: t.field({
    type: Node,
    nullable: true,
    ...guarded(
      'workspace:read',
      'The thing with this id; null where there is none, or your role may not see it. Of a lead that was merged: the one that stayed.',
    ),
    args: { id: t.arg.id({ required: true, description: 'The `id` of anything.' }) },
    resolve: (_root, { id }, context) => findNode(context, id),
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: false, items: true },
    ...guarded('workspace:read', 'The things with these ids, in their order; null in place of each that is not there.'),
    args: { ids: t.arg.idList({ required: true, description: 'At most 100 ids.' }) },
    resolve: (_root, { ids }, context) => {
      if (ids.length > 100) throw new TraeError('BAD_USER_INPUT', `ids may hold 100 ids, found ${ids.length}.`)
      return Promise.all(ids.map(id => findNode(context, id)))
    },
  }),
}))

interface Source {
  readonly permission: Permission
  find(context: Context, id: string): Promise<object | null | undefined>
}

/** No Nodes: listed only. */
const LISTED = ['Absence', 'CalendarFeed', 'CalendarSource', 'Invitation', 'Session'] as const
type Listed = (typeof LISTED)[number]

const SOURCES: Readonly<Record<Exclude<NodeType, Listed>, Source>> = {
  Workspace: {
    permission: 'workspace:read',
    find: async (c, id) => (id === workspaceOf(c) ? getWorkspace(c.core, workspaceOf(c)) : null),
  },
  User: {
    permission: 'workspace:read',
    find: async (c, id) =>
      id === viewerOf(c).userId || permits(viewerOf(c), 'members:read') ? c.loaders.user.load(id) : null,
  },
  Lead: {
    permission: 'leads:read',
    async find(c, id) {
      const lead = await c.loaders.lead.load(id)
      const into = lead ? undefined : await mergedInto(c.core, workspaceOf(c), id)
      return into === undefined ? lead : c.loaders.lead.load(into)
    },
  },
  Message: { permission: 'messages:read', find: (c, id) => c.loaders.message.load(id) },
  Meeting: { permission: 'meetings:read', find: (c, id) => c.loaders.meeting.load(id) },
  Deal: { permission: 'deals:read', find: (c, id) => c.loaders.deal.load(id) },
  Customer: { permission: 'customers:read', find: (c, id) => c.loaders.customer.load(id) },
  Objective: { permission: 'objectives:read', find: (c, id) => c.loaders.objective.load(id) },
  KeyResult: {
    permission: 'objectives:read',
    find: async (c, id) => (await findKeyResults(c.core, workspaceOf(c), [id]))[0],
  },
  Proposal: { permission: 'proposals:read', find: (c, id) => c.loaders.proposal.load(id) },
  Call: { permission: 'calls:read', find: (c, id) => c.loaders.call.load(id) },
  LandingPage: { permission: 'pages:read', find: (c, id) => c.loaders.landingPage.load(id) },
  Activity: {
    permission: 'activities:read',
    find: async (c, id) => (await findActivities(c.core, workspaceOf(c), [id]))[0],
  },
  Playbook: { permission: 'playbooks:read', find: (c, id) => c.loaders.playbook.load(id) },
  PlaybookVersion: { permission: 'playbooks:read', find: (c, id) => c.loaders.version.load(id) },
  Run: { permission: 'runs:read', find: (c, id) => c.loaders.run.load(id) },
  RunEvent: {
    permission: 'runs:read',
    async find(c, id) {
      const [runId, seq] = id.split(':') as [string, string]
      const [entry] = await listJournal(c.core, workspaceOf(c), runId, { after: Number(seq) - 1, first: 1 })
      return entry?.seq === Number(seq) ? { runId, entry } : null
    },
  },
  Approval: {
    permission: 'runs:read',
    find: async (c, id) => (await findApprovals(c.core, workspaceOf(c), [id]))[0],
  },
  Decision: {
    permission: 'decisions:read',
    find: async (c, id) => (await findDecisions(c.core, workspaceOf(c), [id]))[0],
  },
  DecisionPolicy: {
    permission: 'decisions:read',
    find: async (c, id) => (await findPolicies(c.core, workspaceOf(c), [id]))[0],
  },
  Event: { permission: 'runs:read', find: (c, id) => c.loaders.event.load(id) },
  PluginInstallation: {
    permission: 'installations:read',
    find: async (c, id) => (await c.core.plugins.list(workspaceOf(c))).find(one => one.id === id),
  },
  Credential: {
    permission: 'installations:read',
    find: async (c, id) => (await listCredentials(c.core, workspaceOf(c))).find(one => one.id === id),
  },
  PluginTrigger: { permission: 'installations:read', find: (c, id) => findTrigger(c, id) },
  ApiKey: {
    permission: 'keys:read',
    find: async (c, id) => (await findApiKeys(c.core, workspaceOf(c), [id]))[0],
  },
  Webhook: { permission: 'webhooks:read', find: (c, id) => c.loaders.webhook.load(id) },
  DataSubjectRequest: {
    permission: 'privacy:read',
    find: (c, id) =>
      getRequest(c.core, workspaceOf(c), id).catch((error: unknown) => {
        if (error instanceof TraeError && error.code === 'NOT_FOUND') return null
        throw error
      }),
  },
  Task: { permission: 'tasks:read', find: (c, id) => c.loaders.task.load(id) },
  MemoryEntry: {
    permission: 'memory:read',
    find: async (c, id) => (await findEntries(c.core, workspaceOf(c), [id]))[0],
  },
  Alert: { permission: 'alerts:read', find: (c, id) => c.loaders.alert.load(id) },
  Incident: {
    permission: 'incidents:read',
    find: async (c, id) => (await findIncidents(c.core, workspaceOf(c), [id]))[0],
  },
}

async function findNode(context: Context, text: string): Promise<object | null> {
  const decoded = decodeNodeId(text)
  if (!decoded || isListed(decoded.type)) return null
  const source = SOURCES[decoded.type]
  if (!permits(viewerOf(context), source.permission)) return null
  const record = await source.find(context, decoded.id)
  return record ? Object.assign(Object.create(record), { __typename: decoded.type }) : null
}

const isListed = (type: NodeType): type is Listed => (LISTED as readonly NodeType[]).includes(type)
