import { type Sql, statement } from '../../sql.ts'

export const SEVERITIES = ['CRITICAL', 'WARNING', 'INFO'] as const
export type Severity = (typeof SEVERITIES)[number]
export const CHANNELS = ['NOTICE', 'EMAIL', 'WEBHOOK', 'SLACK', 'PAGERDUTY'] as const
export type Channel = (typeof CHANNELS)[number]

/** What a figure is counted in; `share` is 0–1, `score` 0–100. */
export type Unit = 'score' | 'share' | 'seconds' | 'hours' | 'days' | 'count' | 'money'

/** A rule as it is built in. The program judges it, and the rules for Prometheus are made of the same figures. */
export interface BuiltInRule {
  readonly severity: Severity
  readonly unit: Unit
  /** On which side of the threshold a figure is out of bounds. */
  readonly bad: 'above' | 'below'
  readonly threshold: number
  /** What a workspace may set it to. */
  readonly bounds: readonly [number, number]
  /** A figure is well again only on the other side of this; between the two everything stays as it is. */
  readonly clears: (threshold: number) => number
  /** Out of bounds for so long without a break: it fires. */
  readonly forSeconds: number
  /** Well again for so long without a break: it is over. */
  readonly clearForSeconds: number
  /** Off until a workspace has set what it wants. */
  readonly off?: true
  /** The same for who scrapes `/metrics`; none where no metric has it. */
  readonly prometheus?: (threshold: number) => string
}

const share = { unit: 'share', bad: 'above', bounds: [0.001, 1], clears: (t: number) => t * 0.8 } as const
const count = { unit: 'count', bad: 'above', bounds: [0, 1_000_000], clears: (t: number) => t } as const
const ALL_CHANNELS: readonly Channel[] = CHANNELS

export const RULES = {
  'brain-health': {
    severity: 'CRITICAL',
    unit: 'score',
    bad: 'below',
    threshold: 80,
    bounds: [1, 100],
    clears: t => Math.min(100, t + 5),
    forSeconds: 300,
    clearForSeconds: 120,
    prometheus: t => `brain_health_score < ${t}`,
  },
  'module-errors': {
    ...share,
    severity: 'CRITICAL',
    threshold: 0.05,
    forSeconds: 300,
    clearForSeconds: 120,
    prometheus: t =>
      `sum by (module) (increase(trae_module_executions_total{outcome="failed"}[5m])) / sum by (module) (increase(trae_module_executions_total[5m])) > ${t} and sum by (module) (increase(trae_module_executions_total[5m])) >= ${FEWEST_EXECUTIONS}`,
  },
  'module-manual': {
    ...count,
    severity: 'CRITICAL',
    threshold: 0,
    bounds: [0, 0],
    forSeconds: 0,
    clearForSeconds: 0,
    prometheus: t => `sum by (module) (trae_module_status{status="manual"}) > ${t}`,
  },
  'queue-age': {
    severity: 'CRITICAL',
    unit: 'seconds',
    bad: 'above',
    threshold: 300,
    bounds: [10, 86_400],
    clears: t => t / 2,
    forSeconds: 60,
    clearForSeconds: 60,
    prometheus: t => `max by (queue) (trae_queue_oldest_task_age_seconds) > ${t}`,
  },
  'runs-quarantined': { ...count, severity: 'CRITICAL', threshold: 0, forSeconds: 0, clearForSeconds: 0 },
  'credential-broken': {
    ...count,
    severity: 'CRITICAL',
    threshold: 0,
    bounds: [0, 0],
    forSeconds: 60,
    clearForSeconds: 0,
  },
  'plugin-disabled': {
    ...count,
    severity: 'CRITICAL',
    threshold: 0,
    bounds: [0, 0],
    forSeconds: 0,
    clearForSeconds: 0,
  },
  'kill-list': {
    ...count,
    severity: 'WARNING',
    threshold: 0,
    bounds: [0, 0],
    forSeconds: 4000, // two readings: one between which list and signature were replaced is no news
    clearForSeconds: 0,
  },
  'backup-late': {
    severity: 'CRITICAL',
    unit: 'hours',
    bad: 'above',
    threshold: 26,
    bounds: [25, 720],
    clears: t => t,
    forSeconds: 0,
    clearForSeconds: 0,
    prometheus: t => `max(trae_backup_age_seconds) > ${t * 3600}`,
  },
  'backup-untried': {
    severity: 'CRITICAL',
    unit: 'days',
    bad: 'above',
    threshold: 8,
    bounds: [8, 90],
    clears: t => t,
    forSeconds: 0,
    clearForSeconds: 0,
    prometheus: t => `max(trae_backup_drill_age_seconds) > ${t * 86_400}`,
  },
  'hard-bounces': { ...share, severity: 'WARNING', threshold: 0.05, forSeconds: 300, clearForSeconds: 600 },
  'no-leads': {
    severity: 'WARNING',
    unit: 'hours',
    bad: 'above',
    threshold: 72,
    bounds: [1, 2160],
    clears: t => t,
    forSeconds: 0,
    clearForSeconds: 0,
  },
  'revenue-below-goal': {
    severity: 'WARNING',
    unit: 'money',
    bad: 'below',
    threshold: 1,
    bounds: [1, 1e12],
    clears: t => t,
    forSeconds: 0,
    clearForSeconds: 0,
    off: true,
  },
  'session-stolen': {
    ...count,
    severity: 'CRITICAL',
    threshold: 0,
    bounds: [0, 0],
    forSeconds: 0,
    clearForSeconds: 0,
  },
  'privacy-request-late': {
    ...count,
    unit: 'days',
    severity: 'CRITICAL',
    threshold: 10,
    bounds: [1, 15],
    forSeconds: 0,
    clearForSeconds: 0,
  },
} as const satisfies Readonly<Record<string, BuiltInRule>>

