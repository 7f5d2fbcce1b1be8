import { Router } from 'express'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { statement } from '../sql.ts'
import { route } from './route.ts'

/**
 * `/healthz` says that this process turns (no dependencies: an outage of the database must not restart it), `/readyz`
 * that work may be sent here: the database answers and the process is not on its way out. Keys and migrations were
 * checked before the server was started.
 */
export function healthRoutes(core: Pick<Core, 'sql' | 'log'>, isDraining: () => boolean): Router {
  const router = Router()
  route(router, '/healthz', { GET: [(_request, response) => void response.json({ status: 'ok' })] })
  route(router, '/readyz', {
    GET: [
      async (_request, response) => {
        if (isDraining()) throw new TraeError('UNAVAILABLE', 'This process is stopping.')
        if (!(await databaseAnswers(core))) throw new TraeError('UNAVAILABLE', 'The database does not answer.')
        response.json({ status: 'ready' })
      },
    ],
  })
  return router
}

const PING = statement('http.ping', 'select 1 as pong')
const PATIENCE = 2000

async function databaseAnswers(core: Pick<Core, 'sql' | 'log'>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>(resolve => (timer = setTimeout(resolve, PATIENCE, false)))
  const answered = core.sql.query(PING).then(
    () => true,
    error => {
      core.log.warn({ err: error }, 'readiness: the database does not answer')
      return false
    },
  )
  return Promise.race([answered, late]).finally(() => clearTimeout(timer))
}
