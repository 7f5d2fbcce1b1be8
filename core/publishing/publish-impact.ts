import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { comparePlaybooks, type PlaybookChanges } from '../playbooks/compare-playbooks.ts'
import { compilePlaybook } from '../playbooks/compile-playbook.ts'
import type { Diagnostic } from '../playbooks/diagnostic.ts'
import { readPlaybookText } from '../playbooks/step-texts.ts'
import { compileTestFile } from '../playbooks/tests/compile-tests.ts'
import { lockedProviders, lockPlugins, type PluginLock } from '../plugins/plugin-lock.ts'
import { statement } from '../sql.ts'
import { endingOf, goneOf, planned } from './migrate-runs.ts'
import { type Finishing, shapesOf } from './move-runs.ts'
import { usesOf } from './publish-playbook.ts'
import { readTestRequirement, type TestRequirement } from './test-requirement.ts'
import { testsBeside } from './tests-beside.ts'
import { unsettledOf } from './restart-runs.ts'
import { workspaceCatalog } from './workspace-catalog.ts'

/** What publishing a text would change. */
export interface PublishImpact extends PlaybookChanges {
  /** False where nothing at all is different: publishing would make no version. */
  readonly changed: boolean
  readonly diagnostics: readonly Diagnostic[]
  /** Of the published version; 0 where there is none. Publishing names it, so that what was shown is what happens. */
  readonly publishedNumber: number
  readonly plugins: readonly PluginChange[]
  readonly inFlight: InFlightImpact
  readonly tests: TestsImpact
}

/** The tests that the text has, and what the workspace asks of them; null: nothing. */
export interface TestsImpact {
  readonly count: number
  readonly required: TestRequirement | null
}

/** A plugin that new runs would use in another version, or instead of another. */
export interface PluginChange {
  /** Set where it is about who provides a service; then `from` and `to` are plugin ids. */
  readonly service: string | null
  readonly pluginId: string
  /** Null where it was not, or is not any more, used. */
  readonly from: string | null
  readonly to: string | null
}

export interface InFlightImpact {
  readonly total: number
  readonly queued: number
  readonly executing: number
  /** Steps at which runs wait; a run with branches may wait at several. */
  readonly waitingAt: readonly {
    readonly path: string
    readonly title: string
    readonly count: number
    /** Is it the same step in the new text? */
    readonly kept: boolean
  }[]
  readonly migratable: number
  readonly restartable: number
  /** Why the others cannot migrate, and cannot be restarted. */
  readonly blocked: readonly Finishing[]
}

/** Says what publishing `source` as this playbook would change, before it happens; changes nothing. `tests`: as `publishPlaybook` takes them. Throws `NOT_FOUND`. */
export async function publishImpact(
  core: Pick<Core, 'sql' | 'plugins' | 'playbooks' | 'hold'>,
  workspaceId: WorkspaceId,
  playbookId: string,
  source: string,
  tests?: string | null,
): Promise<PublishImpact> {
  const [row] = await core.sql.query<PublishedRow>(READ_PUBLISHED, [workspaceId, playbookId])
  if (!row) throw new TraeError('NOT_FOUND', `There is no playbook ${playbookId} in this workspace.`)
  const before = row.source ?? undefined
  const changes = comparePlaybooks(before, source)
  const catalog = await workspaceCatalog(core, workspaceId)
  const { playbook, diagnostics } = compilePlaybook(source, catalog, { file: row.slug })
  const beside = playbook ? testsBeside(tests, row.tests, playbook) : null
  const plugins = await pluginChanges(core, row, lockPlugins(core, workspaceId, usesOf(source)))
  const { steps, triggers, inputs, settings } = changes
  return {
    ...changes,
    changed: before !== source || [steps, triggers, inputs, settings, plugins].some(list => list.length > 0),
    diagnostics,
    publishedNumber: row.number ?? 0,
    plugins,
    inFlight: await inFlightImpact(core, playbookId, before, source),
    tests: {
      count: playbook ? playbook.tests.length + compileTestFile(beside ?? '', playbook, catalog).tests.length : 0,
      required: await readTestRequirement(core, workspaceId),
    },
  }
}

interface PublishedRow extends PluginLock {
  readonly slug: string
  readonly number: number | null
  readonly source: string | null
  readonly tests: string | null
}

