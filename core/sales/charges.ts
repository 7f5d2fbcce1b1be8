import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { compared, contains, leastWithout, type Listing, type ListRequest, oneOf, readList } from '../listing.ts'
import type { Page } from '../page.ts'
import { statement } from '../sql.ts'

/** A charge in the built-in register. `amount` in the smallest unit of the currency; OVERDUE: pending after its last day. */
export interface Charge {
  readonly id: string
  readonly leadId: string | null
  readonly status: 'PENDING' | 'OVERDUE' | 'PAID' | 'CANCELLED'
  readonly amount: number
  readonly currency: string
  readonly description: string
  readonly dueOn: string | null
  readonly customer: {
    readonly name: string
    readonly email?: string
    readonly phone?: string
    readonly document?: string
  }
  readonly method: string
  readonly note: string | null
  readonly paidAt: string | null
  readonly runId: string | null
  readonly createdAt: string
}

export interface NewCharge {
  readonly leadId?: string | undefined
  readonly amount: number
  readonly currency: string
  readonly description: string
  readonly dueOn?: string | undefined
  readonly customer: {
    readonly name: string
    readonly email?: string | undefined
    readonly phone?: string | undefined
    readonly document?: string | undefined
  }
  readonly method?: string | undefined
}

/** Puts a charge into the register, once per `key`. Throws `NOT_FOUND` for a lead that is not here. */
export async function createCharge(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  charge: NewCharge,
  origin: { readonly key: string; readonly runId: string | null },
): Promise<Charge> {
  const { leadId = null, amount, currency, description, dueOn = null, customer, method = 'ANY' } = charge
  const now = core.clock.now()
  const values = [newId(), workspaceId, leadId, amount, currency, description, dueOn, JSON.stringify(customer), method]
  const [row] = await core.sql.query<ChargeRow>(CREATE_CHARGE, [...values, origin.runId, origin.key, now])
  if (!row) throw new TraeError('NOT_FOUND', `There is no lead ${leadId} in this workspace.`)
  core.pubsub.publish('charge.updated', { workspaceId, chargeId: row.id })
  return chargeOf(row, now)
}
const SHOWN = `id, lead_id, status, amount::float8 as amount, currency, description, due_on::text as due_on, customer, method, note,
  paid_at, run_id, created_at`
const CREATE_CHARGE = statement(
  'create-charge',
  `insert into charges (id, workspace_id, lead_id, status, amount, currency, description, due_on, customer, method, run_id, key, created_at, updated_at)
   select $1, $2, $3::uuid, 'PENDING', $4, $5, $6, $7::date, $8::jsonb, $9, $10::uuid, $11, $12, $12
   where $3::uuid is null or exists (select from leads where workspace_id = $2 and id = $3::uuid)
   on conflict (workspace_id, key) do update set key = excluded.key -- answers with the first
   returning ${SHOWN}`,
)

/** Throws `NOT_FOUND`. */
export async function getCharge(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  id: string,
): Promise<Charge> {
  const [row] = await core.sql.query<ChargeRow>(GET_CHARGE, [workspaceId, id])
  if (row) return chargeOf(row, core.clock.now())
  throw new TraeError('NOT_FOUND', `There is no charge ${id} in this workspace.`)
}
const GET_CHARGE = statement('get-charge', `select ${SHOWN} from charges where workspace_id = $1 and id::text = $2`)

/** A person has seen the money: it is paid, and the event `payment.received` says so. Done twice it changes nothing. Throws `NOT_FOUND`, `CONFLICT` for one that is cancelled. */
export async function confirmCharge(
  core: Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub'>,
  workspaceId: WorkspaceId,
  id: string,
  note?: string,
): Promise<Charge> {
  const now = core.clock.now()
  const charge = await core.sql.transaction(async tx => {
    const [row] = await tx.query<ChargeRow>(SETTLE_CHARGE, [workspaceId, id, 'PAID', note ?? null, now])
    const found = row ? chargeOf(row, now) : await getCharge({ sql: tx, clock: core.clock }, workspaceId, id)
    if (!row && found.status === 'PAID') return found
    if (!row) throw new TraeError('CONFLICT', `The charge ${id} is cancelled; make a new one.`)
    const { leadId, amount, currency, description } = found
    const data = { leadId, chargeId: found.id, amount, currency, description }
    await appendEvent(
      tx,
      workspaceId,
      { type: 'payment.received', subjectId: leadId, data, source: 'charges', dedupeKey: `charge:${found.id}` },
      now,
    )
    return found
  })
  core.queue.ring('events')
  core.pubsub.publish('charge.updated', { workspaceId, chargeId: charge.id })
  return charge
}

