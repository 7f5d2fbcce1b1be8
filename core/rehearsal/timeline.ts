import { shortDuration } from '../playbooks/duration.ts'
import type { Playbook } from '../playbooks/playbook.ts'
import { stepsOf, plainPath } from '../playbooks/step-branches.ts'
import type { PlaybookTest } from '../playbooks/tests/playbook-test.ts'
import type { JournalEntry } from '../runs/journal.ts'
import type { HeldCall } from './held-calls.ts'
import type { RehearsedRun } from './read-rehearsed-runs.ts'
import { withRoles } from './team.ts'

/** What happened, a line each: how long after the start, which step, what came of it. */
export function timelineOf(
  test: Pick<PlaybookTest, 'now'>,
  playbook: Pick<Playbook, 'steps' | 'finally'>,
  runs: readonly RehearsedRun[],
  held: readonly HeldCall[],
): string[] {
  const steps = new Map(stepsOf(playbook).map(step => [plainPath(step.path), step]))
  const lines = runs.flatMap(({ run, journal }, index) => {
    const which = runs.length > 1 ? `run ${index + 1}: ` : ''
    return journal.flatMap(entry => {
      const words = wordsOf(entry)
      if (words === undefined) return []
      const step = entry.path === null ? undefined : steps.get(plainPath(entry.path))
      const call =
        entry.kind === 'step.completed' ? held.find(one => one.runId === run.id && one.path === entry.path) : undefined
      const where =
        entry.path === null ? '' : `${entry.path}${step && step.title !== entry.path ? ` "${step.title}"` : ''}: `
      const input = call?.isEffect ? ` ${brief(call.input)}` : ''
      return [
        {
          at: entry.at.getTime(),
          text: `${which}${where}${call ? `held back${call.account === undefined ? '' : `, account ${call.account}`}, ${words}` : words}${input}`,
        },
      ]
    })
  })
  const start = test.now.getTime()
  return lines
    .toSorted((a, b) => a.at - b.at)
    .map(
      ({ at, text }) => `+${shortDuration(Math.max(0, Math.floor((at - start) / 1000) * 1000))}`.padEnd(9) + ` ${text}`,
    )
}

function wordsOf({ kind, data, attempt }: JournalEntry): string | undefined {
  switch (kind) {
    case 'run.started':
      return 'the run starts'
    case 'run.completed':
      return `the run is completed ${brief(data?.['output'])}`
    case 'run.failed':
      return `the run failed: ${messageOf(data)}`
    case 'run.quarantined':
      return `the run is quarantined: ${String(data?.['message'])}`
    case 'step.branch':
      return `goes on with ${String(data?.['branch'])}`
    case 'step.completed':
      return `done ${brief(data?.['output'])}`
    case 'step.skipped':
      return 'skipped'
    case 'step.failed':
      return `failed: ${messageOf(data)}`
    case 'step.retrying':
      return `attempt ${attempt} failed: ${messageOf(data)}`
    case 'step.waiting':
      if (data?.['decision']) return 'asks a person to decide'
      return data?.['approval'] ? `asks ${approversOf(data['approval'])}` : `waits${listOf(data?.['events'])}`
    case 'step.cancelled':
      return 'cancelled'
    case 'step.started':
    case 'log':
      return undefined
    default:
      return kind.replace('.', ' ')
  }
}

function messageOf(data: JournalEntry['data']): string {
  const error = data?.['error'] as { code?: string; message?: string } | undefined
  return `${error?.message} (${error?.code})`
}

const approversOf = (approval: unknown) => (approval as { of: string[] }).of.map(withRoles).join(', ')

function listOf(events: unknown): string {
  return Array.isArray(events) && events.length > 0 ? ` for ${events.join(' or ')}` : ''
}

function brief(value: unknown): string {
  if (value === undefined || value === null) return ''
  const text = withRoles(JSON.stringify(value))
  return text.length > 120 ? `${text.slice(0, 119)}…` : text
}
