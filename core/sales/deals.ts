import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import {
  type Deal,
  DEAL_COLUMNS,
  type DealInput,
  dealInput,
  dealOf,
  type DealPatch,
  dealPatch,
  type DealRow,
  type DealStage,
  isClosed,
  STAGE_PROBABILITY,
} from './deal.ts'

type DealsCore = Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub'>

/** Under whose name a change is made: the step of a run with its key, or a door (`graphql`). */
export interface DealOrigin {
  readonly source: string
  readonly key?: string | undefined
  readonly runId?: string | null | undefined
}

/**
 * Opens a deal and tells `deal.opened`, both or neither; once per key: a repeat answers with the first one. Throws
 * `NOT_FOUND` for a lead that this workspace does not have.
 */
export async function openDeal(
  core: DealsCore,
  workspaceId: WorkspaceId,
  given: DealInput,
  origin: DealOrigin,
): Promise<Deal> {
  const input = dealInput.parse(given)
  const opened = await core.sql.transaction(async tx => {
    const [row] = await tx.query<DealRow>(OPEN_DEAL, [
      newId(),
      workspaceId,
      input.leadId,
      input.title,
      input.stage,
      input.value?.amount ?? null,
      input.value?.currency ?? 'BRL',
      STAGE_PROBABILITY[input.stage],
      input.expectedCloseOn ?? null,
      origin.runId ?? null,
      origin.key ?? null,
      core.clock.now(),
    ])
    if (row) {
      const deal = dealOf(row)
      await tell(tx, core, workspaceId, deal, origin, 'deal.opened', {})
      return { deal, news: true }
    }
    const [earlier] = await tx.query<DealRow>(DEAL_OF_KEY, [workspaceId, origin.key ?? null])
    if (!earlier) throw new TraeError('NOT_FOUND', `There is no lead ${input.leadId} in this workspace.`)
    return { deal: dealOf(earlier), news: false }
  })
  if (opened.news) announce(core, workspaceId, opened.deal)
  return opened.deal
}

/**
 * Moves a deal to a stage and tells `deal.moved`, and `deal.won`, `deal.lost` or `deal.reopened` where it is that; the same stage
 * again changes nothing, and neither does a move whose key was used before, wherever the deal has got to since.
 * Throws `NOT_FOUND`.
 */
export async function moveDeal(
  core: DealsCore,
  workspaceId: WorkspaceId,
  { id, stage, lostReason }: { id: string; stage: DealStage; lostReason?: string | null | undefined },
  origin: DealOrigin,
): Promise<Deal> {
  const moved = await core.sql.transaction(async tx => {
    const before = await lockDeal(tx, workspaceId, id)
    if (before.stage === stage || (origin.key !== undefined && (await isTold(tx, workspaceId, origin.key))))
      return { deal: before, news: false }
    const now = core.clock.now()
    const [row] = await tx.query<DealRow>(MOVE_DEAL, [
      id,
      stage,
      STAGE_PROBABILITY[stage],
      isClosed(stage) ? now : null,
      stage === 'LOST' ? (lostReason ?? null) : null,
      now,
    ])
    const deal = dealOf(row!)
    const change = { from: before.stage, to: stage }
    await tell(tx, core, workspaceId, deal, origin, 'deal.moved', change)
    const special =
      stage === 'WON' ? 'won' : stage === 'LOST' ? 'lost' : isClosed(before.stage) ? 'reopened' : undefined
    if (special) await tell(tx, core, workspaceId, deal, { ...origin, key: undefined }, `deal.${special}`, change)
    return { deal, news: true }
  })
  if (moved.news) announce(core, workspaceId, moved.deal)
  return moved.deal
}

/**
 * Changes what is known about a deal and tells `deal.updated`, both or neither; what is left out stays, null empties, and what changes
 * nothing tells nothing. Throws `NOT_FOUND`.
 */
export async function updateDeal(
  core: DealsCore,
  workspaceId: WorkspaceId,
  { id, patch: given }: { id: string; patch: DealPatch },
  origin: DealOrigin,
): Promise<Deal> {
  const { patch } = z.strictObject({ patch: dealPatch }).parse({ patch: given })
  const has = (field: keyof typeof patch) => patch[field] !== undefined
  const deal = await core.sql.transaction(async tx => {
    const before = await lockDeal(tx, workspaceId, id)
    const [row] = await tx.query<DealRow>(UPDATE_DEAL, [
      workspaceId,
      id,
      patch.title ?? null,
      has('value'),
      patch.value?.amount ?? null,
      patch.value?.currency ?? null,
      patch.probability ?? null,
      has('expectedCloseOn'),
      patch.expectedCloseOn ?? null,
      core.clock.now(),
    ])
    const deal = dealOf(row!)
    if (!isDeepStrictEqual({ ...before, updatedAt: '' }, { ...deal, updatedAt: '' }))
      await tell(tx, core, workspaceId, deal, origin, 'deal.updated', {})
    return deal
  })
  announce(core, workspaceId, deal)
  return deal
}

