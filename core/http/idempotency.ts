import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { Viewer } from '../access/viewer.ts'
import { canonicalJson } from '../canonical-json.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { statement } from '../sql.ts'
import { checked } from './json-body.ts'

/** The work of a request; `once` names it for ever, undefined where it has no key. */
export type AnswerOnce = (once: string | undefined) => Promise<Answered>

export interface Answered {
  readonly status: number
  readonly answer: unknown
  /** Answered from what was stored. */
  readonly repeated?: boolean
}

/** A process that dies holds a key no longer than this. */
const LEASE_MS = 60_000
/** How long an answer is remembered. */
const KEPT_MS = 24 * 3_600_000
/** How long a request waits for its twin, in real time. */
const PATIENCE_MS = 10_000

/**
 * Does the work of a request with an Idempotency-Key once (draft-ietf-httpapi-idempotency-key-header): the first one works,
 * its answer is stored, and whoever sends the same gets that answer. A twin that comes meanwhile waits for it. Work that
 * fails is not remembered. Throws `VALIDATION` where the key came with another request, `CONFLICT` where the first one
 * is still under way.
 */
export async function answerOnce(
  core: Pick<Core, 'sql' | 'clock'>,
  viewer: Viewer,
  request: { readonly key: string; readonly hash: string },
  work: AnswerOnce,
): Promise<Answered> {
  const mine = [viewer.workspaceId, viewer.key?.id ?? viewer.userId, request.key] as const
  for (const late = AbortSignal.timeout(PATIENCE_MS); !late.aborted; await pause(50)) {
    const now = core.clock.now()
    const until = new Date(now.getTime() + LEASE_MS)
    const taken = [...mine, request.hash, until, now, new Date(now.getTime() - KEPT_MS)]
    if ((await core.sql.query(TAKE_KEY, taken)).length > 0) return doIt(core, mine, until, request, work)
    const [row] = await core.sql.query<{ request_hash: string; status: number | null; answer: string }>(READ_KEY, mine)
    if (row && row.request_hash !== request.hash)
      throw new TraeError(
        'VALIDATION',
        `The Idempotency-Key ${request.key} was sent with another request before. Take a new key for a new request.`,
      )
    if (row && row.status !== null) return { status: row.status, answer: JSON.parse(row.answer), repeated: true }
  }
  throw new TraeError('CONFLICT', 'A request with this Idempotency-Key is under way. Send it again for its answer.', {
    retryAfter: 2,
  })
}

async function doIt(
  core: Pick<Core, 'sql'>,
  mine: readonly string[],
  until: Date,
  { key, hash }: { readonly key: string; readonly hash: string },
  work: AnswerOnce,
): Promise<Answered> {
  try {
    const answered = await work(requestHash([...mine.slice(0, 2), key, hash]))
    await core.sql.query(STORE_ANSWER, [...mine, until, answered.status, JSON.stringify(answered.answer)])
    return answered
  } catch (error) {
    await core.sql.query(RELEASE_KEY, [...mine, until]).catch(() => {}) // its lease ends by itself
    throw error
  }
}

export const requestHash = (parts: readonly unknown[]) =>
  createHash('sha256').update(canonicalJson(parts)).digest('hex')

const headers = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
    .optional(),
})

/** The key of a request; undefined without one. Throws `VALIDATION`. */
export function idempotencyKeyOf(given: object): string | undefined {
  return checked(headers, given)['idempotency-key']
}

/** Forgets answers that are older than a day. */
export async function sweepAnswers(core: Pick<Core, 'sql' | 'clock'>): Promise<void> {
  await core.sql.query(SWEEP_KEYS, [new Date(core.clock.now().getTime() - KEPT_MS)])
}

const TAKE_KEY = statement(
  'http.take-key',
  `insert into idempotent_requests (workspace_id, asked_by, key, request_hash, taken_until, created_at)
   values ($1, $2, $3, $4, $5, $6)
   on conflict (workspace_id, asked_by, key) do update
     set request_hash = excluded.request_hash, taken_until = excluded.taken_until, created_at = excluded.created_at,
         status = null, answer = null
     where idempotent_requests.created_at < $7
        or (idempotent_requests.status is null and idempotent_requests.taken_until <= $6
            and idempotent_requests.request_hash = excluded.request_hash)
   returning key`,
)
const READ_KEY = statement(
  'http.read-key',
  'select request_hash, status, answer from idempotent_requests where workspace_id = $1 and asked_by = $2 and key = $3',
)
const STORE_ANSWER = statement(
  'http.store-answer',
  `update idempotent_requests set status = $5, answer = $6
   where workspace_id = $1 and asked_by = $2 and key = $3 and taken_until = $4`,
)
const RELEASE_KEY = statement(
  'http.release-key',
  `delete from idempotent_requests
   where workspace_id = $1 and asked_by = $2 and key = $3 and taken_until = $4 and status is null`,
)
const SWEEP_KEYS = statement('http.sweep-keys', 'delete from idempotent_requests where created_at < $1')
