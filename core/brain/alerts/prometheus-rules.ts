import { stringify } from 'yaml'
import { figureText, summaryOf, TEXTS } from './alert-texts.ts'
import { type BuiltInRule, RULE_KEYS, RULES } from './rules.ts'

interface PrometheusRule {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly description: string }
}

/** Of processes, which the program itself cannot tell when they are away or slow. */
const OF_PROCESSES: readonly PrometheusRule[] = [
  of(
    'TraeDown',
    'up{job=~".*trae.*"} == 0',
    60,
    'critical',
    'A process of TRAE OS does not answer.',
    'Look at its log and at the events of its pod; the others take up its runs.',
  ),
  of(
    'TraeDatabaseDown',
    'trae_db_up == 0',
    60,
    'critical',
    'The database does not answer a process of TRAE OS.',
    'Look at the database and at the way there. Work goes on by itself when it answers again.',
  ),
  of(
    'TraeNoLeader',
    'sum(trae_leader) < 1 or absent(trae_leader)',
    60,
    'critical',
    'No process of TRAE OS leads: nothing is scheduled.',
    'See that one process runs and was not stopped on the page Brain (brainStart).',
  ),
  of(
    'TraeApiSlow',
    'histogram_quantile(0.95, sum by (le) (rate(trae_http_request_duration_seconds_bucket[5m]))) > 1',
    300,
    'critical',
    'One request in twenty takes more than a second.',
    'trae_db_query_duration_seconds says whether it is the database.',
  ),
  of(
    'TraeFewWorkers',
    'max(trae_workers) < max(trae_recommended_workers)',
    900,
    'warning',
    'There are fewer processes than recommended.',
    'The autoscaler does not follow trae_recommended_workers, or the cluster is full.',
  ),
  of(
    'TraeAlertsUntold',
    'sum(increase(trae_alert_deliveries_total{outcome="failed"}[1h])) > 0',
    0,
    'warning',
    'Alerts could not be told.',
    'The page Alerts lists who was not told, and why.',
  ),
]

/** `deploy/prometheus-rules.yaml`: the same rules for who scrapes `/metrics`, from the same definitions. */
export function prometheusRules(): string {
  const built = RULE_KEYS.flatMap((key): PrometheusRule[] => {
    const { prometheus, threshold, forSeconds, severity, unit }: BuiltInRule = RULES[key]
    if (!prometheus) return []
    const told = {
      name: '{{ $labels.module }}',
      value: unit === 'share' ? '{{ $value | humanizePercentage }}' : '{{ $value }}',
      threshold: figureText('en', unit, threshold),
    }
    const { advice } = TEXTS.en[key]
    const name = `Trae${key.replace(/(^|-)([a-z])/g, (_all, _dash, letter: string) => letter.toUpperCase())}`
    return [of(name, prometheus(threshold), forSeconds, severity.toLowerCase(), summaryOf('en', key, told), advice)]
  })
  const groups = [
    { name: 'trae-os', rules: built },
    { name: 'trae-os-processes', rules: OF_PROCESSES },
  ]
  return `# Made by npm run prometheus-rules from core/brain/alerts; what you change here is overwritten\n${stringify({ groups }, { lineWidth: 0, singleQuote: true })}`
}

function of(
  alert: string,
  expr: string,
  seconds: number,
  severity: string,
  summary: string,
  description: string,
): PrometheusRule {
  return { alert, expr, for: `${seconds}s`, labels: { severity }, annotations: { summary, description } }
}
