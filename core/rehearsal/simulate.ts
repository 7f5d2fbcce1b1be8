import { appendEvent } from '../events/append-event.ts'
import type { WorkspaceId } from '../ids.ts'
import type { HoldCall } from '../plugins/call-action.ts'
import type { Hold } from '../plugins/hold.ts'
import { type Playbook } from '../playbooks/playbook.ts'
import { plainPath, stepsOf } from '../playbooks/step-branches.ts'
import { sampleValue } from '../playbooks/tests/sample-value.ts'
import { publishPlaybook } from '../publishing/publish-playbook.ts'
import { statement } from '../sql.ts'
import { compareDecisions } from './compare-decisions.ts'
import { compareEffects } from './compare-effects.ts'
import {
  DECISION_DIFFERENCES,
  DIFFERENCES,
  type History,
  MAX_LISTED,
  type PastEffect,
  type SimulationReport,
} from './history.ts'
import { firstOpenRun } from './first-open-run.ts'
import { type Arrival, passTime } from './pass-time.ts'
import { putLead } from './put-lead.ts'
import { putRecords } from './put-records.ts'
import type { Rehearsal } from './rehearsal.ts'
import { SimulatedDecisions } from './simulated-decisions.ts'

const MAX_MOMENTS = 200_000

/**
 * Feeds what really happened through a draft: the real engine, the clock moved from moment to moment up to the end of
 * the time, every effect held back, decisions taken by the policies of then and stored nowhere. `told` hears how far it is, 0 to 1. Throws `PLAYBOOK` for a draft with errors.
 */
export async function simulate(
  rehearsal: Rehearsal,
  source: string,
  history: History,
  told: (fraction: number) => void = () => {},
): Promise<SimulationReport> {
  const { core, clock } = rehearsal
  const [since, until] = [new Date(history.since), new Date(history.until)]
  clock.to(since)
  const effects: PastEffect[] = []
  const made = new Set<string>()
  let playbook: Playbook | undefined
  const steps = new Map<string, string>()
  const decisions = new SimulatedDecisions(history, () => clock.now())
  const hold = { ...holdWith(history, effects, made, steps, () => clock.now()), decide: decisions.decide }
  return rehearsal.within(hold, async workspaceId => {
    const published = await publishPlaybook(core, workspaceId, source)
    playbook = (await core.playbooks.get(published.versionId)).playbook
    for (const step of stepsOf(playbook))
      if (step.kind === 'uses') steps.set(plainPath(step.path), step.uses.split('@')[0]!)
    for (const lead of history.leads) await putLead(core, workspaceId, lead)
    const [span, start] = [Math.max(1, until.getTime() - since.getTime()), since.getTime()]
    const over = await passTime(rehearsal, arrivalsOf(rehearsal, workspaceId, history), {
      most: MAX_MOMENTS,
      until,
      told: moment => told((moment.getTime() - start) / span),
    })
    const statuses = await core.sql.query<{ status: string; n: number }>(COUNT_RUNS, [workspaceId])
    const names = new Map(history.leads.map(({ id, name, email }) => [id, [name, email].filter(Boolean).join(', ')]))
    const nameOf = (leadId: string) => names.get(leadId) ?? null
    const compared = compareEffects(effects, history.effects, nameOf)
    const decided = compareDecisions(decisions.taken, history.decisions, nameOf)
    return {
      playbook: playbook.id,
      since: history.since,
      until: history.until,
      events: history.events.length,
      eventsLeftOut: history.eventsLeftOut,
      runs: Object.fromEntries(statuses.map(({ status, n }) => [status, n])),
      counts: countEach(DIFFERENCES, compared),
      effects: compared.slice(0, MAX_LISTED),
      effectsLeftOut: Math.max(0, compared.length - MAX_LISTED),
      decisionCounts: countEach(DECISION_DIFFERENCES, decided),
      decisions: decided.slice(0, MAX_LISTED),
      decisionsLeftOut: Math.max(0, decided.length - MAX_LISTED),
      assumptions: assumptionsOf(history, { made, decisions, over }),
    }
  })
}

function countEach<Difference extends string>(
  differences: readonly Difference[],
  compared: readonly { readonly difference: Difference }[],
): Record<Difference, number> {
  const counts = differences.map(name => [name, compared.filter(({ difference }) => difference === name).length])
  return Object.fromEntries(counts) as Record<Difference, number>
}

