import type { RequestHandler, Router } from 'express'
import { TraeError } from '../errors.ts'

type Method = 'GET' | 'POST'

/** Mounts what a path answers to; any other method is told which ones those are. */
export function route(router: Router, path: string, methods: Partial<Record<Method, RequestHandler[]>>): void {
  const allow = Object.keys(methods)
    .flatMap(method => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    .join(', ')
  if (methods.GET) router.get(path, ...methods.GET)
  if (methods.POST) router.post(path, ...methods.POST)
  router.all(path, (request, response) => {
    response.setHeader('allow', allow)
    if (request.method === 'OPTIONS') return void response.status(204).end()
    throw new TraeError('METHOD_NOT_ALLOWED', `${request.method} is not answered here. Use ${allow}.`)
  })
}
