import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { type Example, Knowledge, type KnowledgeState } from './knowledge.ts'
import type { Lesson, PastPolicy } from './past-policy.ts'
import { compiled } from './read-policies.ts'

type Read = Pick<Core, 'sql'>

/** The most outcomes of one policy that are told one by one. */
export const MOST_LESSONS = 50_000
/** Outcomes that are learnt in one go: about ten milliseconds. */
const BATCH = 250

/** The policies with these names as they were since a moment; unknown names are left out. */
export async function readPastPolicies(
  core: Read,
  workspaceId: WorkspaceId,
  slugs: readonly string[],
  since: Date,
): Promise<PastPolicy[]> {
  if (slugs.length === 0) return []
  const found = await core.sql.query<{ id: string; slug: string }>(POLICIES_NAMED, [workspaceId, slugs])
  const policies: PastPolicy[] = []
  for (const { id, slug } of found) policies.push(await readPastPolicy(core, { id, slug }, since))
  return policies
}

async function readPastPolicy(
  core: Read,
  { id, slug }: { readonly id: string; readonly slug: string },
  since: Date,
): Promise<PastPolicy> {
  const rows = await core.sql.query<{ at: Date; source: string; hash: string }>(VERSIONS_OF, [id])
  const first = Math.max(
    0,
    rows.findLastIndex(({ at }) => at <= since),
  )
  const versions = rows.slice(first).map(({ at, source, hash }) => ({ at: at.toISOString(), source, hash }))
  const resets = await core.sql.query<{ generation: number; at: Date }>(RESETS_OF, [id])
  const generation = resets.findLast(({ at }) => at <= since)?.generation ?? 1
  const later = await core.sql.query<ExampleRow>(EXAMPLES_SINCE, [id, since, MOST_LESSONS + 1])
  const told = later.slice(0, MOST_LESSONS)
  const lessons: Lesson[] = [
    ...resets.filter(({ at }) => at > since).map(({ at }) => ({ at: at.toISOString(), reset: true as const })),
    ...told.map(row => ({ at: row.at.toISOString(), example: exampleOf(row) })),
  ]
  return {
    slug,
    versions,
    knowledge: await knowledgeAt(core, { id, slug, version: rows[first]! }, { generation, since }),
    learnt: lessons.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)),
    learntUntil: later.length > told.length ? told.at(-1)!.at.toISOString() : null,
  }
}

/** What outcomes had taught until a moment: from what was stored of it, where that is not newer, else from the first one on. */
async function knowledgeAt(
  core: Read,
  {
    id,
    slug,
    version,
  }: { readonly id: string; readonly slug: string; readonly version: { source: string; hash: string } },
  { generation, since }: { readonly generation: number; readonly since: Date },
): Promise<KnowledgeState> {
  const [stored] = await core.sql.query<{ snapshot: KnowledgeState; seq: string }>(SNAPSHOT_UNTIL, [
    id,
    generation,
    since,
  ])
  const knowledge = new Knowledge(compiled({ slug, ...version }).pace, stored?.snapshot)
  for (let seq = stored?.seq ?? '0'; ;) {
    const examples = await core.sql.query<ExampleRow>(EXAMPLES_UNTIL, [id, generation, seq, since, BATCH])
    for (const row of examples) knowledge.learn(exampleOf(row))
    if (examples.length < BATCH) return knowledge.state()
    seq = examples.at(-1)!.seq
  }
}

interface ExampleRow extends Example {
  readonly seq: string
  readonly at: Date
}

const exampleOf = ({ option, context, prior, success }: ExampleRow): Example => ({ option, context, prior, success })

const POLICIES_NAMED = statement(
  'decision-policies-named',
  `select id, slug from decision_policies where workspace_id = $1 and slug = any($2::text[]) order by slug`,
)
const VERSIONS_OF = statement(
  'versions-of-decision-policy',
  `select created_at as at, source, hash from decision_policy_versions where policy_id = $1 order by version`,
)
// Of a reset before the last one only the first decision after it is known.
const RESETS_OF = statement(
  'resets-of-decision-model',
  `select generation, min(at) as at from (
     select generation, created_at as at from decisions where policy_id = $1 and generation > 1
     union all select generation, reset_at from decision_models where policy_id = $1 and reset_at is not null
   ) as known group by generation order by generation`,
)
const SNAPSHOT_UNTIL = statement(
  'decision-snapshot-until',
  `select m.snapshot, m.snapshot_seq as seq from decision_models m
   where m.policy_id = $1 and m.generation = $2 and m.snapshot is not null and not exists (
     select from decision_examples e where e.policy_id = $1 and e.seq <= m.snapshot_seq and e.created_at > $3)`,
)
const EXAMPLE = 'e.seq, e.option, e.context, e.prior, e.success, e.created_at as at'
const EXAMPLES_UNTIL = statement(
  'decision-examples-until',
  `select ${EXAMPLE} from decision_examples e join decisions d on d.id = e.decision_id
   where e.policy_id = $1 and d.generation = $2 and e.seq > $3 and e.created_at <= $4 order by e.seq limit $5`,
)
const EXAMPLES_SINCE = statement(
  'decision-examples-since',
  `select ${EXAMPLE} from decision_examples e where e.policy_id = $1 and e.created_at > $2 order by e.seq limit $3`,
)
