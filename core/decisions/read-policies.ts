import type { Core } from '../context.ts'
import { didYouMean } from '../did-you-mean.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import { compilePolicy } from './compile-policy.ts'
import type { DecisionType, Policy } from './policy.ts'

/** A policy as it is stored. Times are ISO 8601. */
export interface StoredPolicy {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly module: string
  readonly type: DecisionType
  readonly version: number
  readonly source: string
  readonly updatedAt: string
}

/** By name. */
export async function listPolicies(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId): Promise<StoredPolicy[]> {
  const rows = await core.sql.query<PolicyRow>(LIST_POLICIES, [workspaceId])
  return rows.map(toPolicy)
}

/** The policies with these ids; unknown ids are left out. */
export async function findPolicies(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<StoredPolicy[]> {
  return (await core.sql.query<PolicyRow>(FIND_POLICIES, [workspaceId, ids])).map(toPolicy)
}

export interface PolicyInForce {
  readonly stored: StoredPolicy
  readonly policy: Policy
}

/** The policy with this slug, compiled. Throws `NOT_FOUND` with what it may have meant. */
export async function policyInForce(
  core: { readonly sql: Pick<Sql, 'query'> },
  workspaceId: WorkspaceId,
  slug: string,
): Promise<PolicyInForce> {
  const [row] = await core.sql.query<PolicyRow>(GET_POLICY, [workspaceId, slug])
  if (!row) {
    const known = await core.sql.query<{ slug: string }>(POLICY_SLUGS, [workspaceId])
    const meant = didYouMean(
      slug,
      known.map(one => one.slug),
    )
    throw new TraeError(
      'NOT_FOUND',
      `There is no decision policy "${slug}" in this workspace${meant ? `; did you mean "${meant}"?` : '.'}`,
    )
  }
  return inForceOf(row)
}

export const inForceOf = (row: PolicyRow): PolicyInForce => ({ stored: toPolicy(row), policy: compiled(row) })

/** Compiled once a text: policies are small, and a process meets few. */
const known = new Map<string, Policy>()
const MOST_KNOWN = 500

export function compiled({ slug, source, hash }: Pick<PolicyRow, 'slug' | 'source' | 'hash'>): Policy {
  const before = known.get(hash)
  if (before) return before
  const { policy } = compilePolicy(source, { file: slug })
  if (!policy) throw new TraeError('PLAYBOOK', `Decision policy ${slug} cannot be read any more. Publish it again.`)
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(hash, policy)
  return policy
}

/** As the database has it: `POLICY_COLUMNS`. */
export interface PolicyRow {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly module: string
  readonly type: DecisionType
  readonly version: number
  readonly source: string
  readonly hash: string
  readonly updated_at: Date
}

const toPolicy = (row: PolicyRow): StoredPolicy => ({
  id: row.id,
  slug: row.slug,
  name: row.name,
  module: row.module,
  type: row.type,
  version: row.version,
  source: row.source,
  updatedAt: row.updated_at.toISOString(),
})

export const POLICY_COLUMNS = 'p.id, p.slug, p.name, p.module, p.type, p.version, p.source, p.hash, p.updated_at'
const LIST_POLICIES = statement(
  'list-decision-policies',
  `select ${POLICY_COLUMNS} from decision_policies p where workspace_id = $1 order by name, id`,
)
const FIND_POLICIES = statement(
  'find-decision-policies',
  `select ${POLICY_COLUMNS} from decision_policies p where workspace_id = $1 and id = any($2::uuid[])`,
)
const GET_POLICY = statement(
  'get-decision-policy',
  `select ${POLICY_COLUMNS} from decision_policies p where workspace_id = $1 and slug = $2`,
)
const POLICY_SLUGS = statement('decision-policy-slugs', `select slug from decision_policies where workspace_id = $1`)
