import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import {
  type KeyResult,
  KEY_RESULT_COLUMNS,
  type Objective,
  type ObjectiveInput,
  objectiveInput,
  type ObjectivePatch,
  objectivePatch,
  valueInput,
} from './objective.ts'
import { findObjectives } from './read-objectives.ts'

type ObjectivesCore = Pick<Core, 'sql' | 'clock' | 'pubsub'>

/**
 * Creates an objective with its key results; once per key. Throws a ZodError for what makes no sense, `NOT_FOUND` for an owner who is nobody
 * of this team.
 */
export async function createObjective(
  core: ObjectivesCore,
  workspaceId: WorkspaceId,
  given: ObjectiveInput,
  { key }: { readonly key?: string | undefined } = {},
): Promise<Objective> {
  const { keyResults, ...input } = objectiveInput.parse(given)
  await ownerThere(core, workspaceId, input.ownerId)
  const now = core.clock.now()
  const id = await core.sql.transaction(async tx => {
    const [row] = await tx.query<{ id: string }>(CREATE, [
      newId(),
      workspaceId,
      input.title,
      input.description ?? null,
      input.ownerId ?? null,
      input.startsOn,
      input.dueOn,
      key ?? null,
      now,
    ])
    if (!row) return (await tx.query<{ id: string }>(OF_KEY, [workspaceId, key ?? null]))[0]!.id
    const rows = keyResults.map((result, position) => ({
      id: newId(),
      position,
      title: result.title,
      metric: result.metric ?? null,
      start: result.start,
      target: result.target,
    }))
    await tx.query(ADD_KEY_RESULTS, [workspaceId, row.id, JSON.stringify(rows)])
    return row.id
  })
  return changed(core, workspaceId, id)
}

/** Changes what is given; null empties. Throws a ZodError, `NOT_FOUND`, and `CONFLICT` once it is closed. */
export async function updateObjective(
  core: ObjectivesCore,
  workspaceId: WorkspaceId,
  { id, patch: given }: { readonly id: string; readonly patch: ObjectivePatch },
): Promise<Objective> {
  const patch = objectivePatch.parse(given)
  const before = await openObjective(core, workspaceId, id)
  if (patch.dueOn !== undefined && patch.dueOn < before.startsOn)
    throw new TraeError('BAD_USER_INPUT', `dueOn must not be before ${before.startsOn}, found ${patch.dueOn}.`)
  await ownerThere(core, workspaceId, patch.ownerId)
  await core.sql.query(UPDATE, [
    workspaceId,
    id,
    patch.title ?? null,
    patch.description !== undefined,
    patch.description ?? null,
    patch.ownerId !== undefined,
    patch.ownerId ?? null,
    patch.dueOn ?? null,
    core.clock.now(),
  ])
  return changed(core, workspaceId, id)
}

/** Closes an objective: its figures are followed no more. Done twice it changes nothing. Throws `NOT_FOUND`. */
export async function closeObjective(core: ObjectivesCore, workspaceId: WorkspaceId, id: string): Promise<Objective> {
  await core.sql.query(CLOSE, [workspaceId, id, core.clock.now()])
  return changed(core, workspaceId, id)
}

/**
 * Enters a value by hand, how sure somebody is, or both. Throws `NOT_FOUND`; `CONFLICT` for an objective that is closed; `BAD_USER_INPUT` for a
 * value of a key result that is computed, and for nothing at all.
 */
export async function enterValue(
  core: ObjectivesCore,
  workspaceId: WorkspaceId,
  {
    id,
    by,
    ...given
  }: {
    readonly id: string
    readonly by: string
    readonly value?: number | null | undefined
    readonly confidence?: number | null | undefined
    readonly note?: string | null | undefined
  },
): Promise<KeyResult> {
  const { value = null, confidence = null, note = null } = valueInput.parse(given)
  const [result] = await core.sql.query<KeyResult & { status: string }>(KEY_RESULT, [workspaceId, id])
  if (!result) throw new TraeError('NOT_FOUND', `There is no key result ${id} in this workspace.`)
  if (result.status !== 'OPEN')
    throw new TraeError('CONFLICT', `The objective of key result ${id} is closed: nothing more is entered.`)
  if (result.metric !== null && value !== null)
    throw new TraeError(
      'BAD_USER_INPUT',
      `The value of ${result.title} is computed from ${result.metric}: enter only the confidence.`,
    )
  const now = value ?? result.value
  if (value === null && confidence === null)
    throw new TraeError('BAD_USER_INPUT', 'Enter a value, a confidence, or both.')
  if (now === null)
    throw new TraeError('BAD_USER_INPUT', `${result.title} has no value yet: enter one with the confidence.`)
  await core.sql.query(ENTER, [
    workspaceId,
    id,
    newId(),
    now,
    confidence ?? result.confidence,
    note,
    by,
    core.clock.now(),
  ])
  core.pubsub.publish('objective.updated', { workspaceId, objectiveId: result.objectiveId })
  const [after] = await core.sql.query<KeyResult>(KEY_RESULT, [workspaceId, id])
  return after!
}

