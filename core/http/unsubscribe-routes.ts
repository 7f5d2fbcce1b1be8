import { type RequestHandler, type Response, Router, urlencoded } from 'express'
import type { Core } from '../context.ts'
import { openUnsubscribeToken } from '../mail/unsubscribe-link.ts'
import { type LetterReader, readerOf, unsubscribeReader } from '../sales/unsubscribe-reader.ts'
import { chooseLocale, type Locale } from './landing/texts.ts'
import { route } from './route.ts'
import { noReaderPage, unsubscribePage } from './unsubscribe-page.ts'
import { sendPage } from './send-page.ts'

const readBody = urlencoded({ extended: false, limit: '4kb', inflate: false })

/**
 * `/unsubscribe/:token`, the address that stands in the head of letters to leads. GET shows a button and changes nothing, whoever
 * fetches it ahead; POST unsubscribes, also when a mail program does it in one click (RFC 8058).
 */
export function unsubscribeRouter(core: Pick<Core, 'sql' | 'clock' | 'pubsub' | 'vault'>): Router {
  const router = Router()

  const on =
    (handle: (messageId: string, reader: LetterReader, response: Response) => Promise<void> | void): RequestHandler =>
    async (request, response) => {
      const messageId = openUnsubscribeToken(core, String(request.params['token']))
      const reader = messageId === undefined ? null : await readerOf(core, messageId)
      if (messageId !== undefined && reader) return handle(messageId, reader, response)
      const locale = chooseLocale(request.query['lang'], request.headers['accept-language'])
      sendPage(response.status(404), { locale, secret: true }, nonce => noReaderPage(locale, nonce))
    }

  const show = on((_messageId, reader, response) => sendLetterPage(response, reader))

  const unsubscribe = on(async (messageId, reader, response) => {
    await unsubscribeReader(core, messageId)
    sendLetterPage(response, { ...reader, unsubscribed: true })
  })

  route(router, '/unsubscribe/:token', { GET: [show], POST: [readBody, unsubscribe] })
  return router
}

function sendLetterPage(response: Response, reader: LetterReader): void {
  const locale = localeOf(reader)
  sendPage(response, { locale, secret: true }, nonce => unsubscribePage(reader, locale, nonce))
}

const localeOf = ({ locale }: LetterReader): Locale => (locale.startsWith('pt') ? 'pt-BR' : 'en')
