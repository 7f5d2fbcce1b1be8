import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestHandler } from 'express'
import type { Taken, Window } from '../adapters/limits/limits.ts'
import type { Viewer } from '../access/viewer.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { addressOf, countedAddress } from './client-address.ts'
import { viewerOfKey } from './request-viewer.ts'

type LimitedCore = Pick<Core, 'limits' | 'config' | 'clock' | 'sql' | 'log' | 'metrics'>

/**
 * Counts every request that reaches it: one with a valid API key against the key alone, any other against its address,
 * also where the key is not valid. What is left stands in the headers of the answer. Posts to `/hooks/` count when they
 * are refused: who can sign them is not a stranger, and a vendor sends all of its customers' events from few addresses.
 * Throws `RATE_LIMITED`.
 */
export function limitRequests(core: LimitedCore): RequestHandler {
  return async (request, response, next) => {
    const key = await keyOf(core, request)
    const hook = key === undefined && request.path.startsWith('/hooks/')
    const count = (cost: number) => takeFor(core, request, key, cost)
    const taken = await count(hook ? 0 : 1)
    if (hook) response.once('finish', () => response.statusCode >= 400 && void count(1).catch(() => {}))
    showLimits(response, taken)
    if (taken.allowed) return next()
    response.setHeader('retry-after', refusal(taken).retryAfter)
    refuseOver(core, taken, key === undefined ? 'address' : 'key')
  }
}

/** Counts what comes over no request of its own: a web socket that is opened, a question on one. Throws `RATE_LIMITED`. */
export async function countOne(core: LimitedCore, request: IncomingMessage, viewer?: Viewer): Promise<void> {
  const key = viewer?.key?.id ?? (await keyOf(core, request))
  refuseOver(core, await takeFor(core, request, key, 1), key === undefined ? 'address' : 'key')
}

/**
 * Counts a stream that is opened on a web socket, which is no request: a page of the admin opens several. It counts against
 * its key or, where there is none, against the person, who may have as many as a key has requests: a team shares one address.
 * Throws `RATE_LIMITED`.
 */
export async function countStream(core: LimitedCore, viewer: Viewer): Promise<void> {
  const who = viewer.key ? `key:${viewer.key.id}` : `streams:${viewer.userId}`
  refuseOver(core, await core.limits.take(who, windowsOf(core.config.limits.key), 1), viewer.key ? 'key' : 'person')
}

/**
 * Takes what a GraphQL operation costs from the budget of this minute, which is the key's, the person's, or of nobody the
 * address's. Throws `RATE_LIMITED`, and then nothing was taken.
 */
export async function countCost(
  core: Pick<LimitedCore, 'limits' | 'config' | 'metrics'>,
  {
    viewer,
    address = '',
    showBudget,
  }: {
    readonly viewer: Viewer | undefined
    readonly address?: string | undefined
    readonly showBudget?: ((taken: Taken) => void) | undefined
  },
  cost: number,
): Promise<Taken> {
  const scope = viewer ? (viewer.key ? 'key' : 'person') : 'address'
  const who = viewer ? (viewer.key?.id ?? viewer.userId) : countedAddress(address)
  const window: Window = { name: 'cost', seconds: 60, limit: core.config.limits.cost }
  const taken = await core.limits.take(`${scope}:${who}`, [window], cost)
  showBudget?.(taken)
  if (taken.allowed || cost === 0) return taken
  core.metrics.rateLimited(scope)
  const [{ remaining, reset }] = taken.left as [Taken['left'][number]]
  throw new TraeError(
    'RATE_LIMITED',
    `This operation costs ${cost}, and ${window.limit - remaining} of the ${window.limit} that this ${scope} has a minute are spent. Try again in ${reset} seconds, or ask for less.`,
    { retryAfter: reset },
  )
}

function refuseOver(core: LimitedCore, taken: Taken, scope: 'address' | 'key' | 'person'): void {
  if (taken.allowed) return
  core.metrics.rateLimited(scope)
  const { retryAfter, message } = refusal(taken)
  throw new TraeError('RATE_LIMITED', message, { retryAfter })
}

const keyOf = async (core: LimitedCore, request: IncomingMessage) =>
  (await viewerOfKey(core, request).catch(() => undefined))?.key?.id

function takeFor(core: LimitedCore, request: IncomingMessage, key: string | undefined, cost: number): Promise<Taken> {
  const { limits } = core.config
  return key === undefined
    ? core.limits.take(`address:${countedAddress(addressOf(core, request))}`, windowsOf(limits.address), cost)
    : core.limits.take(`key:${key}`, windowsOf(limits.key), cost)
}

const windowsOf = ({ minute, hour }: { minute: number; hour: number }): readonly Window[] => [
  { name: 'minute', seconds: 60, limit: minute },
  { name: 'hour', seconds: 3600, limit: hour },
]

/** `RateLimit` as draft-ietf-httpapi-ratelimit-headers has it, and the `X-RateLimit-*` of old clients: the scarcer window. */
function showLimits(response: ServerResponse, taken: Taken): void {
  showStanding(response, taken)
  const { left } = taken
  const scarce = left.reduce((one, other) => (other.remaining < one.remaining ? other : one))
  response.setHeader('x-ratelimit-limit', scarce.window.limit)
  response.setHeader('x-ratelimit-remaining', scarce.remaining)
  response.setHeader('x-ratelimit-reset', scarce.reset)
}

/** `RateLimit`, behind what stands there already. */
export function showStanding(response: ServerResponse, { left }: Taken): void {
  const policy = left.map(({ window: { name, limit, seconds } }) => `"${name}";q=${limit};w=${seconds}`)
  const standing = left.map(({ window, remaining, reset }) => `"${window.name}";r=${remaining};t=${reset}`)
  const before = (name: string) => [response.getHeader(name) ?? []].flat().map(String)
  response.setHeader('ratelimit-policy', [...before('ratelimit-policy'), ...policy].join(', '))
  response.setHeader('ratelimit', [...before('ratelimit'), ...standing].join(', '))
}

function refusal({ left }: Taken): { retryAfter: number; message: string } {
  const spent = left.filter(({ remaining }) => remaining === 0)
  const { window, reset } = spent.reduce((one, other) => (other.reset > one.reset ? other : one))
  return {
    retryAfter: reset,
    message: `More than ${window.limit} requests within ${window.name === 'hour' ? 'an hour' : 'a minute'}. Try again in ${reset} seconds.`,
  }
}
