import { type RequestHandler, type Response, Router, urlencoded } from 'express'
import type { Core } from '../context.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { captureLead } from '../sales/capture-lead.ts'
import { checkForm, dedupeKey, readForm, type Typed } from './landing/form.ts'
import { landingPage, missingPage, thanksPage } from './landing/page.ts'
import { chooseLocale, type Locale } from './landing/texts.ts'
import { route } from './route.ts'
import { sendPage } from './send-page.ts'

const SLUGS: ReadonlySet<string> = new Set(['demo'])
const readBody = urlencoded({ extended: false, limit: '64kb', inflate: false })

/**
 * Landing pages: `GET /l/:slug` shows the form, `POST /l/:slug` stores a lead and sends the visitor on to
 * `/l/:slug/thanks`. A wrong form comes back with 422 and everything that was typed, one that could not be stored with 503.
 */
export function landingRouter(
  core: Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub' | 'log'>,
  options: { readonly workspaceId: WorkspaceId },
): Router {
  const router = Router()

  const show: RequestHandler = (request, response) => {
    const locale = localeOf(request)
    const slug = knownSlug(request.params['slug'])
    if (slug === undefined) return sendMissing(response, locale)
    sendForm(response, locale, slug, { ...readForm(request.query), token: newId() })
  }

  const store: RequestHandler = async (request, response) => {
    const locale = localeOf(request)
    const slug = knownSlug(request.params['slug'])
    if (slug === undefined) return sendMissing(response, locale)
    const typed = readForm(request.body ?? {})
    const thanks = `/l/${slug}/thanks?lang=${locale}`
    if (typed.trap !== '') return response.redirect(303, thanks) // a program filled it in: let it believe so
    const { input, errors } = checkForm(typed, locale)
    if (!input) return sendForm(response.status(422), locale, slug, typed, { errors })
    try {
      await captureLead(core, options.workspaceId, input, { source: `form:${slug}`, dedupeKey: dedupeKey(slug, typed) })
    } catch (error) {
      core.log.error({ err: error }, 'a form could not be stored')
      return sendForm(response.status(503), locale, slug, typed, { unavailable: true })
    }
    response.redirect(303, thanks)
  }

  const thank: RequestHandler = (request, response) => {
    const locale = localeOf(request)
    const slug = knownSlug(request.params['slug'])
    if (slug === undefined) return sendMissing(response, locale)
    sendVaried(response, locale, nonce => thanksPage(locale, { nonce, again: `/l/${slug}?lang=${locale}` }))
  }

  route(router, '/l/:slug', { GET: [show], POST: [readBody, store] })
  route(router, '/l/:slug/thanks', { GET: [thank] })
  return router
}

function knownSlug(slug: unknown): string | undefined {
  return typeof slug === 'string' && SLUGS.has(slug) ? slug : undefined
}

const localeOf = (request: {
  query: Record<string, unknown>
  headers: { 'accept-language'?: string | undefined }
}): Locale => chooseLocale(request.query['lang'], request.headers['accept-language'])

function sendForm(
  response: Response,
  locale: Locale,
  slug: string,
  typed: Typed,
  found: Pick<Parameters<typeof landingPage>[1], 'errors' | 'unavailable'> = {},
): void {
  const utm = Object.entries(typed.utm).map(([name, value]) => [`utm_${name}`, value])
  const address = (lang: Locale) => `/l/${slug}?${new URLSearchParams([['lang', lang], ...utm])}`
  sendVaried(response, locale, nonce =>
    landingPage(locale, {
      nonce,
      action: address(locale),
      otherLanguage: address(locale === 'en' ? 'pt-BR' : 'en'),
      typed,
      ...found,
    }),
  )
}

function sendMissing(response: Response, locale: Locale): void {
  sendVaried(response.status(404), locale, nonce => missingPage(locale, { nonce }))
}

function sendVaried(response: Response, locale: Locale, page: (nonce: string) => string): void {
  response.vary('accept-language')
  sendPage(response, { locale }, page)
}
