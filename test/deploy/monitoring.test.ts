import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { grafanaDashboards } from '../../deploy/make-grafana-dashboards.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { unknownMetrics } from './unknown-metrics.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
interface Compose {
  readonly services: Readonly<
    Record<string, { readonly volumes?: readonly string[]; readonly environment?: Readonly<Record<string, unknown>> }>
  >
}
interface Dashboard {
  readonly uid: string
  readonly panels: readonly {
    readonly title: string
    readonly fieldConfig: { readonly defaults: { readonly unit: string } }
    readonly targets: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[]
  }[]
}

describe('Prometheus and Grafana of docker-compose.yml', () => {
  const { services } = parse(read('docker-compose.yml')) as Compose
  /** The file of ours that stands under a path in a container. */
  const mounted = (service: string, path: string) =>
    services[service]!.volumes!.find(volume => volume.split(':')[1] === path)?.split(':')[0]

  it('ask the program where it answers, judge by our rules, and find each other', () => {
    const config = parse(read(mounted('prometheus', '/etc/prometheus/prometheus.yml')!)) as {
      rule_files: string[]
      scrape_configs: { static_configs: { targets: string[] }[] }[]
    }
    const targets = config.scrape_configs.flatMap(one => one.static_configs.flatMap(({ targets }) => targets))
    expect(targets).toEqual([`app:${services['app']!.environment!['TRAE_METRICS_PORT']}`])
    expect(config.rule_files.map(path => mounted('prometheus', path))).toEqual(['./deploy/prometheus-rules.yaml'])
    const sources = mounted('grafana', '/etc/grafana/provisioning/datasources/trae-os.yaml')!
    const { datasources } = parse(read(sources)) as { datasources: { url: string; type: string }[] }
    expect(datasources).toMatchObject([{ type: 'prometheus', url: 'http://prometheus:9090' }])
    const provided = mounted('grafana', '/etc/grafana/provisioning/dashboards/trae-os.yaml')!
    const { providers } = parse(read(provided)) as { providers: { options: { path: string } }[] }
    expect(providers.map(({ options }) => mounted('grafana', options.path))).toEqual(['./deploy/monitoring/dashboards'])
  })
})

describe('the dashboards of Grafana', () => {
  let core: TestCore
  beforeAll(async () => {
    core = await openTestCore('pglite')
  })
  afterAll(() => core.close())
  const dashboards = [...grafanaDashboards().values()].map(text => JSON.parse(text) as Dashboard)

  it('are those of the code: npm run grafana-dashboards writes them', () => {
    const folder = 'deploy/monitoring/dashboards'
    const files = readdirSync(join(ROOT, folder)).map(file => [
      file.replace('.json', ''),
      JSON.parse(read(join(folder, file))) as Dashboard,
    ])
    expect(Object.fromEntries(files)).toEqual(Object.fromEntries(dashboards.map(one => [one.uid, one])))
  })

  it('ask for metrics that the program has, of the source that is chosen, in a unit', () => {
    const names = new Set(core.metrics.registry.getMetricsAsArray().map(({ name }) => name))
    expect(dashboards.map(({ uid }) => uid)).toEqual(['trae-requests', 'trae-resources', 'trae-business', 'trae-runs'])
    for (const { title, fieldConfig, targets } of dashboards.flatMap(({ panels }) => panels)) {
      expect(targets.length, title).toBeGreaterThan(0)
      expect(fieldConfig.defaults.unit, title).toMatch(/^(short|s|bytes|reqps|percentunit)$/)
      for (const { expr, datasource } of targets) {
        expect(unknownMetrics(expr, names), expr).toEqual([])
        expect(datasource.uid).toBe('${source}')
      }
    }
  })
})
