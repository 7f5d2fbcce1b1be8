import { shortDuration } from '../playbooks/duration.ts'
import { plainPath } from '../playbooks/step-branches.ts'
import { matchValue } from '../playbooks/tests/match-value.ts'
import type { Expectation, PlaybookTest } from '../playbooks/tests/playbook-test.ts'
import type { Approval } from '../runs/approvals/approval.ts'
import { type Failure, show } from './failure.ts'
import type { RehearsedRun } from './read-rehearsed-runs.ts'
import { withRoles } from './team.ts'

type Expected = Extract<Expectation, { kind: 'approval' }>

/** Was it asked as expected? Of several times one is enough. */
export function judgeApproval(expected: Expected, test: PlaybookTest, runs: readonly RehearsedRun[]): Failure[] {
  const { line, path, times } = expected
  const all = runs.flatMap(run => run.approvals)
  const asked = all.filter(one => one.path === path || plainPath(one.path) === path)
  if (asked.length === 0) {
    const others = all.map(one => one.path)
    const found = others.length > 0 ? `; ${others.join(', ')} did` : ''
    return [{ line, message: `${path} asked nobody${found}.`, expected: path, found: others }]
  }
  const often = (count: number) => `${count} ${count === 1 ? 'time' : 'times'}`
  const count =
    times === undefined || times === asked.length
      ? []
      : [
          {
            line,
            message: `${path} asked ${often(asked.length)}, expected ${often(times)}.`,
            expected: times,
            found: asked.length,
          },
        ]
  const tried = asked.map(one => differences(expected, test, one))
  return [...count, ...(tried.some(found => found.length === 0) ? [] : tried[0]!)]
}

function differences(expected: Expected, test: PlaybookTest, approval: Approval): Failure[] {
  const { line, path, atMs, title, message, of, status } = expected
  const found = {
    at: shortDuration(Math.floor((Date.parse(approval.createdAt) - test.now.getTime()) / 1000) * 1000),
    title: approval.title,
    message: approval.message,
    of: approval.votes.map(vote => withRoles(vote.email)).toSorted(),
    status: approval.status,
  }
  const wanted = {
    at: atMs === undefined ? undefined : shortDuration(atMs),
    title,
    message,
    of: of && of.map(name => (name.startsWith('role:') ? name : name.toLowerCase())).toSorted(),
    status,
  }
  return (Object.keys(wanted) as (keyof typeof wanted)[])
    .filter(key => wanted[key] !== undefined && matchValue(wanted[key], found[key]).length > 0)
    .map(key => ({
      line,
      message: `${path} ${WORDS[key]} ${show(found[key])}, expected ${show(wanted[key])}.`,
      expected: wanted[key],
      found: found[key],
    }))
}

const WORDS = { at: 'asked at', title: 'has the title', message: 'has the message', of: 'asked', status: 'is' }
