import { createHash } from 'node:crypto'
import { actorOf, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type PlaybookId, type PlaybookVersionId, type UserId, type WorkspaceId } from '../ids.ts'
import type { CatalogPlaybook } from '../playbooks/catalog.ts'
import { compilePlaybook } from '../playbooks/compile-playbook.ts'
import type { Diagnostic } from '../playbooks/diagnostic.ts'
import { formatDiagnostics } from '../playbooks/format-diagnostics.ts'
import type { Playbook } from '../playbooks/playbook.ts'
import { readPlaybookText } from '../playbooks/step-texts.ts'
import { ENGINE_VERSION } from '../plugins/engine-version.ts'
import { lockPlugins, type PluginLock, sameLock } from '../plugins/plugin-lock.ts'
import { type Sql, statement } from '../sql.ts'
import type { PlaybookStatus, VersionOrigin } from './playbook-record.ts'
import { keepSchedules } from './keep-schedules.ts'
import { demandTests } from './demand-tests.ts'
import { lookAgain, lookedAt, requireUnchanged } from './look-again.ts'
import { bumpRevision } from './playbook-registry.ts'
import { type InFlightOutcome, type InFlightPolicy, moveRuns, moveStragglers, UNTOUCHED } from './move-runs.ts'
import { countTests, testsBeside } from './tests-beside.ts'
import { workspaceCatalog } from './workspace-catalog.ts'

export type PublishCore = Pick<
  Core,
  'sql' | 'clock' | 'plugins' | 'playbooks' | 'queue' | 'pubsub' | 'hold' | 'runTests'
>

export interface Publication {
  readonly slug: string
  readonly playbookId: PlaybookId
  readonly versionId: PlaybookVersionId
  readonly number: number
  /** False where this very text, with these very plugins, is the published version already. */
  readonly changed: boolean
  readonly diagnostics: readonly Diagnostic[]
  readonly inFlight: InFlightOutcome
}

export interface PublishOptions {
  /** The name of the text in findings. */
  readonly file?: string | undefined
  /**
   * The file of tests that stands beside it; null for none. Where it is not said: that of the version in force, unless the text has
   * tests of its own.
   */
  readonly tests?: string | null | undefined
  readonly origin?: VersionOrigin | undefined
  /** Playbooks that are published together with this one. */
  readonly beside?: ReadonlyMap<string, CatalogPlaybook> | undefined
  readonly rolledBackTo?: number | undefined
  readonly note?: string | undefined
  readonly by?: UserId | undefined
  /** What becomes of runs under way; `finish` without it. */
  readonly inFlight?: InFlightPolicy | undefined
  /** Made by the host, not by people: it is in no list, and nobody's demand of tests is about it. */
  readonly madeFor?: 'tasks' | undefined
  /** The playbook that it must be: a text that calls itself otherwise is refused. */
  readonly slug?: string | undefined
  /** The number of the published version that the publisher has seen, 0 for none; another one is `STALE_VERSION`. */
  readonly expected?: number | undefined
}

/**
 * Checks a playbook and makes it an immutable version with its plugins locked, current from then on; runs under way keep
 * theirs, unless `inFlight` says otherwise. All of it is one transaction. Throws `PLAYBOOK` with every finding in
 * `details.diagnostics` when there is an error among them, or where the workspace asks for tests that pass and they do not;
 * `STALE_VERSION`, `CONFLICT` for an archived one; nothing is changed then.
 */
export function publishPlaybook(
  core: PublishCore,
  workspaceId: WorkspaceId,
  source: string,
  options: PublishOptions = {},
): Promise<Publication> {
  return lookAgain(() => publishOnce(core, workspaceId, source, options))
}

