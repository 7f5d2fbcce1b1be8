import { getWorkspace } from '../access/workspace.ts'
import { normalizePhone } from '../phone.ts'
import { sendMoment } from '../playbooks/send-window.ts'
import type { ResolvedAction } from '../plugins/resolve-action.ts'
import type { Lead } from '../sales/lead.ts'
import type { ActiveRun, RunCore } from './active-run.ts'
import { evaluate, type Fiber } from './step-outcome.ts'
import { timeZoneOf } from './time-zone.ts'
import { subscribe, untilEnded } from './waits.ts'

/**
 * Waits until the playbook's `sendWindow` is open for what this step sends; the moment is stored with the wait, and who
 * takes the run up again waits for the same. False when the step is no longer wanted. An effect that has begun goes on.
 */
export async function untilOpen(core: RunCore, run: ActiveRun, path: string, fiber: Fiber): Promise<boolean> {
  const window = run.version.playbook.sendWindow
  if (!window || run.memory.inFlight.has(path)) return true
  const at = `${path}!window`
  const workspace = await getWorkspace(core, run.lease.workspaceId)
  for (;;) {
    if (run.waits.get(at)?.status === 'open') {
      if (!(await untilEnded(core, run, at, fiber))) return false
      run.subject.forget() // it may have taken days
    }
    const now = core.clock.now().getTime()
    const moment = sendMoment(window, now, {
      key: `${run.lease.runId}/${path}`,
      timeZone: await timeZoneOf(core, run, window.timeZone),
      holidays: window.holidays ?? (workspace.locale === 'pt-BR' ? 'BR' : 'none'),
    })
    if (moment <= now) return true
    await subscribe(run, { path: at, kind: 'window', dueAt: new Date(moment) }, [])
  }
}

/**
 * Asked before an effect begins: not when the run's goal was reached or the subject leaves the playbook now, and nothing
 * is sent to a lead that has unsubscribed, to its address when letters come back from there, or to its phone when that has said STOP. Each
 * completes the run.
 */
export async function mayHappen(
  run: ActiveRun,
  path: string,
  fiber: Fiber,
  action: ResolvedAction,
  input: unknown,
): Promise<boolean> {
  if (run.memory.inFlight.has(path)) return true
  if (await run.goal?.isReached()) return false
  if (await exits(run, fiber)) return false
  if (action.effect !== 'send' || isToTeam(action)) return true
  const lead = await run.subject.freshLead()
  if (lead?.emailBounced && isToAddress(lead, input)) {
    const message = `${path} was not sent: letters to ${lead.email} come back. Find another address of the lead.`
    run.endEarly({ code: 'SUPPRESSED', message })
    return false
  }
  if (lead?.phoneOptedOut && isToPhone(lead, input)) {
    const message = `${path} was not sent: whoever has ${lead.phone} has answered STOP. Write to the lead another way.`
    run.endEarly({ code: 'SUPPRESSED', message })
    return false
  }
  if (!lead?.unsubscribed || !isTo(lead, input)) return true
  run.endEarly({
    code: 'SUPPRESSED',
    message: `${path} was not sent: the lead has unsubscribed (${lead.unsubscribedAt}).`,
  })
  return false
}

/** `notify` tells the team: what it names as a lead is whom it is about. */
const isToTeam = ({ action, manifest }: ResolvedAction) =>
  Object.values(manifest.provides['notify'] ?? {}).includes(action)

/** Does the subject leave the playbook here? Its record is read anew. Not asked again in `finally`. */
export async function exits(run: ActiveRun, fiber: Fiber): Promise<boolean> {
  const exitWhen = run.version.playbook.enrollment?.exitWhen
  if (!exitWhen || run.memory.ending) return false
  run.subject.forget()
  if ((await evaluate(run, fiber, exitWhen)) !== true) return false
  run.endEarly({ code: 'EXIT', message: `exitWhen came true: ${exitWhen.source}` })
  return true
}

/**
 * Is what is sent for the lead's own eyes? It is when one of the texts of the input is the lead's e-mail or phone, or
 * when nothing but the lead's id says to whom. A letter about the lead to a colleague is not.
 */
function isTo(lead: Lead, input: unknown): boolean {
  const texts = entriesOf(input)
  if (isToAddress(lead, input) || isToPhone(lead, input)) return true
  return texts.some(([key, value]) => key === 'leadId' && value === lead.id) && !texts.some(([key]) => key === 'to')
}

const isToAddress = (lead: Lead, input: unknown) =>
  lead.email !== null && valuesOf(input).some(value => value.trim().toLowerCase() === lead.email)

const isToPhone = (lead: Lead, input: unknown) =>
  lead.phone !== null && valuesOf(input).some(value => normalizePhone(value) === lead.phone)

const entriesOf = (input: unknown) => (typeof input === 'object' && input !== null ? Object.entries(input) : [])
const valuesOf = (input: unknown) =>
  entriesOf(input)
    .flatMap(([, value]) => (Array.isArray(value) ? (value as unknown[]) : [value]))
    .filter(isText)
const isText = (value: unknown): value is string => typeof value === 'string'
