import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify, parse } from 'yaml'
import { prometheusRules } from '../core/brain/alerts/prometheus-rules.ts'

/** Writes the rules for Prometheus, alone and as the object that the Prometheus operator reads. A test compares both with the code. */
const rules = prometheusRules()
export const operatorRules = (): string =>
  `# The rules of deploy/prometheus-rules.yaml for the Prometheus operator; made with them\n${stringify(
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'trae-os' },
      spec: parse(rules) as object,
    },
    { lineWidth: 0, singleQuote: true },
  )}`
if (import.meta.main) {
  writeFileSync(join(import.meta.dirname, 'prometheus-rules.yaml'), rules)
  writeFileSync(join(import.meta.dirname, 'kubernetes/monitoring/prometheus-rule.yaml'), operatorRules())
}