/** Done twice it changes nothing. Throws `NOT_FOUND`, `CONFLICT` for one that is paid. */
export async function cancelCharge(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  id: string,
  reason?: string,
): Promise<Charge> {
  const now = core.clock.now()
  const [row] = await core.sql.query<ChargeRow>(SETTLE_CHARGE, [workspaceId, id, 'CANCELLED', reason ?? null, now])
  const charge = row ? chargeOf(row, now) : await getCharge(core, workspaceId, id)
  if (row) core.pubsub.publish('charge.updated', { workspaceId, chargeId: charge.id })
  if (charge.status === 'CANCELLED') return charge
  throw new TraeError('CONFLICT', `The charge ${id} is paid; it can be cancelled no more.`)
}
const SETTLE_CHARGE = statement(
  'settle-charge',
  `update charges set status = $3, note = $4, paid_at = case when $3 = 'PAID' then $5::timestamptz end, updated_at = $5
   where workspace_id = $1 and id::text = $2 and status = 'PENDING' returning ${SHOWN}`,
)

/** Newest first. */
export function listCharges(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  request: ListRequest<ChargeFilter, ChargeSortBy>,
): Promise<Page<Charge>> {
  const now = core.clock.now()
  const given = { today: now.toISOString().slice(0, 10) }
  return readList(core.sql, CHARGES, workspaceId, request, (row: ChargeRow) => chargeOf(row, now), given)
}
export interface ChargeFilter {
  /** True: to be paid, late or not. */
  readonly open?: boolean | null | undefined
  readonly statuses?: readonly Charge['status'][] | null | undefined
  readonly leadId?: string | null | undefined
  /** Found anywhere in the description. */
  readonly search?: string | null | undefined
}
export type ChargeSortBy = 'createdAt' | 'dueOn' | 'amount'
const CHARGES: Listing<ChargeFilter, ChargeSortBy> = {
  name: 'list-charges',
  columns: SHOWN,
  from: 'charges',
  of: 'charges.workspace_id = $1',
  id: 'charges.id',
  conditions: {
    open: compared(`(charges.status = 'PENDING')`, '=', 'boolean'),
    statuses:
      oneOf(`case when charges.status = 'PENDING' and charges.due_on < ($2::jsonb ->> 'today')::date then 'OVERDUE'
      else charges.status end`),
    leadId: compared('charges.lead_id', '=', 'uuid'),
    search: contains('charges.description'),
  },
  orders: {
    createdAt: { by: 'charges.created_at', type: 'timestamptz' },
    dueOn: { by: leastWithout('charges.due_on', `date '1970-01-01'`), type: 'date' },
    amount: { by: 'charges.amount', type: 'bigint' },
  },
  usual: { by: 'createdAt' },
}

interface ChargeRow {
  id: string
  lead_id: string | null
  status: 'PENDING' | 'PAID' | 'CANCELLED'
  amount: number
  currency: string
  description: string
  due_on: string | null
  customer: Charge['customer']
  method: string
  note: string | null
  paid_at: Date | null
  run_id: string | null
  created_at: Date
}
function chargeOf(row: ChargeRow, now: Date): Charge {
  const late = row.status === 'PENDING' && row.due_on !== null && row.due_on < now.toISOString().slice(0, 10)
  return {
    id: row.id,
    leadId: row.lead_id,
    status: late ? 'OVERDUE' : row.status,
    amount: row.amount,
    currency: row.currency,
    description: row.description,
    dueOn: row.due_on,
    customer: row.customer,
    method: row.method,
    note: row.note,
    paidAt: row.paid_at?.toISOString() ?? null,
    runId: row.run_id,
    createdAt: row.created_at.toISOString(),
  }
}
