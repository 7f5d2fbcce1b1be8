import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { PlaybookId, PlaybookVersionId, WorkspaceId } from '../ids.ts'
import { compilePlaybook } from '../playbooks/compile-playbook.ts'
import type { PluginLock } from '../plugins/plugin-lock.ts'
import type { Playbook, Step } from '../playbooks/playbook.ts'
import { type Sql, statement } from '../sql.ts'

/** One immutable published version, compiled. A run keeps the one it began with. */
export interface PublishedVersion {
  readonly id: PlaybookVersionId
  readonly playbookId: PlaybookId
  readonly workspaceId: WorkspaceId
  readonly number: number
  readonly slug: string
  /** `tasks`: made by the host; null: by people. */
  readonly madeFor: 'tasks' | null
  readonly playbook: Playbook
  /** The plugins that its runs use. */
  readonly lock: PluginLock & { readonly id: string }
  /** Every step of the playbook by its path. */
  readonly steps: ReadonlyMap<string, Step>
}

/** Published versions, compiled once and kept: a version never changes, only which one is current. */
export class PlaybookRegistry {
  readonly #core: { readonly sql: Sql; readonly plugins: Core['plugins'] }
  readonly #versions = new Map<string, Promise<PublishedVersion>>()
  readonly #current = new Map<string, { readonly revision: number; readonly versions: Promise<PublishedVersion[]> }>()

  constructor(core: Pick<Core, 'sql' | 'plugins'>) {
    this.#core = core
  }

  /** The version with this id. Throws `NOT_FOUND`. */
  get(id: string): Promise<PublishedVersion> {
    return remember(this.#versions, id, () => this.#load(id))
  }

  /**
   * The current versions of a workspace's active playbooks. `revision` is what the caller has read of the workspace with
   * what it works on; read here where it is not given. Whoever publishes, pauses or resumes counts it up, so that every
   * process sees it.
   */
  async current(workspaceId: string, revision?: number): Promise<PublishedVersion[]> {
    const wanted = revision ?? (await this.#revision(workspaceId))
    const known = this.#current.get(workspaceId)
    if (known && known.revision >= wanted) return known.versions
    const versions = this.#loadCurrent(workspaceId)
    this.#current.set(workspaceId, { revision: wanted, versions })
    versions.catch(() => this.#current.delete(workspaceId))
    return versions
  }

  async #revision(workspaceId: string): Promise<number> {
    const [row] = await this.#core.sql.query<{ revision: number }>(READ_REVISION, [workspaceId])
    return row?.revision ?? 0
  }

  async #loadCurrent(workspaceId: string): Promise<PublishedVersion[]> {
    const rows = await this.#core.sql.query<{ id: string }>(CURRENT_VERSIONS, [workspaceId])
    return Promise.all(rows.map(row => this.get(row.id)))
  }

  async #load(id: string): Promise<PublishedVersion> {
    const [row] = await this.#core.sql.query<VersionRow>(GET_VERSION, [id])
    if (!row) throw new TraeError('NOT_FOUND', `There is no playbook version ${id}.`)
    const { plugins } = this.#core
    const lock = { id: row.id, plugins: row.plugins, providers: row.providers }
    await plugins.refresh(row.workspace_id) // published elsewhere, perhaps with what was installed there just before
    await plugins.loadPackages(Object.values(lock.plugins))
    const { playbook } = compilePlaybook(row.source, plugins.lockedCatalog(row.workspace_id, lock), { file: row.slug })
    if (!playbook)
      throw new TraeError('PLAYBOOK', `Version ${row.number} of playbook ${row.slug} cannot be read any more.`)
    return {
      id: row.id,
      playbookId: row.playbook_id,
      workspaceId: row.workspace_id,
      number: row.number,
      slug: row.slug,
      madeFor: row.made_for,
      playbook,
      lock,
      steps: new Map(allSteps([...playbook.steps, ...playbook.finally]).map(step => [step.path, step])),
    }
  }
}

interface VersionRow {
  id: PlaybookVersionId
  playbook_id: PlaybookId
  workspace_id: WorkspaceId
  number: number
  source: string
  plugins: Record<string, string>
  providers: Record<string, string | string[]>
  slug: string
  made_for: 'tasks' | null
}

const GET_VERSION = statement(
  'get-version',
  `select v.id, v.playbook_id, v.workspace_id, v.number, v.source, v.plugins, v.providers, p.slug, p.made_for
   from playbook_versions v join playbooks p on p.id = v.playbook_id where v.id = $1`,
)
const CURRENT_VERSIONS = statement(
  'current-versions',
  `select published_version_id as id from playbooks
   where workspace_id = $1 and status = 'ACTIVE' and published_version_id is not null order by slug`,
)

const READ_REVISION = statement(
  'read-playbooks-revision',
  'select playbooks_revision as revision from workspaces where id = $1',
)

/** Counts up what every process looks at before it asks for current versions; `workspaceId` is SQL. */
export const bumpRevision = (workspaceId: string) =>
  `update workspaces set playbooks_revision = playbooks_revision + 1 where id in (${workspaceId})`

/** A failed load is forgotten, so that the next caller tries again. */
function remember<T>(cache: Map<string, Promise<T>>, key: string, load: () => Promise<T>): Promise<T> {
  let entry = cache.get(key)
  if (!entry) {
    entry = load()
    cache.set(key, entry)
    entry.catch(() => cache.delete(key))
  }
  return entry
}

/** The steps and all that stand inside them, in the order of the file. */
export function allSteps(steps: readonly Step[]): Step[] {
  return steps.flatMap(step => [step, ...allSteps(innerSteps(step))])
}

/** The steps right inside a step, in the order of the file. */
export function innerSteps(step: Step): readonly Step[] {
  switch (step.kind) {
    case 'if':
      return [...step.then, ...step.else]
    case 'switch':
      return [...step.cases.flatMap(one => one.steps), ...step.default]
    case 'parallel':
      return step.branches.flatMap(branch => branch.steps)
    case 'try':
      return [...step.try, ...step.catch]
    case 'forEach':
    case 'while':
      return step.do
    default:
      return []
  }
}
