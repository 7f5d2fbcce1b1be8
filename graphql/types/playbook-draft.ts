import { createPlaybook, discardDraft, type PlaybookDraft, saveDraft } from '../../core/publishing/drafts.ts'
import type { PlaybookRecord } from '../../core/publishing/playbook-record.ts'
import { findPlaybooks } from '../../core/publishing/read-playbooks.ts'
import { TraeError } from '../../core/errors.ts'
import { builder, guarded } from '../builder.ts'
import { type Context, viewerOf, workspaceOf } from '../context.ts'
import { rowId } from '../node-id.ts'
import { diagnose, DiagnosticRef } from './playbook-version.ts'
import { PlaybookRef } from './refs.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'
import { UserRef } from './workspace.ts'

export const PlaybookDraftRef = builder.objectRef<PlaybookDraft>('PlaybookDraft').implement({
  description: 'A text of a playbook that is worked on; it may have errors, and starts nothing.',
  fields: t => ({
    source: t.exposeString('source', { description: 'The YAML.' }),
    sourceHash: t.exposeString('sourceHash', {
      description: 'SHA-256 of the YAML, hexadecimal: give it as `baseSourceHash` when you save.',
    }),
    diagnostics: t.field({
      type: [DiagnosticRef],
      description: 'What the check says of it now.',
      resolve: ({ source }, _args, c) => diagnose(c, source),
    }),
    savedAt: t.expose('savedAt', { type: 'DateTime', description: 'When it was saved.' }),
    savedBy: t.field({
      type: UserRef,
      nullable: true,
      description: 'Who saved it.',
      resolve: ({ savedBy }, _args, c) => (savedBy ? c.loaders.user.load(savedBy) : null),
    }),
  }),
})

/** A playbook as it is now, past what the loaders remember. */
export async function currentPlaybook(c: Context, id: string): Promise<PlaybookRecord> {
  c.loaders.playbook.clear(id)
  c.loaders.draft.clear(id)
  const [playbook] = await findPlaybooks(c.core, workspaceOf(c), [id])
  if (!playbook) throw new TraeError('NOT_FOUND', 'There is no such playbook in this workspace.')
  return playbook
}

export const PlaybookPayload = (name: string, description: string) =>
  builder.objectRef<Outcome<{ playbook: PlaybookRecord }>>(name).implement({
    description,
    fields: t => ({
      playbook: t.field({
        type: PlaybookRef,
        nullable: true,
        description: 'The playbook as it is now.',
        resolve: payload => payload.playbook,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: payload => [...payload.userErrors],
      }),
    }),
  })

const PlaybookCreateInput = builder.inputType('PlaybookCreateInput', {
  description: 'A playbook that is to be. It begins as a draft.',
  fields: t => ({
    name: t.string({ required: true, description: 'Its name for people.' }),
    slug: t.string({ description: 'The `id` in its text; made of the name without it.' }),
    source: t.string({ description: 'The YAML; a small example without it.' }),
    template: t.string({
      description:
        'In place of `source`: the `slug` of one of `playbookTemplates`, whose text is copied under the new id and name.',
    }),
    locale: t.string({ description: 'Of the texts of the template: pt-BR (without it) or en.' }),
  }),
})

builder.mutationField('playbookCreate', t =>
  t.field({
    type: PlaybookPayload('PlaybookCreatePayload', 'A new playbook.'),
    ...guarded('playbooks:write', 'Makes a playbook with a draft; nothing starts before it is published.'),
    args: { input: t.arg({ type: PlaybookCreateInput, required: true, description: 'The playbook.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ playbook: null }, async () => ({
        playbook: await createPlaybook(c.core, workspaceOf(c), {
          name: input.name,
          slug: input.slug ?? undefined,
          source: input.source ?? undefined,
          template: input.template ? { slug: input.template, locale: input.locale ?? 'pt-BR' } : undefined,
          by: viewerOf(c).userId,
        }),
      })),
  }),
)

const PlaybookSaveDraftInput = builder.inputType('PlaybookSaveDraftInput', {
  description: 'A text to keep.',
  fields: t => ({
    playbookId: t.id({ required: true, description: 'The playbook.' }),
    source: t.string({ required: true, description: 'The YAML, also with errors in it.' }),
    baseSourceHash: t.string({
      required: true,
      description: 'Hash of the text that you began with: of the draft, else of the published version.',
    }),
  }),
})

const PlaybookSaveDraftPayload = builder
  .objectRef<Outcome<{ draft: PlaybookDraft }>>('PlaybookSaveDraftPayload')
  .implement({
    description: 'A draft that was kept.',
    fields: t => ({
      draft: t.field({
        type: PlaybookDraftRef,
        nullable: true,
        description: 'The draft with its findings; null where it was not kept.',
        resolve: payload => payload.draft,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way; STALE_VERSION where somebody else has changed the text meanwhile.',
        resolve: payload => [...payload.userErrors],
      }),
    }),
  })

builder.mutationField('playbookSaveDraft', t =>
  t.field({
    type: PlaybookSaveDraftPayload,
    ...guarded('playbooks:write', 'Keeps a text as the draft of a playbook; what is published stays in force.'),
    args: { input: t.arg({ type: PlaybookSaveDraftInput, required: true, description: 'The text.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ draft: null }, async () => ({
        draft: await saveDraft(c.core, workspaceOf(c), rowId('Playbook', input.playbookId), {
          source: input.source,
          baseHash: input.baseSourceHash,
          by: viewerOf(c).userId,
        }),
      })),
  }),
)

const PlaybookDiscardDraftInput = builder.inputType('PlaybookDiscardDraftInput', {
  description: 'Whose draft is to go.',
  fields: t => ({ playbookId: t.id({ required: true, description: 'The playbook.' }) }),
})

builder.mutationField('playbookDiscardDraft', t =>
  t.field({
    type: PlaybookPayload('PlaybookDiscardDraftPayload', 'A playbook without its draft.'),
    ...guarded('playbooks:write', 'Throws the draft of a published playbook away.'),
    args: { input: t.arg({ type: PlaybookDiscardDraftInput, required: true, description: 'Whose.' }) },
    resolve: (_root, { input }, c) =>
      outcome({ playbook: null }, async () => {
        const id = rowId('Playbook', input.playbookId)
        await discardDraft(c.core, workspaceOf(c), id)
        return { playbook: await currentPlaybook(c, id) }
      }),
  }),
)
