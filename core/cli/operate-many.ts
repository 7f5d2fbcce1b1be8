import { TraeError } from '../errors.ts'
import type { CommandInput, Flag } from './command.ts'
import { confirm } from './confirm.ts'
import { ask } from './host-graphql.ts'
import { type HostSession, openSession } from './host-session.ts'
import { codeOf } from './operate-one.ts'
import { type Operation, type OperationInput, OPERATIONS, runsOf } from './operation-words.ts'
import { type ApiFilter, FILTER_FLAGS, findFilter } from './run-filter-flags.ts'
import { runIdOf } from './run-id.ts'
import type { Terminal } from './terminal.ts'
import { untilInterrupted } from './until-interrupted.ts'

export const BULK_FLAGS = {
  ...FILTER_FLAGS,
  all: { type: 'boolean', help: 'every run, where no filter is given' },
  yes: { type: 'boolean', help: 'do not ask first' },
  after: { type: 'string', value: '<id>', help: 'go on after this run, as an interrupted command has told' },
} as const satisfies Record<string, Flag>

/** Refused runs that are listed for a person; --json has them all. */
const SHOWN = 20
/** How often in a row the number of runs may have changed before we give up. */
const PATIENCE = 20

/** What has been done so far. */
interface Tally {
  done: number
  readonly refused: { readonly id: string; readonly message: string }[]
  /** Still to do, and the run to go on after. */
  left: number
  after: string | undefined
}

/**
 * Does it to all runs that fit, a hundred at a time: counts, asks, shows how far it is, sums up. What is created from now
 * on does not count, so that the work has an end. Answers the exit code; what breaks off says how to go on.
 */
export async function operateMany(
  session: HostSession,
  terminal: Terminal,
  operation: Operation,
  flags: CommandInput<typeof BULK_FLAGS>['flags'],
  input: OperationInput,
): Promise<number> {
  const filter = await untilNow(session, await findFilter(session, flags))
  const after = flags.after === undefined ? undefined : runIdOf(flags.after)
  const tally: Tally = { done: 0, refused: [], left: 0, after }
  const bulk = { operation, filter, input, yes: flags.yes === true, tally }
  tally.left = await countLeft(session, bulk)
  const { done, what } = OPERATIONS[operation]
  const count = tally.left
  if (count === 0) {
    terminal.line(`No run that fits can be ${done}.`)
    terminal.data({ summary: { operation, count, done: 0, refused: [], left: 0, goOn: null } })
    return 0
  }
  terminal.line(`${runsOf(count)} can be ${done}. ${what}`)
  if (!bulk.yes && !(await confirm(terminal, `Shall ${runsOf(count)} be ${done}?`))) {
    terminal.line('Nothing was done.')
    return 1
  }
  const interruption = untilInterrupted()
  const { createdAfter, createdBefore } = filter
  const fixed = { 'created-after': createdAfter, 'created-before': createdBefore }
  const goOn = () => commandOf(operation, { ...flags, ...fixed, after: tally.after })
  try {
    await workOff(session, terminal, bulk, () => interruption.code !== undefined)
  } catch (error) {
    if (!(error instanceof TraeError)) throw error
    const { code, message, retryable } = error
    throw new TraeError(
      code,
      `${message}\n${tally.done} of ${count} were ${done} before that. Go on with:\n  ${goOn()}`,
      { retryable, cause: error },
    )
  } finally {
    interruption.end()
  }
  return sumUp(
    terminal,
    operation,
    count,
    tally,
    tally.left > 0 ? { code: interruption.code ?? 1, goOn: goOn() } : undefined,
  )
}

interface Bulk {
  readonly operation: Operation
  readonly filter: ApiFilter
  readonly input: OperationInput
  readonly yes: boolean
  readonly tally: Tally
}

