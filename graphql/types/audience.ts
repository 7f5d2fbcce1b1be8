import { type Audience, audienceCsv, listAudiences } from '../../core/sales/audiences.ts'
import { builder, guarded } from '../builder.ts'
import { workspaceOf } from '../context.ts'

const AudienceRef = builder.objectRef<Audience>('Audience').implement({
  description: 'A list of leads under a name.',
  fields: t => ({
    name: t.exposeString('name', { description: 'Of the list.' }),
    members: t.exposeInt('members', { description: 'How many are in it.' }),
  }),
})

builder.queryFields(t => ({
  audiences: t.field({
    type: [AudienceRef],
    ...guarded('audiences:read', 'The lists that are kept here, by name; at most 500.'),
    resolve: (_root, _args, c) => listAudiences(c.core, workspaceOf(c)),
  }),
  audienceCsv: t.string({
    ...guarded('audiences:read', 'A list as CSV: name, email, phone; at most 100,000 lines.'),
    args: { name: t.arg.string({ required: true, description: 'Of the list.' }) },
    resolve: (_root, { name }, c) => audienceCsv(c.core, workspaceOf(c), name),
  }),
}))
