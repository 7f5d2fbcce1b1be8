import type { Request, RequestHandler, Response } from 'express'
import { TraeError } from '../errors.ts'
import { missingPage } from './landing/page.ts'
import { chooseLocale } from './landing/texts.ts'
import { sendPage } from './send-page.ts'

/** Behind every door: who browses gets a page, every other client `NOT_FOUND`. */
export const nothingHere: RequestHandler = (request, response) => {
  if (request.method !== 'GET' || request.accepts(['json', 'html']) !== 'html')
    throw new TraeError('NOT_FOUND', `There is nothing at ${request.path}.`)
  sendMissing(request, response)
}

/** 404 with a page for people, in their language. */
export function sendMissing(request: Request, response: Response): void {
  const locale = chooseLocale(request.query['lang'], request.headers['accept-language'])
  sendPage(response.status(404), { locale }, nonce => missingPage(locale, { nonce }))
}
