import { z } from 'zod'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { compared, contains, leastWithout, type Listing, type ListRequest, oneOf, readList } from '../listing.ts'
import type { Page } from '../page.ts'
import { type Sql, statement } from '../sql.ts'
import {
  type Customer,
  CUSTOMER_COLUMNS,
  type CustomerInput,
  customerInput,
  customerOf,
  type CustomerPatch,
  customerPatch,
  type CustomerRow,
  type CustomerStatus,
} from './customer.ts'

type CustomersCore = Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub'>

/** Who makes a change: `run:<id>`, `graphql`. */
interface Origin {
  readonly source: string
  readonly runId?: string | null | undefined
}

/**
 * Makes a customer of a lead and tells `customer.started`, both or neither. A lead is one customer: a second start
 * answers with the first, and brings somebody who had left back to onboarding. Throws `NOT_FOUND`.
 */
export async function startCustomer(
  core: CustomersCore,
  workspaceId: WorkspaceId,
  given: CustomerInput,
  origin: Origin,
): Promise<Customer> {
  const input = customerInput.parse(given)
  const { customer, news } = await core.sql.transaction(async tx => {
    const [row] = await tx.query<CustomerRow>(START_CUSTOMER, [
      newId(),
      workspaceId,
      input.leadId,
      input.dealId ?? null,
      input.name ?? null,
      input.plan ?? null,
      input.mrr?.amount ?? null,
      input.mrr?.currency ?? 'BRL',
      JSON.stringify(input.facts),
      core.clock.now(),
    ])
    if (row) {
      const customer = customerOf(row)
      await tell(tx, core, workspaceId, customer, origin, 'customer.started', {})
      return { customer, news: true }
    }
    const [known] = await tx.query<CustomerRow>(CUSTOMER_OF_LEAD, [workspaceId, input.leadId])
    if (!known)
      throw new TraeError('NOT_FOUND', `There is no lead ${input.leadId}, or no such deal of it, in this workspace.`)
    return { customer: customerOf(known), news: false }
  })
  if (news) announce(core, workspaceId, customer)
  return customer
}

/**
 * Changes a customer. A health score that differs from the last one tells `customer.health-changed` with both and what the new one
 * is made of, a status `customer.status-changed`; what is as it was tells nothing, so a repeat is harmless. Throws `NOT_FOUND`.
 */
export async function updateCustomer(
  core: CustomersCore,
  workspaceId: WorkspaceId,
  { id, patch: given }: { id: string; patch: CustomerPatch },
  origin: Origin,
): Promise<Customer> {
  const { patch } = z.strictObject({ patch: customerPatch }).parse({ patch: given })
  const customer = await core.sql.transaction(async tx => {
    const [row] = await tx.query<CustomerRow>(LOCK_CUSTOMER, [workspaceId, id])
    if (!row) throw new TraeError('NOT_FOUND', `There is no customer ${id} in this workspace.`)
    const before = customerOf(row)
    const [changed] = await tx.query<CustomerRow>(UPDATE_CUSTOMER, [
      id,
      patch.status ?? null,
      patch.plan ?? null,
      patch.mrr?.amount ?? null,
      patch.mrr?.currency ?? null,
      JSON.stringify(patch.facts ?? {}),
      patch.health?.score ?? null,
      patch.health ? JSON.stringify(patch.health.factors) : null,
      core.clock.now(),
    ])
    const after = customerOf(changed!)
    if (after.health && after.health.score !== before.health?.score)
      await tell(tx, core, workspaceId, after, origin, 'customer.health-changed', {
        score: after.health.score,
        before: before.health?.score ?? null,
        factors: after.health.factors,
      })
    if (after.status !== before.status)
      await tell(tx, core, workspaceId, after, origin, 'customer.status-changed', {
        status: after.status,
        before: before.status,
      })
    return after
  })
  announce(core, workspaceId, customer)
  return customer
}

async function tell(
  tx: Sql,
  core: Pick<Core, 'clock'>,
  workspaceId: WorkspaceId,
  customer: Customer,
  origin: Origin,
  type: 'customer.started' | 'customer.health-changed' | 'customer.status-changed',
  change: Readonly<Record<string, unknown>>,
): Promise<void> {
  const now = core.clock.now()
  const data = {
    leadId: customer.leadId,
    customerId: customer.id,
    dealId: customer.dealId,
    plan: customer.plan,
    status: customer.status,
    ...change,
  }
  await appendEvent(tx, workspaceId, { type, subjectId: customer.leadId, data, source: origin.source }, now)
  await tx.query(ADD_CUSTOMER_ACTIVITY, [
    newId(),
    workspaceId,
    customer.leadId,
    customer.name,
    JSON.stringify({ ...data, event: type }),
    origin.runId ?? null,
    now,
  ])
}

function announce(core: Pick<Core, 'queue' | 'pubsub'>, workspaceId: WorkspaceId, customer: Customer): void {
  core.queue.ring('events')
  core.pubsub.publish('customer.updated', { workspaceId, customerId: customer.id })
  core.pubsub.publish('lead.updated', { workspaceId, leadId: customer.leadId })
}

