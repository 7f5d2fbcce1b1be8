import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { type Sql, statement } from '../sql.ts'

/**
 * Who publishes a playbook looks what it names; who takes away a plugin or an account looks which playbooks name it. Looking takes a
 * while, and both may do so at once. So each changes what it changes in a transaction that holds the row of the workspace, and asks
 * there whether the other has been faster: then it looks again.
 */
export interface Looked {
  /** Of installations, accounts and bindings. */
  readonly plugins?: number
  /** Of what is published. */
  readonly playbooks?: number
}

/** What the workspace's plugins and playbooks are now; comes before looking at them. */
export async function lookedAt(core: Pick<Core, 'sql' | 'plugins'>, workspaceId: string): Promise<Required<Looked>> {
  await core.plugins.refresh(workspaceId) // another process may have changed them
  const [row] = await core.sql.query<Required<Looked>>(READ, [workspaceId])
  return { plugins: core.plugins.revision(workspaceId), playbooks: row?.playbooks ?? 0 }
}

/** Nobody installs, removes, connects or publishes here until the transaction ends. Throws where somebody has since then. */
export async function requireUnchanged(tx: Pick<Sql, 'query'>, workspaceId: string, seen: Looked): Promise<void> {
  const [row] = await tx.query<Required<Looked>>(LOCK, [workspaceId])
  const same = (name: keyof Looked) => seen[name] === undefined || seen[name] === row?.[name]
  if (same('plugins') && same('playbooks')) return
  const message =
    'Plugins, accounts or playbooks of this workspace were changed by somebody else at this very moment. Do it again.'
  throw new TraeError('CONFLICT', message, { retryable: true, details: { overtaken: true } })
}

/** Does something that looks and then changes, anew where somebody was faster. */
export async function lookAgain<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = MOST_LOOKS - 1; ; left--) {
    try {
      return await attempt()
    } catch (error) {
      if (left === 0 || !isOvertaken(error)) throw error
    }
  }
}
const isOvertaken = (error: unknown) => error instanceof TraeError && error.details?.['overtaken'] === true
const MOST_LOOKS = 10

const REVISIONS = 'select plugins_revision as plugins, playbooks_revision as playbooks from workspaces where id = $1'
const READ = statement('read-revisions', REVISIONS)
/** Those who store rows that refer to the workspace need not wait. */
const LOCK = statement('lock-revisions', `${REVISIONS} for no key update`)
