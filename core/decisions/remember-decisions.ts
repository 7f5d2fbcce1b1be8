import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { learnFromOutcomes } from '../memory/learn-from-outcomes.ts'
import { storeEntry } from '../memory/store-entry.ts'
import type { ModuleKey } from '../playbooks/playbook.ts'
import { statement } from '../sql.ts'
import { storable } from '../words.ts'
import type { DecisionOutcome } from './decision.ts'
import { explainDecision } from './explain-decision.ts'
import { readFields } from './learner/features.ts'
import type { DecisionType } from './policy.ts'
import { compiled } from './read-policies.ts'
import { learnable, type Weighed } from './weigh.ts'

type RememberCore = Pick<Core, 'sql' | 'clock' | 'pubsub'>

const AT_ONCE = 100
const DAY_MS = 24 * 60 * 60_000
const LONGEST = 4000

/** What it counts beside other memories, and how long it is kept: of what is decided every day there is much, and it ages. */
const WORTH: Readonly<Record<DecisionType, { readonly importance: number; readonly days: number | undefined }>> = {
  OPERATIONAL: { importance: 0.3, days: 90 },
  TACTICAL: { importance: 0.5, days: 365 },
  STRATEGIC: { importance: 0.8, days: undefined },
}

/**
 * Puts every decision that was taken into the shared memory, as `decision_<timestamp>`, and tells it how that went once it is known:
 * so agents, and whoever searches, find decisions that were like theirs. What the memory knows stands in the decision's row
 * (`remembered`); a process that dies anywhere does it again, and doing it twice is doing it once. What was forgotten stays so. A look
 * of the process that leads.
 */
export async function rememberDecisions(core: RememberCore): Promise<void> {
  for (let full = true; full;) {
    const rows = await core.sql.query<TakenDecision>(TO_REMEMBER, [AT_ONCE])
    for (const row of rows) await remember(core, row)
    full = rows.length === AT_ONCE
  }
}

interface TakenDecision {
  readonly id: string
  readonly workspace_id: WorkspaceId
  readonly module: ModuleKey
  readonly type: DecisionType
  readonly question: string
  readonly decision: Weighed & { readonly titles: Readonly<Record<string, string>> }
  readonly chosen: string
  readonly confidence: number
  readonly score: number | null
  readonly automatic: boolean
  readonly taken_at: Date
  readonly subject_id: string | null
  readonly outcome: DecisionOutcome | null
  readonly remembered: string | null
  readonly locale: string
  readonly slug: string
  readonly source: string
  readonly hash: string
  /** Of its entry, where there is one. */
  readonly key: string | null
}

async function remember(core: RememberCore, row: TakenDecision): Promise<void> {
  const { id, workspace_id: workspaceId, outcome, remembered } = row
  const key = remembered === null ? await store(core, row) : row.key
  crashPoint('decision.remembered')
  if (key !== null && outcome !== null) await learnFromOutcomes(core, workspaceId, [{ key, outcome }])
  await core.sql.query(MARK_REMEMBERED, [id, outcome ?? 'pending'])
}

/** The key of its entry; null for what is too old to be kept. */
async function store(core: RememberCore, row: TakenDecision): Promise<string | null> {
  const { id, workspace_id: workspaceId, type, module, slug, chosen, confidence, score, automatic, subject_id } = row
  const { importance, days } = WORTH[type]
  const expires = days === undefined ? undefined : new Date(row.taken_at.getTime() + days * DAY_MS)
  if (expires !== undefined && expires <= core.clock.now()) return null
  const entry = await storeEntry(
    core,
    workspaceId,
    {
      type: 'decision',
      module,
      content: storable(textOf(row), LONGEST),
      data: { decisionId: id, policy: slug, chosen, confidence, score, automatic },
      importance,
      ...(subject_id === null ? {} : { leadId: subject_id }),
      timestamp: row.taken_at.toISOString(),
      ...(expires === undefined ? {} : { expiresAt: expires.toISOString() }),
    },
    `decision:${id}`,
  )
  return entry.key
}

/** The question, what was chosen and why, and from what: of the inputs those that may be learnt from, which say nobody's name. */
function textOf(row: TakenDecision): string {
  const { titles, ...steps } = row.decision
  const options = Object.entries(titles).map(([key, title]) => ({ key, title }))
  return [
    `${row.question} ${titles[row.chosen] ?? row.chosen}.`,
    ...explainDecision({ steps, options }, row.locale),
    ...readFields(learntFrom(row)).map(({ name, value }) => `${name}: ${value}`),
  ].join('\n')
}

function learntFrom(row: TakenDecision): Record<string, unknown> {
  try {
    return learnable(compiled(row), row.decision.context)
  } catch (error) {
    if (error instanceof TraeError && error.code === 'PLAYBOOK') return {} // a policy that this version reads no more
    throw error
  }
}

const TO_REMEMBER = statement(
  'decisions-to-remember',
  `select d.id, d.workspace_id, d.module, d.type, d.question, d.decision, d.chosen, d.confidence, d.score, d.automatic,
     coalesce(d.decided_at, d.created_at) as taken_at, d.subject_id, d.outcome, d.remembered, w.locale, p.slug, p.source, p.hash, e.key
   from decisions d join decision_policies p on p.id = d.policy_id join workspaces w on w.id = d.workspace_id
     left join memory_entries e on e.workspace_id = d.workspace_id and e.origin = 'decision:' || d.id
   where d.status = 'decided' and d.remembered is distinct from coalesce(d.outcome, 'pending')
   order by d.id limit $1`,
)
/** As it was told: an outcome that came meanwhile is told at the next look. */
const MARK_REMEMBERED = statement('mark-decision-remembered', `update decisions set remembered = $2 where id = $1`)
