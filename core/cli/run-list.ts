import { defineCommand, UsageError } from './command.ts'
import { ask } from './host-graphql.ts'
import { openSession } from './host-session.ts'
import { checkFilter, FILTER_FLAGS, findFilter } from './run-filter-flags.ts'
import { inColumns } from './terminal.ts'

/** Runs that one question brings at most. */
const PAGE = 100

export const runList = defineCommand({
  usage: 'run list [filter] [--limit <number>] [--after <cursor>]',
  about:
    'Lists runs of the running host, newest first: how each stands and why, and its id for the other commands.\nAll parts of the filter must hold.',
  flags: {
    ...FILTER_FLAGS,
    limit: { type: 'string', value: '<number>', help: 'how many; 20 without it' },
    after: { type: 'string', value: '<cursor>', help: 'go on after this place, which the list before has told' },
  },
  positionals: { least: 0, most: 0 },
  async run({ flags, terminal }) {
    checkFilter(flags)
    const limit = Number(flags.limit ?? 20)
    if (!Number.isInteger(limit) || limit < 1)
      throw new UsageError(`--limit must be a whole number from 1 on; found ${flags.limit}.`)
    const session = await openSession()
    const filter = await findFilter(session, flags)
    const runs: ListedRun[] = []
    let after = flags.after
    let more = true
    while (more && runs.length < limit) {
      const first = Math.min(PAGE, limit - runs.length)
      const { runs: page } = await ask<{ runs: RunPage }>(session, RUNS, { first, after, filter })
      runs.push(...page.edges.map(({ node }) => node))
      after = page.pageInfo.endCursor ?? undefined
      more = page.pageInfo.hasNextPage
    }
    terminal.line(
      runs.length === 0
        ? 'No run fits.'
        : inColumns(
            runs.map(run => [run.id, rowOf(run)]),
            '',
          ),
    )
    if (more) terminal.line(`There are more: add --after ${after}, or a higher --limit.`)
    terminal.data({ runs, next: more ? (after ?? null) : null })
    return 0
  },
})

function rowOf({ status, createdAt, playbook, lead, reason, error, slaState }: ListedRun): string {
  const late = slaState === 'BREACHED' ? 'breached its sla' : slaState === 'DUE_SOON' ? 'sla due soon' : undefined
  const why = error ? error.code : status === 'COMPLETED' ? undefined : reason?.code
  const words = [playbook.slug, lead?.name, why, late].filter(word => word !== undefined && word !== null)
  return `${createdAt.slice(0, 16).replace('T', ' ')}  ${status.toLowerCase().padEnd(11)}  ${words.join(', ').replace(/\p{Cc}/gu, ' ')}`
}

interface ListedRun {
  readonly id: string
  readonly status: string
  readonly createdAt: string
  readonly slaState: string | null
  readonly playbook: { readonly slug: string }
  readonly lead: { readonly id: string; readonly name: string } | null
  readonly reason: { readonly code: string } | null
  readonly error: { readonly code: string } | null
}
interface RunPage {
  readonly edges: readonly { readonly node: ListedRun }[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

const RUNS = `query ($first: Int!, $after: String, $filter: RunFilter) {
  runs(first: $first, after: $after, filter: $filter) {
    edges { node {
      id status createdAt startedAt finishedAt slaDueAt slaState
      playbook { slug } lead { id name } reason { code message until nextAction } error { code message path }
    } }
    pageInfo { hasNextPage endCursor }
  }
}`