/** Until nothing is left, or `stopped`, or a person does not want what has become more. */
async function workOff(session: HostSession, terminal: Terminal, bulk: Bulk, stopped: () => boolean): Promise<void> {
  const { operation, filter, input, yes, tally } = bulk
  const asking = renewing(session)
  for (let changes = 0; tally.left > 0 && !stopped();) {
    const order = {
      filter,
      operation: operation.toUpperCase(),
      expectedCount: tally.left,
      afterRunId: tally.after,
      ...input,
    }
    const { answer } = await asking(session => ask<{ answer: Answer }>(session, OPERATE, { input: order }))
    const [problem] = answer.userErrors
    if (problem?.code === 'STALE_VERSION' && changes++ < PATIENCE) {
      const now = await asking(session => countLeft(session, bulk))
      const more = now > tally.left
      tally.left = now
      if (more && !yes && !(await confirm(terminal, `There are ${runsOf(now)} now. Go on?`))) return
      continue
    }
    if (problem) throw new TraeError(codeOf(answer.userErrors), problem.message)
    changes = 0
    const refused = answer.refused.map(({ run, message }) => ({ id: run.id, message }))
    tally.done += answer.done
    tally.refused.push(...refused)
    tally.left = answer.remaining
    tally.after = answer.lastRunId ?? tally.after
    terminal.data({ done: answer.done, refused, remaining: tally.left, after: answer.lastRunId })
    if (tally.left > 0) terminal.progress(`${tally.done + tally.refused.length} done, ${tally.left} left`)
  }
}

/** An access token lives for minutes, a bulk may take longer: signs in again where the host asks for it. */
function renewing(session: HostSession): <T>(work: (session: HostSession) => Promise<T>) => Promise<T> {
  let current = session
  return async work => {
    try {
      return await work(current)
    } catch (error) {
      if (!(error instanceof TraeError) || error.code !== 'UNAUTHENTICATED') throw error
      current = await openSession()
      return work(current)
    }
  }
}

/** The exit code; `rest`: where something was left, the code for that and how to go on. */
function sumUp(
  terminal: Terminal,
  operation: Operation,
  count: number,
  { done, refused, left }: Tally,
  rest: { readonly code: number; readonly goOn: string } | undefined,
): number {
  terminal.line(`${done} ${OPERATIONS[operation].done}, ${refused.length} refused${rest ? `, ${left} left` : ''}.`)
  for (const { id, message } of refused.slice(0, SHOWN)) terminal.line(`  ${id}  ${message}`)
  if (refused.length > SHOWN) terminal.line(`  and ${refused.length - SHOWN} more; --json lists them`)
  if (rest) terminal.line(`Go on with:\n  ${rest.goOn}`)
  terminal.data({ summary: { operation, count, done, refused, left, goOn: rest?.goOn ?? null } })
  return rest?.code ?? (refused.length > 0 ? 1 : 0)
}

/** A command that goes on with what is left, as a shell takes it. */
function commandOf(operation: Operation, flags: Readonly<Record<string, unknown>>): string {
  const words = Object.entries(flags).flatMap(([name, value]) => {
    if (value === undefined || value === false || name === 'yes' || name === 'json') return []
    if (value === true) return [`--${name}`]
    return (Array.isArray(value) ? value : [value]).map(one => `--${name} ${quoted(String(one))}`)
  })
  return ['trae run', operation, ...words].join(' ')
}

const quoted = (text: string) => (/^[\w@.:,+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

/** The filter with nothing in it that is created later, by the clock of the host. */
async function untilNow(session: HostSession, filter: ApiFilter): Promise<ApiFilter> {
  const { brain } = await ask<{ brain: { observedAt: string } }>(session, '{ brain { observedAt } }')
  const given = filter['createdBefore'] as string | undefined
  return { ...filter, createdBefore: given !== undefined && given < brain.observedAt ? given : brain.observedAt }
}

async function countLeft(session: HostSession, { filter, operation, tally }: Bulk): Promise<number> {
  const variables = { filter, operation: operation.toUpperCase(), after: tally.after }
  return (await ask<{ runsCount: number }>(session, COUNT, variables)).runsCount
}

interface Answer {
  readonly done: number
  readonly refused: readonly { readonly message: string; readonly run: { readonly id: string } }[]
  readonly remaining: number
  readonly lastRunId: string | null
  readonly userErrors: readonly { readonly code: string; readonly message: string }[]
}

const COUNT = `query ($filter: RunFilter, $operation: RunOperation, $after: ID) {
  runsCount(filter: $filter, operation: $operation, afterRunId: $after)
}`
const OPERATE = `mutation ($input: RunsOperateInput!) {
  answer: runsOperate(input: $input) {
    done refused { message run { id } } remaining lastRunId userErrors { code message }
  }
}`
