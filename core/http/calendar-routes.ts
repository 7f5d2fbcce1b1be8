import { createHash } from 'node:crypto'
import { Router } from 'express'
import { openFeedToken } from '../calendars/feed.ts'
import { writeFeed } from '../calendars/write-calendar.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { route } from './route.ts'

/** `/calendars/:token.ics`, the secret address of somebody's meetings, for calendars that subscribe (RFC 5545, RFC 7986). */
export function calendarRouter(core: Pick<Core, 'sql' | 'clock' | 'vault' | 'config'>): Router {
  const router = Router()
  route(router, '/calendars/:file', {
    GET: [
      async (request, response) => {
        const [, token] = /^([\w-]+)\.ics$/.exec(String(request.params['file'])) ?? []
        const id = token === undefined ? undefined : openFeedToken(core, token)
        const text = id === undefined ? null : await writeFeed(core, id)
        if (text === null) throw new TraeError('NOT_FOUND', 'This calendar is not there, or its address was revoked.')
        const etag = `"${createHash('sha256').update(text).digest('base64url')}"`
        response.setHeader('cache-control', 'private, no-cache')
        response.setHeader('etag', etag)
        response.setHeader('x-robots-tag', 'noindex')
        if (request.headers['if-none-match'] === etag) return void response.status(304).end()
        response.setHeader('content-disposition', 'inline; filename="trae.ics"')
        response.type('text/calendar; charset=utf-8').send(text)
      },
    ],
  })
  return router
}
