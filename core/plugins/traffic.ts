import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { GroupCommit } from '../group-commit.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import type { Installation } from './registry.ts'

const DAY = 86_400_000
/** Days of which it is known. */
const KEPT_DAYS = 30

interface Exchange {
  readonly installation: Installation
  /** As it was granted. */
  readonly host: string
  /** Those of redirects included. */
  readonly requests: number
  readonly sent: number
  readonly received: number
}

/** What a plugin has exchanged with one host that it was granted, in 30 days. */
export interface HostTraffic {
  readonly host: string
  readonly requests: number
  /** In bytes, address and headers included. */
  readonly sent: number
  /** In bytes, unpacked, without headers. */
  readonly received: number
  /** Sent and received since midnight UTC, in bytes. */
  readonly today: number
}

/**
 * Counts what plugins exchange with whom, and ends it for a day where it is too much: a plugin that carries data away, or
 * asks in a circle, is stopped by a number that nobody else has to watch. Days are those of UTC. All processes count together;
 * each knows the others' requests with its own next one.
 */
export class PluginTraffic {
  readonly #core: Pick<Core, 'sql' | 'clock' | 'config' | 'log'>
  readonly #commits: GroupCommit<Exchange, void>
  /** By installation and host: bytes of the day, as far as they are known here. */
  readonly #today = new Map<string, { readonly day: string; readonly bytes: number }>()

  constructor(core: Pick<Core, 'sql' | 'clock' | 'config' | 'log'>) {
    this.#core = core
    this.#commits = new GroupCommit(exchanges => this.#store(exchanges))
  }

  /** Throws `RATE_LIMITED` until midnight UTC once the plugin has exchanged with the host what one may in a day. */
  async admit({ id, pluginId }: Installation, host: string): Promise<void> {
    const { clock, config, sql } = this.#core
    const now = clock.now()
    const day = dayOf(now)
    const key = `${id} ${host}`
    if (this.#today.get(key)?.day !== day) {
      const [row] = await sql.query<{ bytes: number }>(READ_TODAY, [id, host, day])
      this.#today.set(key, { day, bytes: row?.bytes ?? 0 })
    }
    const most = config.pluginTrafficBytes
    if (this.#today.get(key)!.bytes < most) return
    throw new TraeError(
      'RATE_LIMITED',
      `${pluginId} has exchanged ${most / 1_000_000} MB with ${host} today, as much as TRAE_PLUGIN_TRAFFIC_MB allows one plugin and host in a day. It may again at 00:00 UTC; its page shows what it exchanges.`,
      { retryable: true, retryAfter: Math.ceil((DAY - (now.getTime() % DAY)) / 1000) },
    )
  }

  /** Never throws: what cannot be stored is missing in the figures, and keeps nobody from their answer. */
  count(exchange: Exchange): void {
    this.#commits.add(exchange).catch(error => {
      this.#core.log.warn({ err: error }, 'what a plugin has exchanged with a host could not be counted')
    })
  }

  async #store(exchanges: readonly Exchange[]): Promise<void[]> {
    const day = dayOf(this.#core.clock.now())
    const rows = new Map<string, Omit<Exchange, 'installation'> & { readonly id: string }>()
    for (const { installation, ...exchange } of exchanges) {
      const key = `${installation.id} ${exchange.host}`
      const before = rows.get(key)
      rows.set(key, {
        id: installation.id,
        host: exchange.host,
        requests: exchange.requests + (before?.requests ?? 0),
        sent: exchange.sent + (before?.sent ?? 0),
        received: exchange.received + (before?.received ?? 0),
      })
    }
    const stored = await this.#core.sql.query<{ id: string; host: string; bytes: number }>(COUNT, [
      JSON.stringify([...rows.values()]),
      day,
    ])
    for (const { id, host, bytes } of stored) this.#today.set(`${id} ${host}`, { day, bytes })
    return exchanges.map(() => undefined)
  }
}

/** What each of these plugins has exchanged in 30 days, by installation; the most first. */
export async function trafficOf(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  installations: readonly Pick<Installation, 'id'>[],
): Promise<Map<string, HostTraffic[]>> {
  const now = core.clock.now()
  const ids = installations.map(({ id }) => id)
  const rows = await core.sql.query<HostTraffic & { installation_id: string }>(READ_TRAFFIC, [
    workspaceId,
    ids,
    dayOf(now),
    daysBefore(now, KEPT_DAYS),
  ])
  const found = new Map<string, HostTraffic[]>(ids.map(id => [id, []]))
  for (const { installation_id, ...traffic } of rows) found.get(installation_id)!.push(traffic)
  return found
}

/** Removes what nobody is shown any more. */
export async function sweepTraffic({ sql, clock }: Pick<Core, 'sql' | 'clock'>): Promise<void> {
  await sql.query(SWEEP, [daysBefore(clock.now(), KEPT_DAYS)])
}

const dayOf = (at: Date) => at.toISOString().slice(0, 10)
const daysBefore = (at: Date, days: number) => dayOf(new Date(at.getTime() - days * DAY))

const READ_TODAY = statement(
  'plugin-traffic-today',
  `select (sent_bytes + received_bytes)::float8 as bytes from plugin_traffic
   where installation_id = $1 and host = $2 and day = $3::date`,
)
const COUNT = statement(
  'count-plugin-traffic',
  `insert into plugin_traffic as t (workspace_id, installation_id, host, day, requests, sent_bytes, received_bytes)
   select i.workspace_id, i.id, x.host, $2::date, x.requests, x.sent, x.received
   from jsonb_to_recordset($1::jsonb) as x(id uuid, host text, requests int, sent bigint, received bigint)
     join installations i on i.id = x.id -- removed meanwhile
   order by i.id, x.host
   on conflict (installation_id, host, day) do update set requests = t.requests + excluded.requests,
     sent_bytes = t.sent_bytes + excluded.sent_bytes, received_bytes = t.received_bytes + excluded.received_bytes
   returning installation_id as id, host, (sent_bytes + received_bytes)::float8 as bytes`,
)
const READ_TRAFFIC = statement(
  'read-plugin-traffic',
  `select installation_id, host, sum(requests)::int as requests, sum(sent_bytes)::float8 as sent, sum(received_bytes)::float8 as received,
     coalesce(sum(sent_bytes + received_bytes) filter (where day = $3::date), 0)::float8 as today
   from plugin_traffic where workspace_id = $1 and installation_id = any($2::uuid[]) and day > $4::date
   group by installation_id, host order by installation_id, sum(sent_bytes + received_bytes) desc, host`,
)
const SWEEP = statement('sweep-plugin-traffic', 'delete from plugin_traffic where day <= $1::date')
