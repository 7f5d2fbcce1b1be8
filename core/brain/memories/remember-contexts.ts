import { createHash } from 'node:crypto'
import type { Core } from '../../context.ts'
import { crashPoint } from '../../crash-point.ts'
import type { WorkspaceId } from '../../ids.ts'
import { storeOwnEntry } from '../../memory/store-entry.ts'
import { MODULE_KEYS, type ModuleKey } from '../../playbooks/playbook.ts'
import { METRIC_NAMES, metricKind, metricValues, type MetricValues } from '../../sales/metric.ts'
import { statement } from '../../sql.ts'
import { storable } from '../../words.ts'
import { brainStatus, type ModuleState } from '../brain-status.ts'
import { wordsOfContext } from './context-words.ts'

type RememberCore = Pick<Core, 'sql' | 'clock' | 'pubsub' | 'brain'>

const HOUR_MS = 60 * 60_000
const DAYS = 30
const AT_ONCE = 20
const LONGEST = 4000

/**
 * Puts how each module stands into the shared memory as `context_<module>`: who works in it, what it is busy with, its playbooks and its
 * figures of the last 30 days, so that an agent who asks for the context of its module begins with that. Looked at again when a module
 * changes hands, when a playbook is published or rests, and each hour; stored where the text is another one. A module of which nothing is
 * known has none. What a person or a plugin has stored under that key is left alone, and what was forgotten stays so until there is
 * something new. A look of the process that leads.
 */
export async function rememberContexts(core: RememberCore): Promise<void> {
  for (let full = true; full;) {
    const now = core.clock.now()
    const rows = await core.sql.query<Due>(DUE, [new Date(now.getTime() - HOUR_MS), AT_ONCE])
    for (const row of rows) await remember(core, row)
    full = rows.length === AT_ONCE
  }
}

interface Due {
  readonly workspaceId: WorkspaceId
  readonly locale: string
  /** Of what was told last, by module. */
  readonly contexts: Readonly<Record<string, string>> | null
  /** Of modules and playbooks. */
  readonly state: string
  readonly playbooks: readonly { readonly module: string; readonly slug: string; readonly paused: boolean }[]
}

async function remember(core: RememberCore, due: Due): Promise<void> {
  const { workspaceId, locale, contexts } = due
  const now = core.clock.now()
  const period = { from: new Date(now.getTime() - DAYS * 24 * HOUR_MS).toISOString(), to: now.toISOString() }
  const [{ modules }, figures] = await Promise.all([
    brainStatus(core, workspaceId),
    metricValues(core, workspaceId, period),
  ])
  const told: Record<string, string> = { ...contexts }
  for (const module of MODULE_KEYS) {
    const state = modules.find(({ key }) => key === module)!
    const own = figuresOf(module, figures)
    if (!isKnown(state, own)) continue
    const playbooks = due.playbooks.filter(playbook => playbook.module === module)
    const content = storable(textOf(state, own, playbooks, locale), LONGEST)
    const hash = createHash('sha256').update(content).digest('hex').slice(0, 16)
    if (told[module] === hash) continue
    const { status, mode, healthScore } = state
    const data = { status, mode, healthScore, days: DAYS, figures: Object.fromEntries(own) }
    await storeOwnEntry(core, workspaceId, { type: 'context', module, content, data }, 'host:contexts')
    told[module] = hash
  }
  crashPoint('context.remembered')
  await core.sql.query(MARK, [workspaceId, JSON.stringify(told), due.state, now])
}

/** Those that say something: neither unknown nor an amount of nothing. */
const figuresOf = (module: ModuleKey, values: MetricValues) =>
  METRIC_NAMES.flatMap(name => {
    const { module: of, unit } = metricKind(name)
    const value = values[name]
    const says = value !== null && (unit !== 'money' || value !== 0)
    return of === module && says ? [[name, value] as const] : []
  })
type Figures = ReturnType<typeof figuresOf>

const isKnown = ({ mode, lastExecutedAt, tasks }: ModuleState, figures: Figures) =>
  mode === 'manual' ||
  lastExecutedAt !== null ||
  tasks.suggested + tasks.queued + tasks.running + tasks.manual > 0 ||
  figures.some(([, value]) => value !== 0)

function textOf(state: ModuleState, figures: Figures, playbooks: Due['playbooks'], locale: string): string {
  const words = wordsOfContext(locale)
  const { key, status, modeReason, healthScore, healthFactors, tasks, feeds, dependsOn } = state
  const names = (keys: readonly ModuleKey[]) => keys.map(other => words.modules[other]).join(', ')
  const list = (paused: boolean) => playbooks.filter(one => one.paused === paused).map(({ slug }) => slug)
  const [active, resting] = [list(false), list(true)]
  const said = figures.map(([name, value]) => {
    const { unit, currency } = metricKind(name)
    const style =
      unit === 'share'
        ? { style: 'percent' as const }
        : unit === 'money'
          ? { style: 'currency' as const, currency }
          : {}
    return `${words.figures[name]} ${new Intl.NumberFormat(locale, { ...style, maximumFractionDigits: 0 }).format(value)}`
  })
  return [
    `${words.modules[key]}: ${status === 'manual' ? words.manual(modeReason) : words.status[status]}`,
    words.health(
      healthScore,
      healthFactors.map(({ name, value }) => `${words.factors[name] ?? name}: ${value}`).join('; '),
    ),
    ...(dependsOn.length > 0 ? [words.from(names(dependsOn))] : []),
    words.to(names(feeds)),
    ...(tasks.suggested + tasks.queued + tasks.running + tasks.manual > 0 ? [words.tasks(tasks)] : []),
    ...(active.length > 0 ? [words.active(active.join(', '))] : []),
    ...(resting.length > 0 ? [words.resting(resting.join(', '))] : []),
    ...(said.length > 0 ? [words.lately(DAYS, said.join(', '))] : []),
  ].join('\n')
}

const DUE = statement(
  'contexts-to-remember',
  `select w.id as "workspaceId", w.locale, s.contexts, now_there.state, now_there.playbooks
   from workspaces w left join memory_spaces s on s.workspace_id = w.id
   cross join lateral (
     select md5(coalesce(p.state, '') || coalesce(m.state, '')) as state, coalesce(p.list, '[]') as playbooks
     from (
       select string_agg(concat_ws(':', id, module, status), ',' order by id) as state,
         jsonb_agg(jsonb_build_object('module', module, 'slug', slug, 'paused', status = 'PAUSED') order by slug) as list
       from playbooks where workspace_id = w.id and made_for is null and published_version_id is not null
     ) p,
     (select string_agg(concat_ws(':', key, mode, reason), ',' order by key) as state from modules where workspace_id = w.id) m
   ) now_there
   where s.contexts_at is null or s.contexts_at <= $1 or s.contexts_of is distinct from now_there.state
   order by s.contexts_at nulls first, w.id limit $2`,
)
const MARK = statement(
  'mark-contexts-remembered',
  `insert into memory_spaces (workspace_id, revision, contexts, contexts_of, contexts_at) values ($1, 0, $2::jsonb, $3, $4)
   on conflict (workspace_id) do update set contexts = excluded.contexts, contexts_of = excluded.contexts_of, contexts_at = excluded.contexts_at`,
)
