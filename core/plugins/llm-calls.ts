import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { InstallationId, WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'

/** What a plugin may spend; the smaller of what its manifest asks for and what was granted. */
export interface LlmBudget {
  readonly tokensPerRun: number
  readonly tokensPerDay: number
}

/** One question to a model, as it is kept: asked again under its key, it is answered from here. */
export interface LlmCall {
  readonly workspaceId: WorkspaceId
  readonly installationId: InstallationId
  /** Of the run that asks, or null; `scope` begins the keys of all that is asked where there is none. */
  readonly runId: string | null
  readonly scope: string
  readonly key: string
  readonly requestHash: string
  readonly model: string
}

export interface Spent {
  readonly inputTokens: number
  readonly outputTokens: number
  /** US dollars; null where the price is not known. */
  readonly cost: number | null
}

/** The answer that this very question got before; undefined where it got none. */
export async function answeredBefore(
  core: Pick<Core, 'sql'>,
  { workspaceId, key, requestHash }: LlmCall,
): Promise<unknown> {
  const [row] = await core.sql.query<{ answer: unknown }>(READ_ANSWER, [workspaceId, key, requestHash])
  return row?.answer ?? undefined
}
const READ_ANSWER = statement(
  'read-llm-answer',
  `select answer from llm_calls where workspace_id = $1 and key = $2 and request_hash = $3 and answer is not null`,
)

/**
 * Sets tokens aside before a question goes out, so that two questions at once, or a process that dies, cannot spend more than was
 * granted; what `settle` says afterwards takes their place. The installation is locked while it is counted. Throws `BUDGET`.
 */
export async function reserve(
  core: Pick<Core, 'sql' | 'clock'>,
  call: LlmCall,
  spent: Spent,
  more: number,
  budget: LlmBudget,
): Promise<void> {
  const now = core.clock.now()
  const { workspaceId, installationId, runId, scope, key, requestHash, model } = call
  await core.sql.transaction(async tx => {
    await tx.query(LOCK_INSTALLATION, [installationId])
    const [others] = await tx.query<{ run: number; day: number }>(COUNT_TOKENS, [
      workspaceId,
      installationId,
      runId,
      scope,
      key,
      new Date(now.getTime() - DAY_MS),
    ])
    const mine = spent.inputTokens + spent.outputTokens + more
    for (const [used, granted, what] of [
      [others!.run, budget.tokensPerRun, 'for one run'],
      [others!.day, budget.tokensPerDay, 'for 24 hours'],
    ] as const)
      if (used + mine > granted)
        throw new TraeError(
          'BUDGET',
          `The question to the model may take ${mine} tokens, and of the ${granted} granted ${what} ${Math.max(0, granted - used)} are left.`,
        )
    await tx.query(RESERVE, [
      workspaceId,
      key,
      requestHash,
      installationId,
      runId,
      model,
      spent.inputTokens + more,
      spent.outputTokens,
      spent.cost,
      now,
    ])
  })
}
const DAY_MS = 86_400_000
const LOCK_INSTALLATION = statement('lock-installation-to-ask', `select id from installations where id = $1 for update`)
const COUNT_TOKENS = statement(
  'count-llm-tokens',
  `select
     coalesce(sum(input_tokens + output_tokens) filter (
       where case when $3::uuid is null then starts_with(key, $4) else run_id = $3 end), 0)::int as run,
     coalesce(sum(input_tokens + output_tokens) filter (where asked_at > $6), 0)::int as day
   from llm_calls
   where workspace_id = $1 and installation_id = $2 and key <> $5
     and (asked_at > $6 or run_id = $3 or ($3 is null and starts_with(key, $4)))`,
)
const RESERVE = statement(
  'reserve-llm-tokens',
  `insert into llm_calls (workspace_id, key, request_hash, installation_id, run_id, model, input_tokens, output_tokens, cost, asked_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
   on conflict (workspace_id, key) do update set request_hash = excluded.request_hash, model = excluded.model, answer = null,
     input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens, cost = excluded.cost, asked_at = excluded.asked_at`,
)

/** What it came to. With an answer the question is over; without one it may be asked again. */
export async function settle(
  core: Pick<Core, 'sql' | 'clock'>,
  { workspaceId, key }: LlmCall,
  { inputTokens, outputTokens, cost }: Spent,
  answer?: unknown,
): Promise<void> {
  await core.sql.query(SETTLE, [
    workspaceId,
    key,
    inputTokens,
    outputTokens,
    cost,
    answer === undefined ? null : JSON.stringify(answer),
    core.clock.now(),
  ])
}
const SETTLE = statement(
  'settle-llm-call',
  `update llm_calls set input_tokens = $3, output_tokens = $4, cost = $5, answer = $6::jsonb,
     answered_at = case when $6::jsonb is null then null else $7::timestamptz end
   where workspace_id = $1 and key = $2`,
)