export type RuleKey = keyof typeof RULES
export const RULE_KEYS = Object.keys(RULES) as RuleKey[]
export const isRuleKey = (key: string): key is RuleKey => Object.hasOwn(RULES, key)

/** Fewer runs than this have no error rate that anybody should be woken for. */
export const FEWEST_EXECUTIONS = 20

/** A rule as it holds in a workspace. */
export interface AlertRule extends Omit<BuiltInRule, 'off' | 'prometheus'> {
  readonly key: RuleKey
  readonly enabled: boolean
  readonly channels: readonly Channel[]
  /** Until then it fires and nobody is told. */
  readonly mutedUntil: Date | null
}

/** Where each severity is told, as far as that channel is connected. */
const USUAL: Readonly<Record<Severity, readonly Channel[]>> = {
  CRITICAL: ALL_CHANNELS,
  WARNING: ['NOTICE', 'WEBHOOK', 'SLACK'],
  INFO: ['NOTICE'],
}

/** All rules as they hold in the workspace, in the order in which they are built in. */
export async function readRules(
  { sql }: { readonly sql: Pick<Sql, 'query'> },
  workspaceId: string,
): Promise<AlertRule[]> {
  const rows = await sql.query<RuleRow>(READ_RULES, [workspaceId])
  const own = new Map(rows.map(row => [row.key, row]))
  return RULE_KEYS.map(key => {
    const { off, prometheus: _expression, ...builtIn }: BuiltInRule = RULES[key]
    const { enabled, threshold, severity, channels, mutedUntil } = own.get(key) ?? UNCHANGED
    return {
      ...builtIn,
      key,
      enabled: enabled ?? !off,
      threshold: threshold ?? builtIn.threshold,
      severity: severity ?? builtIn.severity,
      channels: channels ?? USUAL[severity ?? builtIn.severity],
      mutedUntil,
    }
  })
}

interface RuleRow {
  readonly key: string
  readonly enabled: boolean | null
  readonly threshold: number | null
  readonly severity: Severity | null
  readonly channels: Channel[] | null
  readonly mutedUntil: Date | null
}
const UNCHANGED = { enabled: null, threshold: null, severity: null, channels: null, mutedUntil: null }

const READ_RULES = statement(
  'read-alert-rules',
  `select key, enabled, threshold, severity, channels, muted_until as "mutedUntil" from alert_rules where workspace_id = $1`,
)