async function openObjective(core: ObjectivesCore, workspaceId: WorkspaceId, id: string): Promise<Objective> {
  const [objective] = await findObjectives(core, workspaceId, [id])
  if (!objective) throw new TraeError('NOT_FOUND', `There is no objective ${id} in this workspace.`)
  if (objective.status !== 'OPEN') throw new TraeError('CONFLICT', `The objective ${objective.title} is closed.`)
  return objective
}

async function ownerThere(core: ObjectivesCore, workspaceId: WorkspaceId, ownerId: string | null | undefined) {
  if (!ownerId) return
  const rows = await core.sql.query(MEMBER, [workspaceId, ownerId])
  if (rows.length === 0) throw new TraeError('NOT_FOUND', `The owner ${ownerId} is nobody of this team.`)
}

async function changed(core: ObjectivesCore, workspaceId: WorkspaceId, id: string): Promise<Objective> {
  const [objective] = await findObjectives(core, workspaceId, [id])
  if (!objective) throw new TraeError('NOT_FOUND', `There is no objective ${id} in this workspace.`)
  core.pubsub.publish('objective.updated', { workspaceId, objectiveId: id })
  return objective
}

const CREATE = statement(
  'create-objective',
  `insert into objectives (id, workspace_id, title, description, owner_id, starts_on, due_on, status, key, created_at, updated_at)
   values ($1, $2, $3, $4, $5, $6::date, $7::date, 'OPEN', $8, $9, $9) on conflict (workspace_id, key) do nothing returning id`,
)
const OF_KEY = statement('objective-of-key', 'select id from objectives where workspace_id = $1 and key = $2')
const ADD_KEY_RESULTS = statement(
  'add-key-results',
  `insert into key_results (id, workspace_id, objective_id, position, title, metric, start_value, target)
   select x.id, $1, $2, x.position, x.title, x.metric, x.start, x.target
   from jsonb_to_recordset($3::jsonb) as x(id uuid, position int, title text, metric text, start numeric, target numeric)`,
)
const UPDATE = statement(
  'update-objective',
  `update objectives set title = coalesce($3, title), description = case when $4::boolean then $5 else description end,
     owner_id = case when $6::boolean then $7::uuid else owner_id end, due_on = coalesce($8::date, due_on), updated_at = $9
   where workspace_id = $1 and id = $2 and status = 'OPEN'`,
)
const CLOSE = statement(
  'close-objective',
  `update objectives set status = 'CLOSED', closed_at = $3, updated_at = $3 where workspace_id = $1 and id = $2 and status = 'OPEN'`,
)
const KEY_RESULT = statement(
  'key-result',
  `select ${KEY_RESULT_COLUMNS}, objectives.status from key_results k join objectives on objectives.id = k.objective_id
   where k.workspace_id = $1 and k.id = $2`,
)
const ENTER = statement(
  'enter-value',
  `with kept as (
     insert into key_result_values (id, workspace_id, key_result_id, value, confidence, note, user_id, day, at)
     select $3, $1, k.id, $4, $5, $6, $7, ($8::timestamptz at time zone w.time_zone)::date, $8
     from key_results k join workspaces w on w.id = k.workspace_id where k.workspace_id = $1 and k.id = $2
   )
   update key_results set value = $4, confidence = $5, valued_at = $8 where workspace_id = $1 and id = $2`,
)
const MEMBER = statement('objective-owner', 'select 1 from memberships where workspace_id = $1 and user_id = $2')