/** Recorded outcomes where lead, step and action are the same; what thinks happens for real; the rest is made up. */
function holdWith(
  history: History,
  effects: PastEffect[],
  made: Set<string>,
  steps: ReadonlyMap<string, string>,
  now: () => Date,
): Omit<Hold, 'decide'> {
  const keyOf = (leadId: string | null, path: string, action: string) => `${leadId} ${plainPath(path)} ${action}`
  const recorded = Map.groupBy(history.outcomes, one => keyOf(one.leadId, one.path, one.action))
  const used = new Map<string, number>()
  const call: HoldCall = async ({ action, run, account = null }) => {
    const name = steps.get(plainPath(run.path)) ?? action.name
    const leadId = run.subjectId ?? null
    const isEffect = action.effect === 'write' || action.effect === 'send'
    if (isEffect) effects.push({ leadId, path: run.path, action: name, account, at: now().toISOString() })
    const key = keyOf(leadId, run.path, name)
    const count = used.get(key) ?? 0
    const known = recorded.get(key)?.[count]
    if (known) {
      used.set(key, count + 1)
      return { output: structuredClone(known.output) }
    }
    if (!isEffect && !(action.effect === 'read' && action.manifest.permissions.hosts.length > 0)) return undefined
    made.add(name)
    const { output } = action.manifest.actions[action.action]!
    return { output: sampleValue(output, { now: now(), place: run.path }) }
  }
  // what other playbooks would have done is not known here
  const start: Hold['start'] = async ({ playbook, awaits }) => {
    made.add(`playbook/${playbook}`)
    return { output: awaits ? {} : { runId: 'simulated' } }
  }
  return { call, start }
}

function arrivalsOf({ core, clock }: Rehearsal, workspaceId: WorkspaceId, history: History): Arrival[] {
  const events = history.events.map(({ at, ofOwnRun, ...event }) => ({
    at: new Date(at),
    async bring() {
      // the run that it names is not here: the one in its place is
      const names = ofOwnRun ? { runId: await firstOpenRun(core, workspaceId, event.subjectId) } : {}
      const data = { ...event.data, ...names }
      await appendEvent(core.sql, workspaceId, { ...event, data, source: 'simulation' }, clock.now())
      core.queue.ring('events')
    },
  }))
  const changes = history.changes.map(({ leadId, records, at }) => ({
    at: new Date(at),
    bring: () => putRecords(core, workspaceId, records, leadId),
  }))
  return [...events, ...changes]
}

function assumptionsOf(
  history: History,
  { made, decisions, over }: { made: ReadonlySet<string>; decisions: SimulatedDecisions; over: boolean },
): string[] {
  return [
    'What a lead answered to a message, it would have answered at the same moment.',
    'Calls answer what they answered for the same lead, step and action; other actions that only think are really called.',
    ...(made.size > 0 ? [`Made up to fit, because nothing is recorded: the answers of ${[...made].join(', ')}.`] : []),
    ...decisionsRestOn(history, decisions),
    'Leads have the fields of today and the status that they had at each moment, their deals and what they are as customers are as they are today; what held-back effects would have changed on record is not changed.',
    ...(history.eventsLeftOut > 0
      ? [`The ${history.eventsLeftOut} newest events are left out: there are too many.`]
      : []),
    ...(over ? [] : [`It ends after ${MAX_MOMENTS} moments, before the end of the time.`]),
  ]
}

function decisionsRestOn({ policies }: History, { taken, early }: SimulatedDecisions): string[] {
  if (taken.length === 0) return []
  const asked = taken.filter(({ asksPerson }) => asksPerson).length
  return [
    'Decisions are taken by the policies of each moment, with what outcomes had taught them by then; nothing is learnt from those taken here.',
    ...(asked > 0
      ? [
          `Of ${taken.length} decisions a person would be asked for ${asked}: what is recommended to them is taken, at once.`,
        ]
      : []),
    ...(early.size > 0
      ? [`Not published yet at some of the time, so that the first version decides: ${[...early].join(', ')}.`]
      : []),
    ...policies.flatMap(({ slug, learntUntil }) =>
      learntUntil === null ? [] : [`What ${slug} was taught after ${learntUntil} is left out: there is too much.`],
    ),
  ]
}

const COUNT_RUNS = statement(
  'simulation-count-runs',
  `select status, count(*)::int as n from runs where workspace_id = $1 group by status order by status`,
)
