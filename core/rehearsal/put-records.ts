import type { Core } from '../context.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import type { TestRecords } from '../playbooks/tests/playbook-test.ts'
import { type Customer } from '../sales/customer.ts'
import { customersOfLeads } from '../sales/customers.ts'
import { type Deal, isClosed, STAGE_PROBABILITY } from '../sales/deal.ts'
import { dealsOfLeads } from '../sales/read-deals.ts'
import { statement } from '../sql.ts'
import { putLead } from './put-lead.ts'

type Put = Pick<Core, 'sql' | 'clock'>

/**
 * Puts a lead, their deal and what they are as a customer on record, or changes what is there, without an event: it is how things
 * stand, nothing that happens. Without `leadId`, and where there is a record of theirs to put, there is a new lead. Answers the lead.
 */
export async function putRecords(
  core: Put,
  workspaceId: WorkspaceId,
  { lead, deal, customer }: TestRecords,
  leadId: string | undefined,
): Promise<string | undefined> {
  const id =
    lead || (leadId === undefined && (deal || customer)) ? await putLead(core, workspaceId, lead ?? {}, leadId) : leadId
  if (id !== undefined && deal) await putDeal(core, workspaceId, id, deal)
  if (id !== undefined && customer) await putCustomer(core, workspaceId, id, customer)
  return id
}

async function putDeal(core: Put, workspaceId: WorkspaceId, leadId: string, fields: Partial<Deal>): Promise<void> {
  const now = core.clock.now().toISOString()
  const [known] = await dealsOfLeads(core, workspaceId, [leadId])
  const stage = fields.stage ?? known?.stage ?? 'PROSPECTING'
  const deal: Deal = {
    id: newId(),
    title: 'Negócio',
    value: null,
    expectedCloseOn: null,
    lostReason: null,
    runId: null,
    createdAt: now,
    ...known,
    updatedAt: now,
    probability: STAGE_PROBABILITY[stage],
    closedAt: isClosed(stage) ? (known?.closedAt ?? now) : null,
    ...fields,
    stage,
    leadId,
  }
  const { value, ...rest } = deal
  await core.sql.query(PUT_DEAL, [
    workspaceId,
    columnsOf({ ...rest, amount: value?.amount, currency: value?.currency ?? 'BRL' }),
  ])
}

async function putCustomer(
  core: Put,
  workspaceId: WorkspaceId,
  leadId: string,
  fields: Partial<Customer>,
): Promise<void> {
  const now = core.clock.now().toISOString()
  const [known] = await customersOfLeads(core, workspaceId, [leadId])
  const customer: Customer = {
    id: newId(),
    dealId: null,
    name: 'Acme',
    status: 'ONBOARDING',
    plan: null,
    mrr: null,
    health: null,
    lastHeardAt: null,
    startedAt: now,
    churnedAt: null,
    ...known,
    updatedAt: now,
    ...fields,
    facts: { ...known?.facts, ...fields.facts },
    leadId,
  }
  const { mrr, health, lastHeardAt: _lastHeardAt, ...rest } = customer
  await core.sql.query(PUT_CUSTOMER, [
    workspaceId,
    columnsOf({
      ...rest,
      mrr: mrr?.amount,
      currency: mrr?.currency ?? 'BRL',
      health: health?.score,
      healthFactors: health?.factors ?? [],
      healthAt: health && (health.computedAt ?? now),
    }),
  ])
}

/** JSON of a row, for `jsonb_populate_record`. */
const columnsOf = (fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [
        name.replaceAll(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
        value,
      ]),
    ),
  )

const PUT_DEAL = statement(
  'rehearsal-put-deal',
  `insert into deals (id, workspace_id, lead_id, title, stage, amount, currency, probability, expected_close_on, closed_at, lost_reason,
                      created_at, updated_at)
   select x.id, $1, x.lead_id, x.title, x.stage, x.amount, x.currency, x.probability, x.expected_close_on, x.closed_at, x.lost_reason,
          x.created_at, x.updated_at
   from jsonb_populate_record(null::deals, $2::jsonb) as x
   on conflict (id) do update set (title, stage, amount, currency, probability, expected_close_on, closed_at, lost_reason, updated_at) =
     (excluded.title, excluded.stage, excluded.amount, excluded.currency, excluded.probability, excluded.expected_close_on,
      excluded.closed_at, excluded.lost_reason, excluded.updated_at)`,
)
const PUT_CUSTOMER = statement(
  'rehearsal-put-customer',
  `insert into customers (id, workspace_id, lead_id, deal_id, name, status, plan, mrr, currency, facts, health, health_factors, health_at,
                          started_at, churned_at, updated_at)
   select x.id, $1, x.lead_id, (select d.id from deals d where d.id = x.deal_id), x.name, x.status, x.plan, x.mrr, x.currency, x.facts,
          x.health, x.health_factors, x.health_at, x.started_at, x.churned_at, x.updated_at
   from jsonb_populate_record(null::customers, $2::jsonb) as x
   on conflict (workspace_id, lead_id) do update set (name, status, plan, mrr, currency, facts, health, health_factors, health_at, started_at,
                                                      churned_at, updated_at) =
     (excluded.name, excluded.status, excluded.plan, excluded.mrr, excluded.currency, excluded.facts, excluded.health,
      excluded.health_factors, excluded.health_at, excluded.started_at, excluded.churned_at, excluded.updated_at)`,
)
