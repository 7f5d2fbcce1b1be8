import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Sql } from './sql.ts'

/** Seconds; 1 is the threshold of the alert on slow answers. */
const API_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const DB_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
const TASK_BUCKETS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 86_400]

/** What may be said of something when its figure is asked for: labels and value. */
export type Reading = readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]

/** By what somebody failed to prove who they are. */
export const AUTH_FAILURES = ['password', 'second-factor', 'token', 'refresh', 'api-key', 'oidc'] as const
export type AuthFailure = (typeof AUTH_FAILURES)[number]

/**
 * The figures of one process, for Prometheus. Labels are closed sets (templates of routes, names of statements, modules): never
 * an id, never something that a caller made up. A figure that has two names comes from one observation.
 */
export class Metrics {
  readonly registry = new Registry()
  readonly #api: readonly [Histogram, Histogram]
  readonly #db: readonly [Histogram, Histogram]
  readonly #task: readonly [Histogram, Histogram]
  readonly #tasks: Counter
  readonly #deliveries: Counter
  readonly #limited: Counter
  readonly #authFailures: Counter
  readonly #cache: Counter

  constructor(version: string) {
    const { registry } = this
    const registers = [registry]
    collectDefaultMetrics({ register: registry })
    new Gauge({ name: 'trae_build_info', help: 'The version; always 1.', labelNames: ['version'], registers }).set(
      { version },
      1,
    )
    const histogram = (name: string, help: string, labelNames: string[], buckets: number[]) =>
      new Histogram({ name, help, labelNames, buckets, registers })
    this.#api = [
      histogram('api_response_time', 'Seconds from a request to its answer.', ['route'], API_BUCKETS),
      histogram(
        'trae_http_request_duration_seconds',
        'Seconds from a request to its answer.',
        ['method', 'route', 'status'],
        API_BUCKETS,
      ),
    ]
    this.#db = [
      histogram('database_query_time', 'Seconds that a statement took.', ['statement'], DB_BUCKETS),
      histogram('trae_db_query_duration_seconds', 'Seconds that a statement took.', ['statement'], DB_BUCKETS),
    ]
    this.#task = [
      histogram(
        'task_execution_time',
        'Seconds from the begin of a task to its end.',
        ['module', 'outcome'],
        TASK_BUCKETS,
      ),
      histogram(
        'trae_task_duration_seconds',
        'Seconds from the begin of a task to its end.',
        ['module', 'outcome'],
        TASK_BUCKETS,
      ),
    ]
    this.#tasks = new Counter({
      name: 'trae_tasks_total',
      help: 'Tasks that this process has seen the end of.',
      labelNames: ['queue', 'outcome'],
      registers,
    })
    this.#deliveries = new Counter({
      name: 'trae_alert_deliveries_total',
      help: 'Attempts to tell somebody of an alert.',
      labelNames: ['channel', 'outcome'],
      registers,
    })
    this.#limited = new Counter({
      name: 'trae_rate_limited_total',
      help: 'Requests that were refused because there were too many.',
      labelNames: ['scope'],
      registers,
    })
    this.#authFailures = new Counter({
      name: 'trae_auth_failures_total',
      help: 'Passwords, codes, tokens and keys that were not accepted, by which of them it was.',
      labelNames: ['reason'],
      registers,
    })
    for (const reason of AUTH_FAILURES) this.#authFailures.inc({ reason }, 0) // a rate begins with the first failure
    this.#cache = new Counter({
      name: 'trae_cache_reads_total',
      help: 'Answers that are kept, by name: a hit was there, a miss was counted, away means that Redis could not be asked.',
      labelNames: ['name', 'outcome'],
      registers,
    })
  }

  /** A request was refused for there were too many; by `address`, by `key`, or a stream or operation of a `person`. */
  rateLimited(scope: 'address' | 'key' | 'person'): void {
    this.#limited.inc({ scope })
  }

  authFailed(reason: AuthFailure): void {
    this.#authFailures.inc({ reason })
  }

  cacheRead(name: string, outcome: 'hit' | 'miss' | 'away'): void {
    this.#cache.inc({ name, outcome })
  }

  /** A request was answered; `route` is a template. */
  request(method: string, route: string, status: number, seconds: number): void {
    this.#api[0].observe({ route }, seconds)
    this.#api[1].observe({ method, route, status: String(status) }, seconds)
  }

  statement(name: string, seconds: number): void {
    for (const histogram of this.#db) histogram.observe({ statement: name === '' ? 'other' : name }, seconds)
  }

  task(module: string, outcome: string, seconds: number): void {
    for (const histogram of this.#task) histogram.observe({ module, outcome }, seconds)
    this.#tasks.inc({ queue: 'tasks', outcome })
  }

  delivery(channel: string, outcome: string): void {
    this.#deliveries.inc({ channel, outcome })
  }

  /** A figure that is read when it is asked for. What cannot be read then is left out of that answer. */
  gauge(name: string, help: string, labelNames: string[], read: () => Promise<Reading>): void {
    const made = new Gauge({
      name,
      help,
      labelNames,
      registers: [],
      async collect() {
        this.reset()
        if (labelNames.length === 0) this.remove() // a reset leaves a zero, which nobody has read
        for (const { labels, value } of await read().catch((): Reading => [])) this.set(labels, value)
      },
    })
    this.registry.registerMetric(made)
  }

  /** The same for a total that only grows and is counted from rows, so that no restart loses it. */
  total(name: string, help: string, labelNames: string[], read: () => Promise<Reading>): void {
    const made = new Counter({
      name,
      help,
      labelNames,
      registers: [],
      async collect() {
        this.reset()
        if (labelNames.length === 0) this.remove() // a reset leaves a zero, which nobody has read
        for (const { labels, value } of await read().catch((): Reading => [])) this.inc(labels, value)
      },
    })
    this.registry.registerMetric(made)
  }
}

/** The same, with every statement observed. */
export function observed(sql: Sql, metrics: Metrics): Sql {
  return {
    async query(statement, parameters) {
      const begun = performance.now()
      try {
        return await sql.query(statement, parameters)
      } finally {
        metrics.statement(statement.family ?? statement.name, (performance.now() - begun) / 1000)
      }
    },
    transaction: work => sql.transaction(tx => work(observed(tx, metrics))),
  }
}

const wrapped = new WeakMap<Sql, Sql>()
/** The same for one that is asked for again and again: what others keep by it stays kept. */
export function observedOnce(sql: Sql, metrics: Metrics): Sql {
  let found = wrapped.get(sql)
  if (!found) wrapped.set(sql, (found = observed(sql, metrics)))
  return found
}
