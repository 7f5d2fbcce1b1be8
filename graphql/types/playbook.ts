import type { Diagnostic } from '../../core/playbooks/diagnostic.ts'
import { playbookSchema } from '../../core/playbooks/playbook-schema.ts'
import { PLAYBOOK_STATUSES, type PlaybookRecord, type VersionRecord } from '../../core/publishing/playbook-record.ts'
import { findPlaybook, listPlaybooks } from '../../core/publishing/read-playbooks.ts'
import { acceptedModules } from '../accepted.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { ORDER, sortInput } from '../sorting.ts'
import { workspaceOf } from '../context.ts'
import { described } from '../described.ts'
import { Node, nodeId } from './node.ts'
import { PlaybookDraftRef } from './playbook-draft.ts'
import { diagnose, DiagnosticRef, PlaybookVersionRef } from './playbook-version.ts'
import { PlaybookRef } from './refs.ts'
import { filterOf, RunConnection, RunFilterInput, RunSort } from './run.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const PlaybookStatus = builder.enumType('PlaybookStatus', {
  description: 'Does a playbook start runs?',
  values: described(PLAYBOOK_STATUSES, {
    ACTIVE: 'It starts runs.',
    PAUSED: 'It starts none; runs under way go on.',
    ARCHIVED: 'It is put away: it starts none and takes no new version; runs under way go on.',
  }),
})
/** Made when somebody first asks: a start is quicker without it. */
let schema: ReturnType<typeof playbookSchema> | undefined
const PlaybookVersionConnection = connectionOf<VersionRecord>('PlaybookVersion', PlaybookVersionRef)

PlaybookRef.implement({
  description: 'What to do about an event: a YAML file with triggers and steps.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('Playbook', ({ id }) => id)),
    slug: t.exposeString('slug', { description: 'The `id` in its file.' }),
    name: t.exposeString('name', { description: 'Its name for people.' }),
    module: t.exposeString('module', { description: 'The module it works for, as pre_vendas.' }),
    status: t.field({
      type: PlaybookStatus,
      description: 'Does it start runs?',
      resolve: ({ status }) => status,
    }),
    statusReason: t.exposeString('statusReason', {
      nullable: true,
      description: 'Why the host paused it; null where a person did.',
    }),
    published: t.field({
      type: PlaybookVersionRef,
      nullable: true,
      description: 'The version that new runs take.',
      resolve: ({ publishedVersionId }, _args, c) =>
        publishedVersionId ? c.loaders.version.load(publishedVersionId) : null,
    }),
    draft: t.field({
      type: PlaybookDraftRef,
      nullable: true,
      description: 'The text that somebody works on; null where the published text is the last one.',
      resolve: ({ id }, _args, c) => c.loaders.draft.load(id),
    }),
    versions: t.field({
      type: PlaybookVersionConnection,
      description: 'Every version, newest first.',
      args: pageArgs,
      resolve: (playbook, page, c) => c.loaders.versionsOf.load({ id: playbook.id, page }),
    }),
    runs: t.field({
      type: RunConnection,
      ...guarded('runs:read', 'Its runs, newest first.'),
      args: {
        ...pageArgs,
        filter: t.arg({ type: RunFilterInput, description: 'Which ones.' }),
        sort: t.arg({ type: RunSort, description: ORDER }),
      },
      resolve: (playbook, { filter, ...page }, c) =>
        c.loaders.runsOfPlaybook.load({ id: playbook.id, page: { ...page, filter: filterOf(filter) } }),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was first published.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When anything of this changed.' }),
  }),
})

const PlaybookConnection = connectionOf<PlaybookRecord>('Playbook', PlaybookRef)

const PlaybookFilterInput = builder.inputType('PlaybookFilter', {
  description: 'Which playbooks. All conditions must hold.',
  fields: t => ({
    modules: t.stringList({ description: 'Of one of these modules.' }),
    statuses: t.field({ type: [PlaybookStatus], description: 'In one of these.' }),
    search: t.string({ description: 'With this anywhere in the name or the `id` of its file.' }),
  }),
})
const PlaybookSort = sortInput('Playbook', {
  createdAt: 'When it was first published.',
  updatedAt: 'When anything of it changed.',
  name: 'Its name, without regard to case.',
})

builder.queryFields(t => ({
  playbooks: t.field({
    type: PlaybookConnection,
    ...guarded('playbooks:read', 'The playbooks, newest first unless `sort` says otherwise.'),
    args: {
      ...pageArgs,
      filter: t.arg({ type: PlaybookFilterInput, description: 'Which ones.' }),
      sort: t.arg({ type: PlaybookSort, description: ORDER }),
    },
    resolve: (_root, { filter, ...page }, c) =>
      listPlaybooks(c.core, workspaceOf(c), {
        ...page,
        filter: filter && { ...filter, modules: acceptedModules(filter.modules) },
      }),
  }),
  playbook: t.field({
    type: PlaybookRef,
    nullable: true,
    ...guarded('playbooks:read', 'One playbook; null where there is none.'),
    args: { slug: t.arg.string({ required: true, description: 'The `id` in its file.' }) },
    resolve: (_root, { slug }, c) => findPlaybook(c.core, workspaceOf(c), slug),
  }),
  playbookSchema: t.field({
    type: 'JSON',
    ...guarded(
      'playbooks:read',
      'JSON Schema of a playbook file, for editors: what they complete, and how they explain it.',
    ),
    resolve: () => (schema ??= playbookSchema()),
  }),
}))

const PlaybookValidateInput = builder.inputType('PlaybookValidateInput', {
  description: 'A text to check.',
  fields: t => ({ source: t.string({ required: true, description: 'The YAML.' }) }),
})

const PlaybookValidatePayload = builder
  .objectRef<Outcome<{ diagnostics: Diagnostic[] }>>('PlaybookValidatePayload')
  .implement({
    description: 'What the check found.',
    fields: t => ({
      diagnostics: t.field({
        type: [DiagnosticRef],
        description: 'Every finding, by position; none of severity ERROR means that it can be published.',
        resolve: payload => payload.diagnostics ?? [],
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way of checking.',
        resolve: payload => [...payload.userErrors],
      }),
    }),
  })

builder.mutationField('playbookValidate', t =>
  t.field({
    type: PlaybookValidatePayload,
    ...guarded('playbooks:validate', 'Checks a text as publishing would, and changes nothing.'),
    args: { input: t.arg({ type: PlaybookValidateInput, required: true, description: 'The text.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ diagnostics: null }, async () => ({ diagnostics: await diagnose(c, input.source) })),
  }),
)
