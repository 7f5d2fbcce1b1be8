import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { prometheusRules } from '../../core/brain/alerts/prometheus-rules.ts'
import { RULES } from '../../core/brain/alerts/rules.ts'
import { operatorRules } from '../../deploy/make-prometheus-rules.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { unknownMetrics } from './unknown-metrics.ts'

const DEPLOY = join(import.meta.dirname, '../../deploy')
const read = (path: string) => readFileSync(join(DEPLOY, path), 'utf8')
interface Rules {
  readonly groups: readonly { readonly rules: readonly { alert: string; expr: string; for: string }[] }[]
}
const rulesOf = (text: string) => (parse(text) as Rules).groups.flatMap(group => group.rules)

describe('the rules for Prometheus', () => {
  let core: TestCore
  beforeAll(async () => {
    core = await openTestCore('pglite')
  })
  afterAll(() => core.close())

  it('are those of the code: npm run prometheus-rules writes them', () => {
    expect(read('prometheus-rules.yaml')).toBe(prometheusRules())
    expect(read('kubernetes/monitoring/prometheus-rule.yaml')).toBe(operatorRules())
    expect((parse(operatorRules()) as { spec: unknown }).spec).toEqual(parse(prometheusRules()))
  })

  it('have the thresholds that the program judges by', () => {
    const health = rulesOf(prometheusRules()).find(({ alert }) => alert === 'TraeBrainHealth')
    expect(health).toMatchObject({
      expr: `brain_health_score < ${RULES['brain-health'].threshold}`,
      for: `${RULES['brain-health'].forSeconds}s`,
    })
  })

  it('ask for metrics that the program has', () => {
    const names = new Set(core.metrics.registry.getMetricsAsArray().map(({ name }) => name))
    const rules = rulesOf(prometheusRules())
    expect(rules.flatMap(({ expr }) => unknownMetrics(expr, names))).toEqual([])
    expect(rules.length).toBeGreaterThan(8)
    expect(unknownMetrics('max by (queue) (trae_queue_oldest_age) > 3', names)).toEqual(['trae_queue_oldest_age'])
  })
})
