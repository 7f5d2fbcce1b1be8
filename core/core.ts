import { randomUUID } from 'node:crypto'
import { MemoryCache } from './adapters/cache/memory-cache.ts'
import { noCache } from './adapters/cache/no-cache.ts'
import { openDatabase } from './adapters/database.ts'
import { MemoryLimits } from './adapters/limits/memory-limits.ts'
import { InProcessQueue } from './adapters/queue/in-process-queue.ts'
import { LexicalEmbedder } from './adapters/embedder/lexical-embedder.ts'
import { OpenAiEmbedder } from './adapters/embedder/openai-embedder.ts'
import { OpenAiLlm } from './adapters/llm/openai-llm.ts'
import { OpenAiClient } from './adapters/openai-client.ts'
import { ExactVectorStore } from './adapters/vector-store/exact-vector-store.ts'
import { findPgvector, PgvectorStore } from './adapters/vector-store/pgvector-store.ts'
import { PineconeStore } from './adapters/vector-store/pinecone-store.ts'
import { Brain } from './brain/brain.ts'
import { businessMetrics } from './brain/business-metrics.ts'
import { dropFigures } from './brain/kept-figures.ts'
import { leaderLooks } from './brain/leader-looks.ts'
import { Leadership } from './brain/leadership.ts'
import { followRestarts } from './brain/healing/follow-restarts.ts'
import { keepProcess } from './brain/scaling/scaling.ts'
import { ByteBudget } from './byte-budget.ts'
import { createClock } from './clock.ts'
import type { Config } from './config.ts'
import type { Core } from './context.ts'
import { SocketPool } from './credentials/socket-pool.ts'
import { openVault } from './credentials/open-vault.ts'
import { PluginTraffic } from './plugins/traffic.ts'
import { Models } from './decisions/models.ts'
import { rememberDecisions } from './decisions/remember-decisions.ts'
import { createLog } from './log.ts'
import { Metrics, observed, observedOnce } from './metrics.ts'
import { keepVectors } from './memory/keep-vectors.ts'
import type { Memory } from './memory/memory.ts'
import { MemoryIndex } from './memory/memory-index.ts'
import { CrashWatch } from './plugins/crash-watch.ts'
import { ENGINE_VERSION } from './plugins/engine-version.ts'
import { pluginEntities } from './plugins/entities.ts'
import { PluginRegistry } from './plugins/registry.ts'
import { PlaybookRegistry } from './publishing/playbook-registry.ts'
import { PubSub } from './pubsub.ts'
import { testRunner } from './rehearsal/run-tests-apart.ts'
import { endAllLeases } from './runs/claim-runs.ts'
import { Journal } from './runs/journal.ts'
import { Worker } from './runs/worker.ts'
import type { HostLimits } from './sandbox/limits.ts'
import { Sandbox } from './sandbox/sandbox.ts'
import { Dispatcher } from './triggers/dispatcher.ts'
import { lookForPolls, lookForTimes } from './triggers/look-for-due.ts'
import { RepeatedLook } from './triggers/repeated-look.ts'

/** How often a process looks whether another one has changed plugins. */
const PLUGINS_POLL_MS = 1000
/** How often a process says that it is at work. */
const AT_WORK_MS = 10_000

export interface OpenCore extends Core {
  readonly databaseKind: 'pglite' | 'postgres'
  /** Drains, then closes everything in the reverse order. `graceMs` bounds the wait for runs under way. */
  close(graceMs?: number): Promise<void>
}

/**
 * The composition root: makes everything once and wires it. Nothing runs yet; `core.brain.open()` starts the engine.
 * `progress` hears what takes time. Throws `CONFIG`.
 */
