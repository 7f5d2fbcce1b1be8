import { type Request, type RequestHandler, type Response, Router, urlencoded } from 'express'
import type { Window } from '../adapters/limits/limits.ts'
import type { Core } from '../context.ts'
import { newId } from '../ids.ts'
import { captureLead } from '../sales/capture-lead.ts'
import { originOf } from '../sales/landing-page.ts'
import { countSeen, type PublishedPage, publishedPage } from '../sales/read-landing-pages.ts'
import { addressOf, countedAddress } from './client-address.ts'
import { dedupeKey } from './landing/form.ts'
import { checkOwnForm, type OwnTyped, readOwnForm } from './landing/own-form.ts'
import { ownPage, type OwnPageView, ownThanks } from './landing/own-page.ts'
import { sendMissing } from './nothing-here.ts'
import { route } from './route.ts'
import { sendPage } from './send-page.ts'

const readBody = urlencoded({ extended: false, limit: '64kb', inflate: false })

/** Forms that one address may store: an office behind one address comes through, a program that tries does not. */
const FORMS: readonly Window[] = [
  { name: 'minute', seconds: 60, limit: 20 },
  { name: 'hour', seconds: 3600, limit: 200 },
]

/** Programs that say what they are: what they fetch, nobody has seen. */
const PROGRAM = /bot|crawl|spider|preview|monitor|curl|wget/i

/**
 * Pages that people of a workspace wrote: `GET /p/:slug`, `POST` stores a lead, and a visitor goes on to
 * `/p/:slug/thanks` or where the page says. `/p/:slug/embed` is the form alone, for pages of the sites that the page names.
 */
export function ownPagesRouter(
  core: Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub' | 'log' | 'limits' | 'config'>,
): Router {
  const router = Router()

  const on =
    (handle: (page: PublishedPage, request: Request, response: Response) => Promise<void> | void): RequestHandler =>
    async (request, response) => {
      const slug = String(request.params['slug'])
      const page = await publishedPage(core, slug)
      return page ? handle(page, request, response) : sendMissing(request, response)
    }

  const show = (embedded: boolean) =>
    on((page, request, response) => {
      const typed = { ...readOwnForm(page.content, request.query, foreignReferrer(request)), token: newId() }
      sendForm(response, page, { typed, embedded })
      if (request.method === 'GET' && !PROGRAM.test(request.headers['user-agent'] ?? ''))
        countSeen(core, page).catch(error => core.log.error({ err: error }, 'a view of a page was not counted'))
    })

  const store = (embedded: boolean) =>
    on(async (page, request, response) => {
      const typed = readOwnForm(page.content, request.body ?? {})
      if (typed.trap !== '') return sendOn(response, page, embedded) // a program filled it in: let it believe so
      const { input, errors } = checkOwnForm(page, typed)
      if (!input) return sendForm(response.status(422), page, { typed, embedded, errors })
      try {
        const taken = await core.limits.take(`form:${countedAddress(addressOf(core, request))}`, FORMS)
        if (!taken.allowed) {
          response.setHeader('retry-after', Math.max(...taken.left.map(({ reset }) => reset)))
          return sendForm(response.status(429), page, { typed, embedded, problem: 'tooMany' })
        }
        const dedupe = dedupeKey(`p/${page.slug}`, typed)
        await captureLead(core, page.workspaceId, input, { source: originOf(page.slug), dedupeKey: dedupe })
      } catch (error) {
        core.log.error({ err: error }, 'a form could not be stored')
        return sendForm(response.status(503), page, { typed, embedded, problem: 'unavailable' })
      }
      core.pubsub.publish('landing-page.updated', { workspaceId: page.workspaceId, pageId: page.id })
      sendOn(response, page, embedded)
    })

  const thank = (embedded: boolean) =>
    on(({ content }, _request, response) => {
      const onward = embedded ? content.redirectTo : null
      const sites = embedded ? content.embedOrigins : []
      sendPage(response, { locale: content.locale, sites }, nonce => ownThanks(content, { nonce, embedded, onward }))
    })

  route(router, '/p/:slug', { GET: [show(false)], POST: [readBody, store(false)] })
  route(router, '/p/:slug/thanks', { GET: [thank(false)] })
  route(router, '/p/:slug/embed', { GET: [show(true)], POST: [readBody, store(true)] })
  route(router, '/p/:slug/embed/thanks', { GET: [thank(true)] })
  return router
}

/** Where the visitor came from, unless that is this host itself; undefined where the browser does not say. */
function foreignReferrer(request: Request): string | undefined {
  const { referer, host } = request.headers
  return referer !== undefined && URL.parse(referer)?.host !== host ? referer : undefined
}

function sendOn(response: Response, { slug, content }: PublishedPage, embedded: boolean): void {
  if (embedded) return response.redirect(303, `/p/${slug}/embed/thanks`)
  response.redirect(303, content.redirectTo ?? `/p/${slug}/thanks`)
}

function sendForm(
  response: Response,
  { slug, content }: PublishedPage,
  view: Pick<OwnPageView, 'errors' | 'problem'> & { readonly typed: OwnTyped; readonly embedded: boolean },
): void {
  // Browsers hold a redirect after a form to its policy as well
  const onward = !view.embedded && content.redirectTo !== null ? [new URL(content.redirectTo).origin] : []
  const sites = view.embedded ? content.embedOrigins : []
  const action = `/p/${slug}${view.embedded ? '/embed' : ''}`
  sendPage(response, { locale: content.locale, sites, onward }, nonce => ownPage(content, { nonce, action, ...view }))
}
