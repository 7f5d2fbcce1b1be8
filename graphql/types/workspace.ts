import { ROLES } from '../../core/access/role.ts'
import { secondFactorRequired } from '../../core/access/second-factor.ts'
import type { UserRecord } from '../../core/access/users.ts'
import { getWorkspace, type Workspace } from '../../core/access/workspace.ts'
import { builder, guarded } from '../builder.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { present } from '../loaders.ts'
import { Node, nodeId } from './node.ts'

export const WorkspaceRef = builder.objectRef<Workspace>('Workspace').implement({
  description: 'One company. Every record belongs to one.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('Workspace', ({ id }) => id)),
    slug: t.exposeString('slug', { description: 'Its name in addresses.' }),
    name: t.exposeString('name', { description: 'Its name for people.' }),
    timeZone: t.exposeString('timeZone', { description: 'IANA time zone, as America/Sao_Paulo.' }),
    locale: t.exposeString('locale', { description: 'Language its people are written to in: pt-BR or en.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    secondFactorRequired: t.boolean({
      description: 'Must every OWNER and ADMIN have a second factor?',
      resolve: ({ id }, _args, c) => secondFactorRequired(c.core, id),
    }),
  }),
})

const DESCRIPTIONS = {
  OWNER: 'May do everything.',
  ADMIN: 'May do everything but give the workspace away.',
  EDITOR: 'Writes playbooks, besides what an operator does.',
  OPERATOR: 'Works with leads, messages and runs.',
  VIEWER: 'Reads.',
}
export const RoleRef = builder.enumType('Role', {
  description: 'What a user may do in a workspace; each may do what those below may.',
  values: Object.fromEntries(ROLES.map(role => [role, { description: DESCRIPTIONS[role] }])) as Record<
    (typeof ROLES)[number],
    { description: string }
  >,
})

export const UserRef = builder.objectRef<UserRecord>('User').implement({
  description: 'A person who signs in.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('User', ({ id }) => id)),
    name: t.exposeString('name', { description: 'What they are called.' }),
    email: t.exposeString('email', { description: 'What they sign in with.' }),
    role: t.field({ type: RoleRef, description: 'What they may do here.', resolve: user => user.role }),
    locale: t.exposeString('locale', { description: 'The language they read: pt-BR or en.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Since when they have an account.' }),
    lastSeenAt: t.expose('lastSeenAt', { type: 'DateTime', nullable: true, description: 'When they signed in last.' }),
    secondFactor: t.exposeBoolean('secondFactor', { description: 'Do they sign in with a code as well?' }),
  }),
})

builder.queryFields(t => ({
  viewer: t.field({
    type: UserRef,
    ...guarded('workspace:read', 'Who is asking.'),
    resolve: (_root, _args, context) => present(context.loaders.user.load(viewerOf(context).userId), 'A user'),
  }),
  workspace: t.field({
    type: WorkspaceRef,
    ...guarded('workspace:read', 'The workspace you are in.'),
    resolve: (_root, _args, context) => getWorkspace(context.core, workspaceOf(context)),
  }),
}))