async function publishOnce(
  core: PublishCore,
  workspaceId: WorkspaceId,
  source: string,
  options: PublishOptions,
): Promise<Publication> {
  const { plugins } = await lookedAt(core, workspaceId)
  const { playbook, diagnostics, catalog } = await checked(core, workspaceId, source, options)
  const lock = lockPlugins(core, workspaceId, usesOf(source))
  const sourceHash = hashOf(source)
  const [known] = await core.sql.query<KnownRow>(KNOWN_VERSION, [workspaceId, playbook.id])
  if (known) requireFresh(known, options) // before tests take their time; it decides again below
  const tests = testsBeside(options.tests, known?.tests, playbook)
  const unchanged = known?.source_hash === sourceHash && known.tests === tests && sameLock(known, lock)
  if (!unchanged && options.madeFor === undefined) {
    const file = options.file ?? playbook.id
    const beside = tests === null ? undefined : { file: `${playbook.id}.test.yaml`, source: tests }
    const count = playbook.tests.length + (beside ? countTests(beside.source, playbook, catalog, beside.file) : 0)
    await demandTests(core, workspaceId, { file, source, beside }, { slug: playbook.id, count, diagnostics })
  }
  const policy = options.inFlight ?? 'finish'
  const done = await core.sql.transaction(async tx => {
    await requireUnchanged(tx, workspaceId, { plugins }) // first, as whoever removes a plugin takes the two
    const now = core.clock.now()
    const row = await lockPlaybook(tx, workspaceId, playbook, now, options.madeFor)
    const [latest] = await tx.query<LatestRow>(LATEST_VERSION, [row.id])
    requireFresh(row, options)
    await keepSchedules(tx, { workspaceId, playbookId: row.id, playbook }, now)
    const fileHash = options.origin === 'file' ? sourceHash : null
    if (latest && isPublished(row, latest, sourceHash, lock)) {
      await tx.query(KEEP_VERSION, [row.id, fileHash, sourceHash, latest.id, tests, ENGINE_VERSION])
      return { row, id: latest.id, number: latest.number, changed: false, inFlight: UNTOUCHED }
    }
    const id = newId<PlaybookVersionId>()
    const number = (latest?.number ?? 0) + 1
    const { origin = 'api', rolledBackTo = null, note = null, by = null } = options
    const locked = [JSON.stringify(lock.plugins), JSON.stringify(lock.providers)]
    const made = [origin, rolledBackTo, note, by, tests]
    await tx.query(INSERT_VERSION, [id, workspaceId, row.id, number, source, sourceHash, ...locked, now, ...made])
    const { name, module } = playbook
    await tx.query(MAKE_CURRENT, [row.id, id, name, module, now, fileHash, sourceHash, ENGINE_VERSION])
    const told = { version: number, origin, note, ...(rolledBackTo === null ? {} : { rolledBackTo }) }
    const entry = { action: 'playbook.published', target: `playbook:${row.slug}`, data: told }
    await audit(tx, workspaceId, { actor: actorOf(by ?? undefined), ...entry }, now)
    const inFlight = await moveRuns(tx, policy, { playbookId: row.id, id, number, slug: row.slug, source }, now)
    return { row, id, number, changed: true, inFlight }
  })
  const { row, id, number, changed } = done
  const inFlight = changed
    ? await moveStragglers(
        core,
        workspaceId,
        policy,
        { playbookId: row.id, id, number, slug: row.slug, source },
        done.inFlight,
      )
    : done.inFlight
  return { slug: playbook.id, playbookId: row.id, versionId: id, number, changed, diagnostics, inFlight }
}

/** SHA-256 of a text, hexadecimal. */
export function hashOf(source: string): string {
  return createHash('sha256').update(source).digest('hex')
}

/** Every `uses` of a text, those of other playbooks too. */
export function usesOf(source: string): string[] {
  return [...(readPlaybookText(source)?.steps.values() ?? [])].flatMap(({ uses }) => uses ?? [])
}

async function checked(core: PublishCore, workspaceId: WorkspaceId, source: string, options: PublishOptions) {
  const catalog = await workspaceCatalog(core, workspaceId, options.beside)
  const { playbook, diagnostics } = compilePlaybook(source, catalog, { file: options.file })
  if (!playbook || diagnostics.some(finding => finding.severity === 'error'))
    throw new TraeError('PLAYBOOK', formatDiagnostics(diagnostics, source), { details: { diagnostics } })
  if (options.slug !== undefined && playbook.id !== options.slug)
    throw new TraeError(
      'PLAYBOOK',
      `This is the playbook ${options.slug}, and the text calls itself ${playbook.id}. Give it the id ${options.slug}, or make a new playbook of it.`,
      { details: { diagnostics } },
    )
  return { playbook, diagnostics, catalog }
}

interface PlaybookRow {
  readonly id: PlaybookId
  readonly slug: string
  readonly status: PlaybookStatus
  readonly published_version_id: string | null
  readonly published_number: number | null
}

