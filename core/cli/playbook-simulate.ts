import { readFile } from 'node:fs/promises'
import { parseDuration } from '../playbooks/duration.ts'
import type { SimulationReport } from '../rehearsal/history.ts'
import { defineCommand, UsageError } from './command.ts'
import { subscribe } from './host-graphql.ts'
import { openSession } from './host-session.ts'
import { inColumns, type Terminal } from './terminal.ts'

/** Differences that are listed for a person; --json has them all. */
const SHOWN = 50

export const playbookSimulate = defineCommand({
  usage: 'playbook simulate <file> [--since <duration>]',
  about:
    'Feeds what happened on the running host through a draft, with everything that it would send or write held back, and says\nwhat would have been sent to whom and when, and how that differs from what was.',
  flags: { since: { type: 'string', value: '<duration>', help: 'how long ago it begins; 30d without it' } },
  positionals: { least: 1, most: 1 },
  async run({ flags, positionals, terminal }) {
    const length = parseDuration(flags.since ?? '30d')
    if (length === undefined) throw new UsageError(`--since must be a duration such as 30d; found ${flags.since}.`)
    const source = await readFile(positionals[0]!, 'utf8').catch((cause: Error) => {
      throw new UsageError(`${positionals[0]} cannot be read: ${cause.message}`)
    })
    const since = new Date(Date.now() - length).toISOString()
    const ended = new AbortController()
    process.once('SIGINT', () => ended.abort())
    let told = 0
    for await (const { playbookSimulate } of subscribe<Progress>(
      await openSession(),
      SIMULATE,
      { source, since },
      ended.signal,
    )) {
      const { fraction, report } = playbookSimulate
      if (report) return show(terminal, report)
      if (fraction - told >= 0.1) terminal.progress(`${Math.floor((told = fraction) * 100)} %`)
    }
    terminal.line('The simulation ended without a report.')
    return 1
  },
})

function show(terminal: Terminal, report: Report): number {
  const { counts, runs, events, effects, assumptions } = report
  const list = (numbers: Readonly<Record<string, number>>) =>
    Object.entries(numbers)
      .map(([name, n]) => `${n} ${name}`)
      .join(', ')
  terminal.line(`${report.playbook}: ${events === 1 ? '1 event' : `${events} events`}, runs: ${list(runs) || 'none'}`)
  terminal.line(`What it would have sent or written, beside what was: ${list(counts)}`)
  const differing = effects.filter(one => one.difference !== 'SAME')
  const rows = differing
    .slice(0, SHOWN)
    .map(
      one =>
        [
          one.difference.toLowerCase(),
          `${one.action}${one.account === null ? '' : `:${one.account}`}  ${one.lead ?? 'nobody'}  ${one.at ?? 'never'}${one.was && one.at ? ` (was ${one.was})` : one.was ? ` (was ${one.was})` : ''}`,
        ] as const,
    )
  if (rows.length > 0) terminal.line(inColumns(rows))
  if (differing.length > SHOWN) terminal.line(`  and ${differing.length - SHOWN} more; --json lists them`)
  showDecisions(terminal, report, list)
  terminal.line('This rests on:')
  for (const assumption of assumptions) terminal.line(`  ${assumption}`)
  terminal.data({ report })
  return 0
}

/** Those that differ, and those that a person would be asked. */
function showDecisions(
  terminal: Terminal,
  { decisionCounts, decisions }: Report,
  list: (numbers: Readonly<Record<string, number>>) => string,
): void {
  if (decisions.length === 0) return
  terminal.line(`What it would have decided, beside what was: ${list(decisionCounts)}`)
  const told = decisions.filter(({ difference, asksPerson }) => difference !== 'SAME' || asksPerson)
  const rows = told
    .slice(0, SHOWN)
    .map(
      ({ difference, policy, choice, asksPerson, lead, at, was, wasBy }) =>
        [
          difference.toLowerCase(),
          `decide/${policy}: ${choice ?? 'nothing'}${asksPerson ? ' (recommended; a person would be asked)' : ''}  ${lead ?? 'nobody'}  ${at ?? 'never'}${was === null ? '' : ` (was ${was}${wasBy === 'PERSON' ? ', by a person' : ''})`}`,
        ] as const,
    )
  if (rows.length > 0) terminal.line(inColumns(rows))
  if (told.length > SHOWN) terminal.line(`  and ${told.length - SHOWN} more; --json lists them`)
}

type Report = Omit<SimulationReport, 'effects' | 'decisions'> & {
  readonly effects: readonly (Omit<SimulationReport['effects'][number], 'difference'> & {
    readonly difference: string
  })[]
  readonly decisions: readonly (Omit<SimulationReport['decisions'][number], 'difference' | 'wasBy'> & {
    readonly difference: string
    readonly wasBy: string | null
  })[]
}
interface Progress {
  readonly playbookSimulate: { readonly fraction: number; readonly report: Report | null }
}

const SIMULATE = `subscription ($source: String!, $since: DateTime!) {
  playbookSimulate(source: $source, since: $since) {
    fraction
    report {
      playbook since until events eventsLeftOut runs counts effectsLeftOut assumptions
      effects { difference action account path leadId lead at was }
      decisionCounts decisionsLeftOut
      decisions { difference policy path leadId lead choice confidence asksPerson at was wasBy wasAt }
    }
  }
}`
