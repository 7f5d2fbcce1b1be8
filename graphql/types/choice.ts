import { z } from 'zod'
import { findCredentialById } from '../../core/credentials/store.ts'
import { TraeError } from '../../core/errors.ts'
import { pageOfList } from '../../core/page.ts'
import { actionChoices, type Choice, fieldChoices } from '../../core/plugins/list-choices.ts'
import { accepted } from '../accepted.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { workspaceOf } from '../context.ts'
import { rowId } from '../node-id.ts'

const InputChoiceRef = builder.objectRef<Choice>('InputChoice').implement({
  description: 'Something that may be given as an input, as the vendor has it.',
  fields: t => ({
    value: t.exposeString('value', { description: 'What is given.' }),
    label: t.exposeString('label', { description: 'What people read.' }),
    note: t.exposeString('note', { nullable: true, description: 'More about it.' }),
  }),
})
const InputChoiceConnection = connectionOf<Choice>('InputChoice', InputChoiceRef)

const args = {
  field: 'Its place in the input: calendarId, filters[].property, properties.* for the keys of a map.',
  search: 'Only those with these letters in label or value.',
}
const searchOf = (search: string | null | undefined) =>
  accepted(z.string().max(200).optional(), search ?? undefined, 'search')

builder.queryFields(t => ({
  actionChoices: t.field({
    type: InputChoiceConnection,
    ...guarded(
      'playbooks:validate',
      'What may be given for an input of an action. The plugin is asked, by an account that is connected; its answer is kept for a minute.',
    ),
    args: {
      ...pageArgs,
      uses: t.arg.string({ required: true, description: 'The action, as in a step: hubspot/get-contact.' }),
      field: t.arg.string({ required: true, description: args.field }),
      search: t.arg.string({ description: args.search }),
      account: t.arg.string({ description: "The name of the plugin's account; its default one without it." }),
    },
    async resolve(_root, { uses, field, search, account, ...page }, c) {
      const question = { uses, field, search: searchOf(search), account: account ?? undefined }
      return pageOfList(await actionChoices(c.core, workspaceOf(c), question), page)
    },
  }),
  credentialChoices: t.field({
    type: InputChoiceConnection,
    ...guarded('credentials:write', 'What may be filled in for a field of an account that is connected.'),
    args: {
      ...pageArgs,
      credentialId: t.arg.id({ required: true, description: 'The account.' }),
      field: t.arg.string({ required: true, description: 'The `key` of the field.' }),
      search: t.arg.string({ description: args.search }),
    },
    async resolve(_root, { credentialId, field, search, ...page }, c) {
      const workspaceId = workspaceOf(c)
      const credential = await findCredentialById(c.core, workspaceId, rowId('Credential', credentialId))
      const installation = c.core.plugins.list(workspaceId).find(({ id }) => id === credential?.installationId)
      if (!credential || !installation) throw new TraeError('NOT_FOUND', 'There is no such account in this workspace.')
      const question = { template: credential.template, account: credential.account, field, search: searchOf(search) }
      return pageOfList(await fieldChoices(c.core, installation, question), page)
    },
  }),
}))