async function pluginChanges(
  core: Pick<Core, 'plugins'>,
  before: PublishedRow,
  after: PluginLock,
): Promise<PluginChange[]> {
  const old = before.plugins ?? {}
  await core.plugins.loadPackages([...Object.values(old), ...Object.values(after.plugins)])
  const version = (digest: string | undefined) =>
    digest === undefined ? null : (core.plugins.manifest(digest)?.version ?? digest.slice(0, 12))
  const differing = (a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>) =>
    [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(key => String(a[key]) !== String(b[key])).sort()
  return [
    ...differing(old, after.plugins).map(pluginId => ({
      service: null,
      pluginId,
      from: version(old[pluginId]),
      to: version(after.plugins[pluginId]),
    })),
    ...differing(before.providers ?? {}, after.providers).map(service => ({
      service,
      pluginId: lockedProviders(after, service)[0] ?? lockedProviders(before, service)[0]!,
      from: lockedProviders(before, service).join(', ') || null,
      to: lockedProviders(after, service).join(', ') || null,
    })),
  ]
}

async function inFlightImpact(
  core: Pick<Core, 'sql'>,
  playbookId: string,
  before: string | undefined,
  source: string,
): Promise<InFlightImpact> {
  const counts = await core.sql.query<CountRow>(COUNT_IN_FLIGHT, [playbookId])
  const sum = (of: readonly { readonly count: number }[]) => of.reduce((total, row) => total + row.count, 0)
  const total = sum(counts)
  if (total === 0) return { total, queued: 0, executing: 0, waitingAt: [], migratable: 0, restartable: 0, blocked: [] }
  const versions = [...new Set(counts.map(row => row.version_id))]
  const shapes = await shapesOf(core.sql, versions, source)
  const waiting = await core.sql.query<{ version_id: string; path: string; count: number }>(COUNT_WAITING, [playbookId])
  const fates = await core.sql.query<FateRow>(COUNT_FATES, [playbookId, JSON.stringify(shapes)])
  const titles = new Map([
    ...(readPlaybookText(before ?? '')?.steps.entries() ?? []),
    ...(readPlaybookText(source)?.steps.entries() ?? []),
  ])
  const gone = new Map(shapes.map(shape => [shape.version_id, new Set(shape.gone)]))
  const executing = sum(counts.filter(row => row.executing))
  const free = fates.filter(row => !row.executing && !row.ending)
  return {
    total,
    queued: sum(counts.filter(row => !row.executing && row.status === 'queued')),
    executing,
    waitingAt: Array.from(
      Map.groupBy(waiting, row => row.path),
      ([path, rows]) => ({
        path,
        title: titles.get(path)?.title ?? path,
        count: rows.reduce((all, row) => all + row.count, 0),
        kept: !rows.some(row => gone.get(row.version_id)?.has(path)),
      }),
    ).sort((a, b) => b.count - a.count),
    migratable: sum(free.filter(row => row.gone === null)),
    restartable: sum(free.filter(row => row.unsettled === null && !row.child)),
    blocked: [
      ...simply('ENDING', sum(fates.filter(row => row.ending && !row.executing))),
      ...simply('CHILD', sum(free.filter(row => row.child))),
      ...blocked('STEP_GONE', free, row => row.gone),
      ...blocked('UNSETTLED_EFFECT', free, row => row.unsettled),
      ...simply('EXECUTING', executing),
    ],
  }
}

function blocked(
  reason: Finishing['reason'],
  rows: readonly FateRow[],
  pathOf: (row: FateRow) => string | null,
): Finishing[] {
  const groups = Map.groupBy(
    rows.filter(row => pathOf(row) !== null),
    row => pathOf(row)!,
  )
  return Array.from(groups, ([path, of]) => ({ reason, path, count: of.reduce((all, row) => all + row.count, 0) }))
}

const simply = (reason: Finishing['reason'], count: number): Finishing[] =>
  count > 0 ? [{ reason, path: null, count }] : []

interface CountRow {
  readonly version_id: string
  readonly status: string
  readonly executing: boolean
  readonly count: number
}
interface FateRow {
  readonly executing: boolean
  readonly ending: boolean
  readonly child: boolean
  readonly gone: string | null
  readonly unsettled: string | null
  readonly count: number
}

const READ_PUBLISHED = statement(
  'read-published',
  `select p.slug, v.number, v.source, v.tests, coalesce(v.plugins, '{}') as plugins, coalesce(v.providers, '{}') as providers
   from playbooks p left join playbook_versions v on v.id = p.published_version_id
   where p.workspace_id = $1 and p.id = $2`,
)
const COUNT_IN_FLIGHT = statement(
  'count-in-flight',
  `select version_id, status, lease_owner is not null as executing, count(*)::int as count
   from runs where playbook_id = $1 and finished_at is null group by 1, 2, 3`,
)
const COUNT_WAITING = statement(
  'count-waiting',
  `select r.version_id, ${planned('w.path')} as path, count(distinct r.id)::int as count
   from runs r join waits w on w.run_id = r.id and w.status = 'open' and w.kind <> 'goal'
   where r.playbook_id = $1 and r.finished_at is null group by 1, 2`,
)
/** The journal is read only of runs whose version loses a step. */
const COUNT_FATES = statement(
  'count-fates',
  `select executing, ending, child, gone, unsettled, count(*)::int as count from (
     select r.lease_owner is not null as executing, ${endingOf('r')} as ending, exists (select from waits w where w.child_run_id = r.id and w.status = 'open') as child,
            ${goneOf('r', 's')} as gone, ${unsettledOf('r')} as unsettled
     from runs r join jsonb_to_recordset($2::jsonb) as s(version_id uuid, gone jsonb) on s.version_id = r.version_id
     where r.playbook_id = $1 and r.finished_at is null
   ) as fate group by 1, 2, 3, 4, 5`,
)
