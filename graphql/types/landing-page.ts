import { LANDING_PAGE_STATUSES, type LandingPage } from '../../core/sales/landing-page.ts'
import {
  landingFigures,
  type LandingPageFigures,
  type LandingPageVersion,
  listLandingPages,
  listLandingVersions,
} from '../../core/sales/read-landing-pages.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf, pageArgs } from '../connection.ts'
import { workspaceOf } from '../context.ts'
import { described } from '../described.ts'
import { follow } from '../follow.ts'
import { rowId } from '../node-id.ts'
import { LandingContentRef } from './landing-content.ts'
import { Node, nodeId } from './node.ts'

const LandingPageStatusType = builder.enumType('LandingPageStatus', {
  description: 'Who sees a page.',
  values: described(LANDING_PAGE_STATUSES, {
    DRAFT: 'Nobody has seen it yet.',
    PUBLISHED: 'Whoever has its address.',
    WITHDRAWN: 'Nobody any more.',
  }),
})
const VersionRef = builder.objectRef<LandingPageVersion>('LandingPageVersion').implement({
  description: 'What a page said from a moment on.',
  fields: t => ({
    version: t.exposeInt('version', { description: 'Counts up; the consent of a lead names it.' }),
    content: t.field({ type: LandingContentRef, description: 'What it says.', resolve: ({ content }) => content }),
    publishedAt: t.expose('publishedAt', { type: 'DateTime', description: 'Since when.' }),
  }),
})
const FiguresRef = builder.objectRef<LandingPageFigures>('LandingPageFigures').implement({
  description: 'How a page does, since it is there.',
  fields: t => ({
    seen: t.exposeInt('seen', {
      description: 'How often it was sent to a browser; programs that say what they are do not count.',
    }),
    submitted: t.exposeInt('submitted', { description: 'Forms that were stored; one that was sent twice is one.' }),
    leads: t.exposeInt('leads', { description: 'Different leads of those.' }),
    qualified: t.exposeInt('qualified', { description: 'Of these leads, who is QUALIFIED or CONVERTED by now.' }),
  }),
})

export const LandingPageRef = builder.objectRef<LandingPage>('LandingPage').implement({
  description: 'A page with a form that people of the workspace write.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('LandingPage', ({ id }) => id)),
    slug: t.exposeString('slug', { description: 'Its address on this host is /p/<slug>, for good.' }),
    status: t.field({ type: LandingPageStatusType, description: 'Who sees it.', resolve: ({ status }) => status }),
    content: t.field({ type: LandingContentRef, description: 'The draft.', resolve: ({ content }) => content }),
    revision: t.exposeInt('revision', { description: 'Of the draft: give it back when you change it.' }),
    version: t.exposeInt('version', { nullable: true, description: 'What was published last.' }),
    changed: t.exposeBoolean('changed', { description: 'Does the draft say something else than that?' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was begun.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When anything of it changed.' }),
    versions: t.field({
      type: [VersionRef],
      description: 'What was published, newest first, at most 50.',
      resolve: ({ id }, _args, c) => listLandingVersions(c.core, workspaceOf(c), id),
    }),
    figures: t.field({
      type: FiguresRef,
      description: 'How it does.',
      resolve: (page, _args, c) => landingFigures(c.core, workspaceOf(c), page),
    }),
  }),
})

const LandingPageFilter = builder.inputType('LandingPageFilter', {
  description: 'Which pages. All conditions must hold.',
  fields: t => ({
    statuses: t.field({ type: [LandingPageStatusType], description: 'One of these.' }),
    search: t.string({ description: 'With this anywhere in the address or the headline.' }),
  }),
})

builder.queryFields(t => ({
  landingPages: t.field({
    type: connectionOf<LandingPage>('LandingPage', LandingPageRef),
    ...guarded('pages:read', 'The landing pages, newest first.'),
    args: { ...pageArgs, filter: t.arg({ type: LandingPageFilter, description: 'Which ones.' }) },
    resolve: (_root, args, c) => listLandingPages(c.core, workspaceOf(c), args),
  }),
}))

const UpdatedPayload = builder.objectRef<{ page: LandingPage }>('LandingPageUpdatedPayload').implement({
  description: 'A page that changed, was seen, or whose form was sent.',
  fields: t => ({ page: t.field({ type: LandingPageRef, description: 'As it is now.', resolve: ({ page }) => page }) }),
})
builder.subscriptionField('landingPageUpdated', t =>
  t.field({
    type: UpdatedPayload,
    ...guarded('pages:read', 'A page changed, was seen, or its form was sent.'),
    args: { pageId: t.arg.id({ description: 'Only this one; every page of the workspace without it.' }) },
    subscribe: (_root, { pageId }, c) => {
      const only = pageId ? rowId('LandingPage', pageId) : undefined
      return follow(c, 'landing-page.updated', async detail => {
        if (only !== undefined && detail.pageId !== only) return []
        const page = await c.loaders.landingPage.load(detail.pageId)
        return page ? [{ page }] : []
      })
    },
    resolve: payload => payload,
  }),
)
