import {
  type Audience,
  audienceCsv,
  type AudienceMember,
  listAudienceMembers,
  listAudiences,
} from '../../core/sales/audiences.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { workspaceOf } from '../context.ts'
import { LeadRef } from './refs.ts'

const AudienceRef = builder.objectRef<Audience>('Audience').implement({
  description: 'A list of leads under a name.',
  fields: t => ({
    name: t.exposeString('name', { description: 'Of the list.' }),
    members: t.exposeInt('members', { description: 'How many are in it.' }),
  }),
})
const AudienceMemberRef = builder.objectRef<AudienceMember>('AudienceMember').implement({
  description: 'Somebody in a list.',
  fields: t => ({
    name: t.exposeString('name', { description: 'Of the lead.' }),
    email: t.exposeString('email', { nullable: true, description: 'As it stands in the list.' }),
    phone: t.exposeString('phone', { nullable: true, description: 'E.164.' }),
    addedAt: t.expose('addedAt', { type: 'DateTime', description: 'Since when.' }),
    lead: t.field({
      type: LeadRef,
      nullable: true,
      ...guarded('leads:read', 'Who it is.'),
      resolve: ({ leadId }, _args, c) => c.loaders.lead.load(leadId),
    }),
  }),
})
const AudienceMemberConnection = connectionOf<AudienceMember>('AudienceMember', AudienceMemberRef)

builder.queryFields(t => ({
  audiences: t.field({
    type: [AudienceRef],
    ...guarded('audiences:read', 'The lists that are kept here, by name; at most 500.'),
    resolve: (_root, _args, c) => listAudiences(c.core, workspaceOf(c)),
  }),
  audienceMembers: t.field({
    type: AudienceMemberConnection,
    ...guarded('audiences:read', 'Who is in a list, the latest first.'),
    args: { ...pageArgs, name: t.arg.string({ required: true, description: 'Of the list.' }) },
    resolve: (_root, { name, ...page }, c) => listAudienceMembers(c.core, workspaceOf(c), name, page),
  }),
  audienceCsv: t.string({
    ...guarded('audiences:read', 'A list as CSV: name, email, phone; at most 100,000 lines.'),
    args: { name: t.arg.string({ required: true, description: 'Of the list.' }) },
    resolve: (_root, { name }, c) => audienceCsv(c.core, workspaceOf(c), name),
  }),
}))
