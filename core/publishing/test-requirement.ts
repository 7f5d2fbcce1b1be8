import { actorOf, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { UserId, WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'

/** What a workspace asks of tests before it publishes: that there are some, that they pass, and how much they take. */
export interface TestRequirement {
  /** Percent of branches, 0 to 100. */
  readonly coverage: number
}

/** Null where it asks for none. Read anew each time: it may have changed in another process. */
export async function readTestRequirement(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
): Promise<TestRequirement | null> {
  const [row] = await core.sql.query<{ coverage: number | null }>(READ_REQUIREMENT, [workspaceId])
  return row?.coverage === undefined || row.coverage === null ? null : { coverage: row.coverage }
}

/** Holds from the next publish on; what is in force stays so. Throws `BAD_USER_INPUT`. */
export async function requireTests(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  requirement: TestRequirement | null,
  by: UserId | undefined,
): Promise<void> {
  const coverage = requirement?.coverage ?? null
  if (coverage !== null && !(Number.isInteger(coverage) && coverage >= 0 && coverage <= 100))
    throw new TraeError('BAD_USER_INPUT', `The coverage must be a whole number from 0 to 100, found ${coverage}.`)
  await core.sql.transaction(async tx => {
    const [changed] = await tx.query(WRITE_REQUIREMENT, [workspaceId, coverage])
    if (!changed) return
    const action = requirement ? 'workspace.tests-required' : 'workspace.tests-not-required'
    const data = requirement ? { coverage } : {}
    await audit(
      tx,
      workspaceId,
      { actor: actorOf(by), action, target: `workspace:${workspaceId}`, data },
      core.clock.now(),
    )
  })
}

const READ_REQUIREMENT = statement(
  'read-test-requirement',
  `select tests_coverage as coverage from workspaces where id = $1`,
)
const WRITE_REQUIREMENT = statement(
  'write-test-requirement',
  `update workspaces set tests_coverage = $2::int where id = $1 and tests_coverage is distinct from $2::int returning id`,
)
