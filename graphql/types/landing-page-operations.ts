import { z } from 'zod'
import { getWorkspace } from '../../core/access/workspace.ts'
import { readOwnForm } from '../../core/http/landing/own-form.ts'
import { ownPage } from '../../core/http/landing/own-page.ts'
import { landingContent, type LandingPage, sampleContent } from '../../core/sales/landing-page.ts'
import {
  createLandingPage,
  publishLandingPage,
  restoreLandingPage,
  saveLandingPage,
  withdrawLandingPage,
} from '../../core/sales/landing-pages.ts'
import { builder, guarded } from '../builder.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { rowId } from '../node-id.ts'
import { contentOf, LandingContentInput, LandingLocale } from './landing-content.ts'
import { LandingPageRef } from './landing-page.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'

const payload = (name: string, description: string) =>
  builder.objectRef<Outcome<{ page: LandingPage }>>(name).implement({
    description,
    fields: t => ({
      page: t.field({
        type: LandingPageRef,
        nullable: true,
        description: 'As it is now.',
        resolve: ({ page }) => page,
      }),
      userErrors: t.field({
        type: [UserErrorRef],
        description: 'What stood in the way.',
        resolve: ({ userErrors }) => [...userErrors],
      }),
    }),
  })

const PreviewPayload = builder.objectRef<Outcome<{ html: string }>>('LandingPagePreviewPayload').implement({
  description: 'A page as visitors would see it.',
  fields: t => ({
    html: t.exposeString('html', { nullable: true, description: 'The whole document. It has no script.' }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What could not be published.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})

const CreateInput = builder.inputType('LandingPageCreateInput', {
  description: 'A page as it begins.',
  fields: t => ({
    slug: t.string({ required: true, description: 'Its address, for good: small letters, digits and dashes.' }),
    locale: t.field({ type: LandingLocale, required: true, description: 'The language of what it says at first.' }),
    content: t.field({ type: LandingContentInput, description: 'What it says; without it, a sample to begin with.' }),
  }),
})
const SaveInput = builder.inputType('LandingPageSaveInput', {
  description: 'A draft of a page.',
  fields: t => ({
    pageId: t.id({ required: true, description: 'Which.' }),
    revision: t.int({ required: true, description: 'Of the draft that was changed.' }),
    content: t.field({ type: LandingContentInput, required: true, description: 'What it says now.' }),
  }),
})
const PublishInput = builder.inputType('LandingPagePublishInput', {
  description: 'A draft that visitors are to see.',
  fields: t => ({
    pageId: t.id({ required: true, description: 'Which.' }),
    revision: t.int({ required: true, description: 'Of the draft that was looked at.' }),
  }),
})
const WithdrawInput = builder.inputType('LandingPageWithdrawInput', {
  description: 'A page that visitors are to see no more.',
  fields: t => ({ pageId: t.id({ required: true, description: 'Which.' }) }),
})
const RestoreInput = builder.inputType('LandingPageRestoreInput', {
  description: 'A version that becomes the draft again.',
  fields: t => ({
    pageId: t.id({ required: true, description: 'Which.' }),
    revision: t.int({ required: true, description: 'Of the draft that it replaces.' }),
    version: t.int({ required: true, description: 'Which version.' }),
  }),
})
const PreviewInput = builder.inputType('LandingPagePreviewInput', {
  description: 'A draft that is to be seen before it is stored.',
  fields: t => ({ content: t.field({ type: LandingContentInput, required: true, description: 'What it says.' }) }),
})

const inputArg = { required: true, description: 'Which, and what.' } as const
const idOf = ({ pageId, revision }: { pageId: string; revision: number }) => ({
  id: rowId('LandingPage', pageId),
  revision,
})

builder.mutationFields(t => ({
  landingPageCreate: t.field({
    type: payload('LandingPageCreatePayload', 'A page that was begun.'),
    ...guarded('pages:write', 'Begins a landing page, as a draft that nobody sees.'),
    args: { input: t.arg({ type: CreateInput, ...inputArg }) },
    resolve: (_root, { input: { slug, locale, content } }, c) =>
      outcome({ page: null }, async () => {
        const company = async () => (await getWorkspace(c.core, workspaceOf(c))).name.slice(0, 60)
        const said = content ? contentOf(content) : sampleContent(locale === 'EN' ? 'en' : 'pt-BR', await company())
        return { page: await createLandingPage(c.core, workspaceOf(c), { slug, content: said }) }
      }),
  }),
  landingPageSave: t.field({
    type: payload('LandingPageSavePayload', 'A page whose draft was stored.'),
    ...guarded('pages:write', 'Stores the draft of a page; visitors see what was published.'),
    args: { input: t.arg({ type: SaveInput, ...inputArg }) },
    resolve: (_root, { input }, c) =>
      outcome({ page: null }, async () => ({
        page: await saveLandingPage(c.core, workspaceOf(c), { ...idOf(input), content: contentOf(input.content) }),
      })),
  }),
  landingPagePublish: t.field({
    type: payload('LandingPagePublishPayload', 'A page that visitors see now.'),
    ...guarded('pages:write', 'Makes a version of the draft and shows it to visitors.'),
    args: { input: t.arg({ type: PublishInput, ...inputArg }) },
    resolve: (_root, { input }, c) =>
      outcome({ page: null }, async () => ({
        page: await publishLandingPage(c.core, workspaceOf(c), idOf(input), viewerOf(c).userId),
      })),
  }),
  landingPageWithdraw: t.field({
    type: payload('LandingPageWithdrawPayload', 'A page that nobody sees any more.'),
    ...guarded('pages:write', 'Takes a page away from visitors; its leads and versions stay.'),
    args: { input: t.arg({ type: WithdrawInput, ...inputArg }) },
    resolve: (_root, { input }, c) =>
      outcome({ page: null }, async () => ({
        page: await withdrawLandingPage(c.core, workspaceOf(c), rowId('LandingPage', input.pageId)),
      })),
  }),
  landingPageRestore: t.field({
    type: payload('LandingPageRestorePayload', 'A page whose draft is an earlier version again.'),
    ...guarded('pages:write', 'Brings a version back into the draft.'),
    args: { input: t.arg({ type: RestoreInput, ...inputArg }) },
    resolve: (_root, { input }, c) =>
      outcome({ page: null }, async () => ({
        page: await restoreLandingPage(c.core, workspaceOf(c), { ...idOf(input), version: input.version }),
      })),
  }),
  landingPagePreview: t.field({
    type: PreviewPayload,
    ...guarded('pages:read', 'Shows what a page would look like; stores nothing.'),
    args: { input: t.arg({ type: PreviewInput, ...inputArg }) },
    resolve: (_root, { input }) =>
      outcome({ html: null }, async () => {
        const { content } = z.strictObject({ content: landingContent }).parse({ content: contentOf(input.content) })
        return { html: ownPage(content, { nonce: '', action: '#', typed: readOwnForm(content, {}) }) }
      }),
  }),
}))
