import type { Policy } from '../decisions/policy.ts'
import { errorRecord } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import type { Playbook } from '../playbooks/playbook.ts'
import type { ComingStart, PlaybookTest, TestRecords } from '../playbooks/tests/playbook-test.ts'
import { shortDuration } from '../playbooks/duration.ts'
import { publishPlaybook } from '../publishing/publish-playbook.ts'
import { answerApprovals } from './answer-approvals.ts'
import { bringStart, type Rehearsed } from './bring-start.ts'
import type { Failure } from './failure.ts'
import { judge } from './judge.ts'
import { HeldCalls } from './held-calls.ts'
import { passTime } from './pass-time.ts'
import { putLead } from './put-lead.ts'
import { putRecords } from './put-records.ts'
import { readRehearsedRuns, type RehearsedRun } from './read-rehearsed-runs.ts'
import type { Rehearsal } from './rehearsal.ts'
import { schedulesOf } from './rest-schedules.ts'
import { timelineOf } from './timeline.ts'

export interface TestResult {
  readonly name: string
  readonly line: number
  readonly passed: boolean
  readonly failures: readonly Failure[]
  /** What happened, for people; a line each. */
  readonly timeline: readonly string[]
  readonly runs: readonly RehearsedRun[]
  readonly milliseconds: number
}

/** What a playbook and its tests are rehearsed with. */
export interface TestedSource {
  /** The text of the playbook. */
  readonly source: string
  readonly playbook: Playbook
  /** Decision policies, by their ids. */
  readonly policies: ReadonlyMap<string, Policy>
}

/** Moments that one test may come to: a playbook that is never over must be said to be so. */
const MAX_MOMENTS = 2000

/**
 * Rehearses one test: the real engine, a workspace of its own, the clock moved from one moment at which something is due to
 * the next until nothing is. Never throws for what the playbook does; all that is wrong is in the failures.
 */
export async function runTest(
  rehearsal: Rehearsal,
  { source, playbook, policies }: TestedSource,
  test: PlaybookTest,
): Promise<TestResult> {
  const began = performance.now()
  const { core, clock } = rehearsal
  clock.to(test.now)
  const calls = new HeldCalls(test.fixtures, playbook, policies, () => clock.now())
  const failures: Failure[] = []
  let broken = false
  const runs = await rehearsal.within(calls, async workspaceId => {
    try {
      const { playbookId } = await publishPlaybook(core, workspaceId, source)
      const endless = await play(rehearsal, { workspaceId, playbookId, playbook }, test, failures)
      if (endless !== undefined) failures.push({ line: test.line, message: endless })
    } catch (error) {
      broken = true // what is expected of it now says nothing
      failures.push({ line: test.line, message: errorRecord(error).message })
    }
    return readRehearsedRuns(core, workspaceId)
  })
  failures.push(...calls.missing.map(({ message }) => ({ line: test.line, message })))
  if (!broken) failures.push(...judge(test, runs, calls.held))
  return {
    name: test.name,
    line: test.line,
    passed: failures.length === 0,
    failures,
    timeline: timelineOf(test, playbook, runs, calls.held),
    runs,
    milliseconds: performance.now() - began,
  }
}

/** Answers a sentence where it comes to no end; what people of the test cannot decide is told to `failures`. */
async function play(
  rehearsal: Rehearsal,
  rehearsed: Rehearsed,
  test: PlaybookTest,
  failures: Failure[],
): Promise<string | undefined> {
  const { core, clock } = rehearsal
  const { workspaceId } = rehearsed
  let leadId = await putRecords(core, workspaceId, test.records, undefined)
  const bring = async (start: ComingStart) => (leadId = await bringStart(core, rehearsed, start, leadId))
  const schedules = schedulesOf(core, workspaceId, test)
  await schedules.begin()
  if (test.start.kind !== 'schedule') {
    leadId ??= await anyLead(rehearsal, workspaceId, test.start)
    await bring(test.start)
  }
  const arrivals = test.later.map(later => ({
    at: new Date(test.now.getTime() + later.atMs),
    bring: () => ('start' in later ? bring(later.start) : change(later.records)),
  }))
  const change = async (records: TestRecords) => (leadId = await putRecords(core, workspaceId, records, leadId))
  const answers = answerApprovals(rehearsal, workspaceId, test.approvals, failures)
  const look = async () => {
    await schedules.look()
    return answers()
  }
  const until = test.untilMs === undefined ? undefined : new Date(test.now.getTime() + test.untilMs)
  if (await passTime(rehearsal, arrivals, { most: MAX_MOMENTS, until, look })) return undefined
  const passed = shortDuration(Math.floor((clock.now().getTime() - test.now.getTime()) / 1000) * 1000)
  const why = until
    ? 'Does something repeat without an end, or is `until` too late?'
    : 'Does something repeat without an end?'
  return `The run is not over after ${MAX_MOMENTS} moments, ${passed} after the start. ${why}`
}

/** An event that is about a lead needs one: a test that names none means any. */
async function anyLead(
  rehearsal: Rehearsal,
  workspaceId: WorkspaceId,
  start: ComingStart,
): Promise<string | undefined> {
  if (start.kind !== 'event') return undefined
  const { type, data } = start.event
  if (type === 'lead.captured' || 'leadId' in data) return undefined
  return putLead(rehearsal.core, workspaceId, (data['lead'] ?? {}) as Record<string, unknown>)
}