/** The playbook's row, made where there is none, and ours until the end of the transaction. */
async function lockPlaybook(
  tx: Sql,
  workspaceId: WorkspaceId,
  playbook: Playbook,
  now: Date,
  madeFor: PublishOptions['madeFor'],
): Promise<PlaybookRow> {
  const { id: slug, name, module } = playbook
  const made = await tx.query<{ id: string }>(ENSURE_PLAYBOOK, [
    newId(),
    workspaceId,
    slug,
    name,
    module,
    now,
    madeFor ?? null,
  ])
  const [row] = await tx.query<PlaybookRow>(READ_PLAYBOOK, [made[0]!.id])
  return row!
}

function requireFresh(
  row: Pick<PlaybookRow, 'slug' | 'status' | 'published_number'>,
  { expected }: PublishOptions,
): void {
  if (row.status === 'ARCHIVED')
    throw new TraeError('CONFLICT', `The playbook ${row.slug} is archived; resume it before you publish it.`)
  const published = row.published_number ?? 0
  if (expected === undefined || expected === published) return
  throw new TraeError(
    'STALE_VERSION',
    `Version ${published} of ${row.slug} has been published meanwhile; you looked at ${expected === 0 ? 'none' : `version ${expected}`}. Look at what changes now, then publish.`,
  )
}

interface KnownRow extends PluginLock, Pick<PlaybookRow, 'slug' | 'status' | 'published_number'> {
  readonly source_hash: string
  readonly tests: string | null
}

interface LatestRow extends PluginLock {
  readonly id: PlaybookVersionId
  readonly number: number
  readonly source_hash: string
}

function isPublished(row: PlaybookRow, latest: LatestRow, sourceHash: string, lock: PluginLock): boolean {
  return row.published_version_id === latest.id && latest.source_hash === sourceHash && sameLock(latest, lock)
}

// The update changes nothing: it takes the lock of a row that is there, one that runs being stored need not wait for (of a
// key column it would be another, and could meet them in a deadlock).
const ENSURE_PLAYBOOK = statement(
  'ensure-playbook',
  `insert into playbooks (id, workspace_id, slug, name, module, status, created_at, updated_at, made_for)
   values ($1, $2, $3, $4, $5, 'ACTIVE', $6, $6, $7)
   on conflict (workspace_id, slug) do update set updated_at = playbooks.updated_at returning id`,
)
const READ_PLAYBOOK = statement(
  'read-playbook-to-publish',
  `select p.id, p.slug, p.status, p.published_version_id, v.number as published_number
   from playbooks p left join playbook_versions v on v.id = p.published_version_id where p.id = $1`,
)
const KNOWN_VERSION = statement(
  'known-version',
  `select p.slug, p.status, v.number as published_number, v.source_hash, v.plugins, v.providers, v.tests
   from playbooks p join playbook_versions v on v.id = p.published_version_id
   where p.workspace_id = $1 and p.slug = $2`,
)
const LATEST_VERSION = statement(
  'latest-version',
  `select id, number, source_hash, plugins, providers from playbook_versions
   where playbook_id = $1 order by number desc limit 1`,
)
const INSERT_VERSION = statement(
  'insert-version',
  `insert into playbook_versions (id, workspace_id, playbook_id, number, source, source_hash, plugins, providers, published_at,
                                  origin, rolled_back_to, note, published_by, tests)
   values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb, $9, $10, $11, $12, $13, $14)`,
)
/** A draft that is the published text is no draft any more; another one stays. */
const DROP_DRAFT = 'delete from playbook_drafts where playbook_id = $1'
const OF_FILE = (hash: string, version: string) =>
  `file_hash = coalesce(${hash}, file_hash), file_checked_by = case when ${hash} is null then file_checked_by else ${version} end`
const KEEP_VERSION = statement(
  'keep-version',
  `with dropped as (${DROP_DRAFT} and source_hash = $3),
   tested as (update playbook_versions set tests = $5 where id = $4 and tests is distinct from $5)
   update playbooks set ${OF_FILE('$2', '$6')} where id = $1`,
)
const MAKE_CURRENT = statement(
  'make-version-current',
  `with dropped as (${DROP_DRAFT} and source_hash = $7),
   told as (${bumpRevision('select workspace_id from playbooks where id = $1')})
   update playbooks set published_version_id = $2, name = $3, module = $4, updated_at = $5, ${OF_FILE('$6', '$8')}
   where id = $1`,
)
