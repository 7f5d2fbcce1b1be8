import type { Brain } from './brain/brain.ts'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import type { EgressSettings } from './credentials/egress.ts'
import type { Vault } from './credentials/vault.ts'
import type { Cache } from './adapters/cache/cache.ts'
import type { Limits } from './adapters/limits/limits.ts'
import type { Llm } from './adapters/llm/llm.ts'
import type { Memory } from './memory/memory.ts'
import type { Queue } from './adapters/queue/queue.ts'
import type { PluginTraffic } from './plugins/traffic.ts'
import type { Models } from './decisions/models.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Hold } from './plugins/hold.ts'
import type { PluginRegistry } from './plugins/registry.ts'
import type { RunTests } from './publishing/demand-tests.ts'
import type { PlaybookRegistry } from './publishing/playbook-registry.ts'
import type { PubSub } from './pubsub.ts'
import type { Journal } from './runs/journal.ts'
import type { Sandbox } from './sandbox/sandbox.ts'
import type { Sql } from './sql.ts'

/**
 * Everything the engine's functions work with, made once in `core.ts` and handed down as the first argument, typed as
 * a `Pick` of what is used. Nothing in it is global; two cores can live in one process (tests do that).
 */
export interface Core {
  readonly config: Config
  readonly log: Log
  readonly clock: Clock
  /** Hand-written statements: the hot path. */
  readonly sql: Sql
  /** For what is done on behalf of a member: on Postgres, the database itself keeps to the workspace. */
  readonly sqlOf: (workspaceId: string) => Sql
  readonly pubsub: PubSub
  /** The doorbell: carries ids, never state. */
  readonly queue: Queue
  /** Figures that were counted before. */
  readonly cache: Cache
  readonly vault: Vault
  /** How much has come in, and from whom. */
  readonly limits: Limits
  /** What the operator of this host allows beyond the rules to all that plugins send. */
  readonly egress: EgressSettings
  readonly sandbox: Sandbox
  readonly memory: Memory
  /** Undefined where this host has no language model. */
  readonly llm: Llm | undefined
  readonly plugins: PluginRegistry
  readonly playbooks: PlaybookRegistry
  readonly journal: Journal
  /** What plugins exchange with whom. */
  readonly traffic: PluginTraffic
  /** What the models of decision policies know. */
  readonly models: Models
  readonly brain: Brain
  /** Figures of this process, for Prometheus. */
  readonly metrics: Metrics
  /** Only in rehearsals: answers in the stead of plugins and of other playbooks. */
  readonly hold?: Hold | undefined
  /** Tests of a text that is to be published, in a process of their own; not in rehearsals. */
  readonly runTests?: RunTests | undefined
  /** Only in rehearsals: in place of chance (0 to 1), so that the same test ends the same. */
  readonly random?: (() => number) | undefined
}