async function lockDeal(tx: Sql, workspaceId: WorkspaceId, id: string): Promise<Deal> {
  const [row] = await tx.query<DealRow>(LOCK_DEAL, [workspaceId, id])
  if (!row) throw unknownDeal(id)
  return dealOf(row)
}

const unknownDeal = (id: string) => new TraeError('NOT_FOUND', `There is no deal ${id} in this workspace.`)

async function isTold(tx: Sql, workspaceId: WorkspaceId, key: string): Promise<boolean> {
  return (await tx.query(DEAL_ACTIVITY, [workspaceId, `${key}#DEAL`])).length > 0
}

/** The event that playbooks hear and the line that people read, in the transaction of what they are about. */
async function tell(
  tx: Sql,
  core: Pick<Core, 'clock'>,
  workspaceId: WorkspaceId,
  deal: Deal,
  origin: DealOrigin,
  type: 'deal.opened' | 'deal.updated' | 'deal.moved' | 'deal.won' | 'deal.lost' | 'deal.reopened',
  change: { readonly from?: DealStage; readonly to?: DealStage },
): Promise<void> {
  const now = core.clock.now()
  const data = {
    leadId: deal.leadId,
    dealId: deal.id,
    title: deal.title,
    stage: deal.stage,
    amount: deal.value?.amount ?? null,
    currency: deal.value?.currency ?? null,
    ...change,
    ...(deal.lostReason === null ? {} : { lostReason: deal.lostReason }),
  }
  await appendEvent(tx, workspaceId, { type, subjectId: deal.leadId, data, source: origin.source }, now)
  if (type === 'deal.opened' || type === 'deal.moved')
    await tx.query(ADD_DEAL_ACTIVITY, [
      newId(),
      workspaceId,
      deal.leadId,
      deal.title,
      JSON.stringify(data),
      origin.runId ?? null,
      origin.key === undefined ? null : `${origin.key}#DEAL`,
      now,
    ])
}

function announce(core: Pick<Core, 'queue' | 'pubsub'>, workspaceId: WorkspaceId, deal: Deal): void {
  core.queue.ring('events')
  core.pubsub.publish('deal.updated', { workspaceId, dealId: deal.id })
  core.pubsub.publish('lead.updated', { workspaceId, leadId: deal.leadId })
}

const OPEN_DEAL = statement(
  'open-deal',
  `insert into deals (id, workspace_id, lead_id, title, stage, amount, currency, probability, expected_close_on,
     owner_id, run_id, key, created_at, updated_at)
   select $1, $2, id, $4, $5, $6::numeric, $7, $8::int, $9::date, owner_id, $10::uuid, $11, $12, $12
   from leads where workspace_id = $2 and id = $3
   on conflict (workspace_id, key) do nothing
   returning ${DEAL_COLUMNS}`,
)
const DEAL_OF_KEY = statement('deal-of-key', `select ${DEAL_COLUMNS} from deals where workspace_id = $1 and key = $2`)
const LOCK_DEAL = statement(
  'lock-deal',
  `select ${DEAL_COLUMNS} from deals where workspace_id = $1 and id = $2 for update`,
)
const MOVE_DEAL = statement(
  'move-deal',
  `update deals set stage = $2, probability = $3, closed_at = $4, lost_reason = $5, updated_at = $6
   where id = $1 returning ${DEAL_COLUMNS}`,
)
const UPDATE_DEAL = statement(
  'update-deal',
  `update deals set title = coalesce($3, title), amount = case when $4::boolean then $5::numeric else amount end,
     currency = coalesce($6, currency), probability = coalesce($7::int, probability),
     expected_close_on = case when $8::boolean then $9::date else expected_close_on end, updated_at = $10
   where workspace_id = $1 and id = $2 returning ${DEAL_COLUMNS}`,
)
const DEAL_ACTIVITY = statement('deal-activity', `select 1 from activities where workspace_id = $1 and key = $2`)
const ADD_DEAL_ACTIVITY = statement(
  'add-deal-activity',
  `insert into activities (id, workspace_id, lead_id, kind, summary, data, run_id, key, occurred_at)
   values ($1, $2, $3, 'DEAL', $4, $5::jsonb, $6::uuid, $7, $8)`,
)
