import { existsSync } from 'node:fs'
import { join } from 'node:path'
import express, { Router } from 'express'
import { TraeError } from '../errors.ts'

export const ADMIN_UI = join(import.meta.dirname, '../../dist/admin-ui')

/** The built admin UI under /admin: hashed files for ever, the page itself always fresh, and for every address it routes. */
export function staticUi(folder: string = ADMIN_UI): Router {
  const router = Router()
  router.get('/', (_request, response) => response.redirect(302, '/admin/'))
  router.use(
    '/admin',
    express.static(folder, {
      index: false,
      redirect: false,
      setHeaders(response, path) {
        response.setHeader(
          'cache-control',
          path.startsWith(join(folder, 'assets')) ? 'public, max-age=31536000, immutable' : 'no-cache',
        )
      },
    }),
  )
  router.get(['/admin', '/admin/*path'], (request, response) => {
    if (/\/[^/]+\.\w+$/.test(request.path)) throw new TraeError('NOT_FOUND', `There is no file ${request.path}.`)
    response.setHeader('cache-control', 'no-cache')
    if (existsSync(join(folder, 'index.html')))
      return response.sendFile(join(folder, 'index.html'), { cacheControl: false })
    return response.status(503).type('html').send(NOT_BUILT)
  })
  return router
}

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>TRAE OS</title>
<body style="font: 1rem/1.5 system-ui; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
<h1>The admin UI is not built yet</h1><p>Run <code>npm run build</code> and load this page again. The API answers meanwhile.</p>`
