import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Writes the dashboards for Grafana; a test compares them with this, and what they ask for with the figures of the program. */
interface Panel {
  readonly title: string
  /** Of Grafana: `s`, `percentunit`, `reqps`, `short`, `bytes` … */
  readonly unit: string
  /** By what a line is called. */
  readonly lines: Readonly<Record<string, string>>
}

const quantile = (share: number, metric: string, by: string) =>
  `histogram_quantile(${share}, sum by (le, ${by}) (rate(${metric}_bucket[5m])))`

const DASHBOARDS: Readonly<Record<string, { readonly title: string; readonly panels: readonly Panel[] }>> = {
  'trae-requests': {
    title: 'TRAE OS: requests',
    panels: [
      {
        title: 'Requests by route',
        unit: 'reqps',
        lines: { '{{route}}': 'sum by (route) (rate(trae_http_request_duration_seconds_count[5m]))' },
      },
      {
        title: 'Errors of the host',
        unit: 'percentunit',
        lines: {
          'status 5xx':
            'sum(rate(trae_http_request_duration_seconds_count{status=~"5.."}[5m])) / sum(rate(trae_http_request_duration_seconds_count[5m]))',
        },
      },
      {
        title: 'Time to an answer, 95 of 100',
        unit: 's',
        lines: { '{{route}}': quantile(0.95, 'trae_http_request_duration_seconds', 'route') },
      },
      {
        title: 'Refused',
        unit: 'short',
        lines: {
          'too many, by {{scope}}': 'sum by (scope) (increase(trae_rate_limited_total[5m]))',
          'not proven by {{reason}}': 'sum by (reason) (increase(trae_auth_failures_total[5m]))',
        },
      },
    ],
  },
  'trae-resources': {
    title: 'TRAE OS: processes, queues and database',
    panels: [
      {
        title: 'Processes',
        unit: 'short',
        lines: {
          'at work': 'max(trae_workers)',
          recommended: 'max(trae_recommended_workers)',
          leading: 'sum(trae_leader)',
        },
      },
      { title: 'CPU', unit: 'percentunit', lines: { '{{instance}}': 'rate(process_cpu_seconds_total[5m])' } },
      {
        title: 'Memory',
        unit: 'bytes',
        lines: {
          '{{instance}}': 'process_resident_memory_bytes',
          'search, {{instance}}': 'trae_memory_search_bytes',
        },
      },
      { title: 'What waits', unit: 'short', lines: { '{{queue}}': 'max by (queue) (task_queue_size)' } },
      {
        title: 'How long the oldest has waited',
        unit: 's',
        lines: { '{{queue}}': 'max by (queue) (trae_queue_oldest_task_age_seconds)' },
      },
      {
        title: 'Statements of the database, 95 of 100',
        unit: 's',
        lines: { slowest: `topk(5, ${quantile(0.95, 'trae_db_query_duration_seconds', 'statement')})` },
      },
      { title: 'The database answers', unit: 'short', lines: { '{{instance}}': 'trae_db_up' } },
      {
        title: 'Answers that were kept',
        unit: 'short',
        lines: { '{{name}}, {{outcome}}': 'sum by (name, outcome) (increase(trae_cache_reads_total[5m]))' },
      },
    ],
  },
  'trae-business': {
    title: 'TRAE OS: business',
    panels: [
      { title: 'Leads', unit: 'short', lines: { '{{outcome}}': 'max by (outcome) (leads_processed_total)' } },
      { title: 'Meetings', unit: 'short', lines: { '{{outcome}}': 'max by (outcome) (meetings_scheduled_total)' } },
      { title: 'Deals', unit: 'short', lines: { '{{outcome}}': 'max by (outcome) (deals_closed_total)' } },
      { title: 'Won', unit: 'short', lines: { '{{currency}}': 'max by (currency) (revenue_generated)' } },
    ],
  },
  'trae-runs': {
    title: 'TRAE OS: runs and modules',
    panels: [
      { title: 'Health of the brain', unit: 'short', lines: { health: 'min(brain_health_score)' } },
      { title: 'Modules that work', unit: 'short', lines: { modules: 'max(modules_active_count)' } },
      {
        title: 'Runs that ended',
        unit: 'short',
        lines: {
          '{{module}}, {{outcome}}': 'sum by (module, outcome) (increase(trae_module_executions_total[5m]))',
        },
      },
      {
        title: 'Share that failed',
        unit: 'percentunit',
        lines: {
          '{{module}}':
            'sum by (module) (increase(trae_module_executions_total{outcome="failed"}[15m])) / sum by (module) (increase(trae_module_executions_total[15m]))',
        },
      },
      { title: 'Runs in the hands of a process', unit: 'short', lines: { '{{instance}}': 'trae_runs_executing' } },
      {
        title: 'Tasks, 95 of 100',
        unit: 's',
        lines: { '{{module}}': quantile(0.95, 'trae_task_duration_seconds', 'module') },
      },
      { title: 'What the shared memory holds', unit: 'short', lines: { entries: 'max(memory_entries_count)' } },
      {
        title: 'Alerts that were told',
        unit: 'short',
        lines: { '{{channel}}, {{outcome}}': 'sum by (channel, outcome) (increase(trae_alert_deliveries_total[1h]))' },
      },
    ],
  },
}

const SOURCE = { type: 'prometheus', uid: '${source}' }
const WIDTH = 12
const HEIGHT = 8

/** By its uid, the JSON as Grafana reads it. */
export const grafanaDashboards = (): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(DASHBOARDS).map(([uid, { title, panels }]) => {
      const source = { name: 'source', label: 'Prometheus', type: 'datasource', query: 'prometheus' }
      const dashboard = {
        uid,
        title,
        tags: ['trae-os'],
        timezone: 'browser',
        schemaVersion: 41,
        refresh: '30s',
        time: { from: 'now-6h', to: 'now' },
        templating: { list: [source] },
        panels: panels.map(({ title, unit, lines }, at) => ({
          id: at + 1,
          type: 'timeseries',
          title,
          datasource: SOURCE,
          gridPos: { x: (at % 2) * WIDTH, y: Math.floor(at / 2) * HEIGHT, w: WIDTH, h: HEIGHT },
          fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
          targets: Object.entries(lines).map(([legendFormat, expr], line) => ({
            refId: String.fromCodePoint(65 + line),
            datasource: SOURCE,
            expr,
            legendFormat,
          })),
        })),
      }
      return [uid, `${JSON.stringify(dashboard, undefined, 2)}\n`]
    }),
  )

if (import.meta.main) {
  const folder = join(import.meta.dirname, 'monitoring/dashboards')
  mkdirSync(folder, { recursive: true })
  for (const [uid, text] of grafanaDashboards()) writeFileSync(join(folder, `${uid}.json`), text)
}
