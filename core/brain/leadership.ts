import { hostname } from 'node:os'
import type { Core } from '../context.ts'
import { statement } from '../sql.ts'
import { RepeatedLook } from '../triggers/repeated-look.ts'
import type { Watch } from './brain.ts'

/** Proves who leads: a statement that holds it is refused once another process has taken over. */
export interface Fence {
  readonly owner: string
  /** Counts every change of hands. */
  readonly token: number
}

/** Who leads, for people. */
export interface Leader {
  /** Host name and process id. */
  readonly process: string
  readonly since: Date
}

/** A dead leader's place is free after this; with the standby's look every 2 s it has a successor within 10 s. */
const LEASE_MS = 8000
const LOOK_MS = 2000

/**
 * Of all processes at one database, one leads: it alone schedules, hands out tasks, heals and judges alerts. A lease in a row
 * says which. Standing by → `take` succeeds → leading (its watches run) → `take` fails, or the lease could not be renewed in
 * time → standing by. Whoever leaves in good order gives the lease back.
 */
export class Leadership implements Watch {
  readonly #core: Pick<Core, 'sql' | 'clock' | 'log' | 'pubsub'>
  readonly #owner: string
  readonly #watches: readonly Watch[]
  readonly #look: RepeatedLook
  #fence: Fence | undefined
  #renewedAt = 0

  constructor(
    core: Pick<Core, 'sql' | 'clock' | 'log' | 'pubsub'>,
    owner: string,
    watches: (fence: () => Fence | undefined) => readonly Watch[],
    lookMs = LOOK_MS,
  ) {
    this.#core = core
    this.#owner = owner
    this.#watches = watches(() => this.#fence)
    this.#look = new RepeatedLook(() => this.#take(), core.log, lookMs)
  }

  get leads(): boolean {
    return this.#fence !== undefined
  }

  start(): void {
    this.#look.start()
  }

  async stop(): Promise<void> {
    await this.#look.stop()
    if (!this.#fence) return
    await this.#standBy()
    await this.#core.sql.query(LEAVE, [this.#owner, this.#core.clock.now()])
  }

  async #take(): Promise<void> {
    const asked = performance.now()
    try {
      const now = this.#core.clock.now()
      const until = new Date(now.getTime() + LEASE_MS)
      const [row] = await this.#core.sql.query<{ token: number }>(TAKE, [
        this.#owner,
        `${hostname()}:${process.pid}`,
        now,
        until,
      ])
      if (row) {
        this.#renewedAt = asked
        if (this.#fence?.token !== row.token) await this.#lead(row.token)
      } else if (this.#fence) await this.#standBy()
    } catch (error) {
      if (this.#fence && performance.now() - this.#renewedAt > LEASE_MS) await this.#standBy()
      throw error
    }
  }

  async #lead(token: number): Promise<void> {
    if (this.#fence) await this.#standBy() // somebody led in between
    this.#fence = { owner: this.#owner, token }
    this.#core.log.info({ event: 'leader.taken', token }, 'this process leads')
    for (const watch of this.#watches) watch.start()
    this.#core.pubsub.publish('brain.changed', { workspaceId: null })
  }

  async #standBy(): Promise<void> {
    this.#fence = undefined
    for (const watch of this.#watches.toReversed()) await watch.stop()
    this.#core.log.info({ event: 'leader.lost' }, 'this process stands by')
  }
}

/** Who leads now; null where nobody does. */
export async function readLeader(core: Pick<Core, 'sql' | 'clock'>): Promise<Leader | null> {
  const [row] = await core.sql.query<Leader>(READ_LEADER, [core.clock.now()])
  return row ?? null
}

const TAKE = statement(
  'take-leadership',
  `insert into brain_leader (id, owner, token, process, since, until) values (1, $1, 1, $2, $3, $4)
   on conflict (id) do update set
     token = brain_leader.token + case when brain_leader.owner = excluded.owner then 0 else 1 end,
     since = case when brain_leader.owner = excluded.owner then brain_leader.since else excluded.since end,
     owner = excluded.owner, process = excluded.process, until = excluded.until
   where brain_leader.owner = excluded.owner or brain_leader.until <= $3
   returning token::int as token`,
)
const LEAVE = statement('leave-leadership', 'update brain_leader set until = $2 where id = 1 and owner = $1')
const READ_LEADER = statement('read-leader', 'select process, since from brain_leader where until > $1')

/** For a statement's `with`: one row while `owner` ($a) and `token` ($b) lead, none afterwards; nobody takes over before the commit. */
export const fenced = (owner: string, token: string) =>
  `fence as (select id from brain_leader where id = 1 and owner = ${owner}::uuid and token = ${token}::int for share)`