export interface CustomerFilter {
  readonly statuses?: readonly CustomerStatus[] | null | undefined
  /** Health of at most, and at least, so much. */
  readonly healthMax?: number | null | undefined
  readonly healthMin?: number | null | undefined
  readonly startedAfter?: Date | null | undefined
  readonly startedBefore?: Date | null | undefined
  readonly churnedAfter?: Date | null | undefined
  readonly churnedBefore?: Date | null | undefined
  /** Found anywhere in the name. */
  readonly search?: string | null | undefined
}

export type CustomerSortBy = 'startedAt' | 'updatedAt' | 'health' | 'name' | 'mrr'

/** The newest customer first, unless another order is asked for. */
export const listCustomers = (
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: ListRequest<CustomerFilter, CustomerSortBy>,
): Promise<Page<Customer>> => readList(core.sql, CUSTOMERS, workspaceId, request, customerOf)

/** The customers with these ids, in any order; unknown ids are left out. */
export async function findCustomers(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<Customer[]> {
  return (await core.sql.query<CustomerRow>(FIND_CUSTOMERS, [workspaceId, ids])).map(customerOf)
}

/** What these leads are as customers; none for who never was one. */
export async function customersOfLeads(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  leadIds: readonly string[],
): Promise<Customer[]> {
  return (await core.sql.query<CustomerRow>(CUSTOMERS_OF_LEADS, [workspaceId, leadIds])).map(customerOf)
}

const START_CUSTOMER = statement(
  'start-customer',
  `insert into customers (id, workspace_id, lead_id, deal_id, name, status, plan, mrr, currency, facts, started_at, updated_at)
   select $1, $2, l.id, $4::uuid, coalesce($5, l.company, l.name), 'ONBOARDING', $6, $7::numeric, $8, $9::jsonb, $10, $10
   from leads l where l.workspace_id = $2 and l.id = $3
     and ($4::uuid is null or exists (select from deals d where d.id = $4::uuid and d.workspace_id = $2 and d.lead_id = l.id))
   on conflict (workspace_id, lead_id) do update
     set status = 'ONBOARDING', churned_at = null, started_at = excluded.started_at, updated_at = excluded.updated_at
     where customers.status = 'CHURNED'
   returning ${CUSTOMER_COLUMNS}`,
)
const CUSTOMER_OF_LEAD = statement(
  'customer-of-lead',
  `select ${CUSTOMER_COLUMNS} from customers where workspace_id = $1 and lead_id = $2`,
)
const CUSTOMERS_OF_LEADS = statement(
  'customers-of-leads',
  `select ${CUSTOMER_COLUMNS} from customers where workspace_id = $1 and lead_id = any($2::uuid[])`,
)
const LOCK_CUSTOMER = statement(
  'lock-customer',
  `select ${CUSTOMER_COLUMNS} from customers where workspace_id = $1 and id = $2 for update`,
)
const UPDATE_CUSTOMER = statement(
  'update-customer',
  `update customers set status = coalesce($2, status), plan = coalesce($3, plan), mrr = coalesce($4::numeric, mrr),
     currency = coalesce($5, currency), facts = facts || $6::jsonb, health = coalesce($7::int, health),
     health_factors = coalesce($8::jsonb, health_factors), health_at = case when $7::int is null then health_at else $9 end,
     churned_at = case coalesce($2, status) when 'CHURNED' then coalesce(churned_at, $9) else null end, updated_at = $9
   where id = $1 returning ${CUSTOMER_COLUMNS}`,
)
const ADD_CUSTOMER_ACTIVITY = statement(
  'add-customer-activity',
  `insert into activities (id, workspace_id, lead_id, kind, summary, data, run_id, key, occurred_at)
   values ($1, $2, $3, 'CUSTOMER', $4, $5::jsonb, $6::uuid, null, $7)`,
)
const CUSTOMERS: Listing<CustomerFilter, CustomerSortBy> = {
  name: 'list-customers',
  columns: CUSTOMER_COLUMNS,
  from: 'customers',
  of: 'customers.workspace_id = $1',
  id: 'customers.id',
  conditions: {
    statuses: oneOf('customers.status'),
    healthMax: compared('customers.health', '<=', 'int'),
    healthMin: compared('customers.health', '>=', 'int'),
    startedAfter: compared('customers.started_at', '>=', 'timestamptz'),
    startedBefore: compared('customers.started_at', '<', 'timestamptz'),
    churnedAfter: compared('customers.churned_at', '>=', 'timestamptz'),
    churnedBefore: compared('customers.churned_at', '<', 'timestamptz'),
    search: contains('customers.name'),
  },
  orders: {
    startedAt: { by: 'customers.started_at', type: 'timestamptz' },
    updatedAt: { by: 'customers.updated_at', type: 'timestamptz' },
    health: { by: leastWithout('customers.health', '-1'), type: 'int' },
    name: { by: 'customers.name_order', type: 'text' },
    mrr: { by: 'customers.mrr_order', type: 'bigint' },
  },
  usual: { by: 'startedAt' },
}
const FIND_CUSTOMERS = statement(
  'find-customers',
  `select ${CUSTOMER_COLUMNS} from customers where workspace_id = $1 and id = any($2::uuid[])`,
)
