import { type Statement, statement } from '../sql.ts'
import type { ReasonCode } from './reason.ts'
import type { RunStatus } from './read-runs.ts'
import { type SlaState, slaStateSql } from './sla.ts'

/** Which runs; all conditions hold. */
export interface RunFilter {
  readonly statuses?: readonly RunStatus[] | null | undefined
  readonly playbookIds?: readonly string[] | null | undefined
  readonly versionId?: string | null | undefined
  readonly leadId?: string | null | undefined
  /** Replays of this run. */
  readonly originId?: string | null | undefined
  readonly slaBreached?: boolean | null | undefined
  readonly slaStates?: readonly SlaState[] | null | undefined
  readonly reasonCodes?: readonly ReasonCode[] | null | undefined
  readonly createdAfter?: Date | null | undefined
  readonly createdBefore?: Date | null | undefined
}

/** SQL over a run `r` and the code `c` of `queueTables`; `f` is the filter as JSON, with `now`. */
export const RUN_CONDITIONS: { readonly [Key in keyof RunFilter]-?: (f: string) => string } = {
  statuses: f => `r.status = any(array(select jsonb_array_elements_text(${f} -> 'statuses')))`,
  playbookIds: f => `r.playbook_id = any(array(select jsonb_array_elements_text(${f} -> 'playbookIds')::uuid))`,
  versionId: f => `r.version_id = (${f} ->> 'versionId')::uuid`,
  leadId: f => `r.subject_id = (${f} ->> 'leadId')::uuid`,
  originId: f => `r.origin_run_id = (${f} ->> 'originId')::uuid`,
  slaBreached: f => `coalesce(r.sla_state = 'breached', false) = (${f} ->> 'slaBreached')::boolean`,
  slaStates: f =>
    `(${slaStateSql(`(${f} ->> 'now')::timestamptz`)}) = any(array(select jsonb_array_elements_text(${f} -> 'slaStates')))`,
  reasonCodes: f =>
    `coalesce(c.queue_code, r.reason ->> 'code') = any(array(select jsonb_array_elements_text(${f} -> 'reasonCodes')))`,
  createdAfter: f => `r.created_at >= (${f} ->> 'createdAfter')::timestamptz`,
  createdBefore: f => `r.created_at < (${f} ->> 'createdBefore')::timestamptz`,
}

/** Runs that are few among many, and asked for by themselves: each kind has an index whose condition must be told. */
const FEW: Readonly<Record<string, { readonly are: (filter: RunFilter) => boolean; readonly condition: string }>> = {
  open: {
    are: ({ statuses }) => isOf(statuses, ['queued', 'running', 'waiting', 'retrying']),
    condition: 'r.finished_at is null',
  },
  troubled: {
    are: ({ statuses }) => isOf(statuses, ['failed', 'cancelled', 'quarantined']),
    condition: `r.status in ('failed', 'cancelled', 'quarantined')`,
  },
  breached: {
    are: ({ slaBreached, slaStates }) => slaBreached === true || isOf(slaStates, ['breached']),
    condition: `r.sla_state = 'breached'`,
  },
  unjudged: { are: ({ slaStates }) => isOf(slaStates, ['open', 'dueSoon']), condition: `r.sla_state = 'open'` },
}

/** Those kinds that a filter asks for. */
export const fewRuns = (filter: RunFilter): { readonly name: string; readonly condition: string }[] =>
  Object.entries(FEW)
    .filter(([, { are }]) => are(filter))
    .map(([name, { condition }]) => ({ name, condition }))

/** Is something asked for, and nothing but these? */
const isOf = <T>(asked: readonly T[] | null | undefined, these: readonly T[]) =>
  asked !== null && asked !== undefined && asked.length > 0 && asked.every(one => these.includes(one))

/**
 * The statement for this filter, and the filter as its parameter. Each combination of conditions is a statement of its
 * own, with a plan of its own: one that would ask for all of them at once could use no index. `build` gets them as SQL;
 * `now` is what "soon" is measured by.
 */
export function filtered(
  name: string,
  filter: RunFilter | null | undefined,
  now: Date,
  parameter: string,
  build: (conditions: string) => string,
): { readonly statement: Statement; readonly json: string } {
  const given = Object.entries(filter ?? {}).filter(
    ([, value]) => value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0),
  )
  const keys = given.map(([key]) => key as keyof RunFilter).sort()
  const few = fewRuns(filter ?? {})
  const own = [name, ...keys, ...few.map(one => one.name)].join('-')
  const json = JSON.stringify({ ...Object.fromEntries(given), now })
  let made = statements.get(own)
  if (!made) {
    const conditions = [
      ...keys.map(key => RUN_CONDITIONS[key](`${parameter}::jsonb`)),
      ...few.map(one => one.condition),
    ]
    made = statement(own, build([`${parameter}::jsonb is not null`, ...conditions].join('\n     and ')))
    statements.set(own, made)
  }
  return { statement: made, json }
}
const statements = new Map<string, Statement>()