export async function openCore(
  config: Config,
  options: Partial<Pick<Core, 'clock' | 'hold' | 'random' | 'egress'>> & {
    readonly progress?: (text: string) => void
    readonly pollMs?: number
    /** What plugins are held to, where it is not what every host holds them to. */
    readonly sandboxLimits?: Partial<HostLimits>
  } = {},
): Promise<OpenCore> {
  const clock = options.clock ?? createClock()
  const log = createLog(config.logLevel)
  const database = await openDatabase(config, pluginEntities, options.progress)
  let shared: Shared | undefined
  try {
    const metrics = new Metrics(ENGINE_VERSION)
    const sqlOf = (workspaceId: string) => observedOnce(database.sqlOf(workspaceId), metrics)
    const sql = observed(database.sql, metrics)
    if (database.kind === 'pglite') await endAllLeases({ sql, clock })
    const owner = randomUUID()
    const { vault, ring } = await openVault({ config, sql }, options.progress)
    shared = await openShared({ config, clock, log, vault, metrics }, database.kind)
    const { pubsub, queue, limits, cache } = shared
    dropFigures(shared)
    const sockets = new SocketPool()
    const crashes = new CrashWatch()
    const sandbox = new Sandbox({
      log,
      limits: { ...options.sandboxLimits, ...(config.pluginIsolation === 'call' ? { callsPerIsolate: 1 } : {}) },
      now: () => clock.now().getTime(),
      convicted: isolate => crashes.count(isolate),
    })
    const plugins = new PluginRegistry({ orm: database.orm, log, sql, pubsub })
    await plugins.load()
    if (database.kind === 'postgres') plugins.watch(PLUGINS_POLL_MS)
    const playbooks = new PlaybookRegistry({ sql, plugins })
    const openai = openAiClient(config)
    const memory = await openMemory({ config, sql }, openai)
    const llm = openai && new OpenAiLlm(openai, config.openai.models)
    const journal = new Journal({ sql, clock, pubsub, queue, log }, owner)
    const { hold, random } = options
    const runTests = hold ? undefined : testRunner({ sql, plugins })
    const parts = {
      config,
      log,
      metrics,
      clock,
      sql,
      sqlOf,
      pubsub,
      queue,
      vault,
      limits,
      cache,
      egress: { ...(options.egress ?? config.egress), sockets },
      sandbox,
      memory,
      llm,
      plugins,
      playbooks,
      journal,
      models: new Models({ sql }),
      traffic: new PluginTraffic({ sql, clock, config, log }),
      hold,
      runTests,
      random,
    }
    crashes.open(parts)
    const worker = new Worker(parts, {
      owner,
      concurrency: config.workerConcurrency,
      leaseMs: config.leaseMs,
      pollMs: options.pollMs ?? 500,
    })
    const times = new RepeatedLook(() => lookForTimes(parts), log, options.pollMs)
    const polls = new RepeatedLook(lookForPolls(parts), log, options.pollMs)
    const vectors = new RepeatedLook(keepVectors(parts, owner), log, options.pollMs)
    const decisions = new RepeatedLook(() => rememberDecisions(parts), log, options.pollMs)
    const leadership = new Leadership(
      parts,
      owner,
      fence => [
        times,
        polls,
        vectors,
        decisions,
        ...leaderLooks(parts, { brain: () => brain, ring, fence, pollMs: options.pollMs }),
      ],
      options.pollMs,
    )
    const restarts = new RepeatedLook(followRestarts(parts), log, options.pollMs)
    const atWork = new RepeatedLook(keepProcess(parts, owner), log, AT_WORK_MS)
    const alone = hold !== undefined // a rehearsal has its database for itself, and plays no brain
    const brain = new Brain(parts, worker, [
      new Dispatcher(parts),
      ...(alone ? [times, polls, vectors] : [leadership, restarts, atWork]),
    ])
    if (!alone) businessMetrics(parts, brain, () => leadership.leads)
    return {
      ...parts,
      brain,
      databaseKind: database.kind,
      async close(graceMs) {
        await brain.close(graceMs)
        plugins.close()
        journal.close()
        await sandbox.close()
        sockets.close()
        await shared!.close()
        await database.close()
      },
    }
  } catch (error) {
    await shared?.close()
    await database.close()
    throw error
  }
}

type Shared = Pick<Core, 'pubsub' | 'queue' | 'limits' | 'cache'> & { close(): Promise<void> }

/**
 * What the processes of an installation share: over Redis where the configuration names one, else each has its own, as
 * befits a single one. Redis holds nothing that has to last. Its names begin with `trae:` and a part that no other installation has.
 */
async function openShared(
  { config: { redisUrl }, clock, log, vault, metrics }: Pick<Core, 'config' | 'clock' | 'log' | 'vault' | 'metrics'>,
  databaseKind: 'pglite' | 'postgres',
): Promise<Shared> {
  if (redisUrl === undefined) {
    const [pubsub, queue, limits] = [new PubSub(), new InProcessQueue(), new MemoryLimits(clock)]
    // the embedded database is of one process; beside another one, this one would not hear what that changes
    const cache = databaseKind === 'pglite' ? new MemoryCache(clock, metrics) : noCache
    return { pubsub, queue, limits, cache, close: () => queue.close() }
  }
  // a host without Redis does not read BullMQ
  const [{ RedisEventTarget }, { RedisQueue }, { RedisLimits }, { RedisCache }] = await Promise.all([
    import('./adapters/pubsub/redis-event-target.ts'),
    import('./adapters/queue/redis-queue.ts'),
    import('./adapters/limits/redis-limits.ts'),
    import('./adapters/cache/redis-cache.ts'),
  ])
  const prefix = `trae:${vault.derive('redis').slice(0, 16)}`
  const [target, limits, cache] = await Promise.all([
    new RedisEventTarget(redisUrl, prefix, log).open(),
    new RedisLimits(redisUrl, prefix, clock, log).open(),
    new RedisCache(redisUrl, prefix, log, metrics).open(),
  ])
  const queue = new RedisQueue(redisUrl, prefix, log)
  return {
    pubsub: new PubSub(target),
    queue,
    limits,
    cache,
    async close() {
      await queue.close()
      await limits.close()
      cache.close()
      target.close()
    },
  }
}

function openAiClient({ openai: { apiKey, baseUrl } }: Config): OpenAiClient | undefined {
  return apiKey === undefined && baseUrl === undefined ? undefined : new OpenAiClient({ apiKey, baseUrl })
}

/** Vectors in the database, by pgvector where that is there, and in Pinecone where this host knows an index. */
async function openMemory(
  { config, sql }: Pick<Core, 'config' | 'sql'>,
  openai: OpenAiClient | undefined,
): Promise<Memory> {
  const { embeddingModel, embeddingDimensions } = config.openai
  const pgvector = await findPgvector(sql)
  const budget = new ByteBudget(config.memorySearchBytes)
  const exact = new ExactVectorStore(sql, budget)
  return {
    embedder:
      openai && embeddingModel !== 'local'
        ? new OpenAiEmbedder(openai, embeddingModel, embeddingDimensions)
        : new LexicalEmbedder(),
    stores: {
      database: pgvector === undefined ? exact : new PgvectorStore(sql, pgvector),
      ...(config.pinecone ? { pinecone: new PineconeStore(config.pinecone) } : {}),
    },
    before: pgvector === undefined ? undefined : exact,
    index: new MemoryIndex(sql, budget),
    budget,
  }
}
