import { readSources } from '../calendars/sources.ts'
import type { Core } from '../context.ts'
import type { KeyRing } from '../credentials/key-ring.ts'
import { rotateKeys } from '../credentials/rotate-keys.ts'
import { deliverLetters } from '../mail/deliver-letters.ts'
import { fetchLetters } from '../mail/fetch-letters.ts'
import { followKillList } from '../plugins/follow-kill-list.ts'
import { lookAtRequests } from '../privacy/requests.ts'
import { applyRetention } from '../privacy/retention.ts'
import { lookForRegistrations } from '../triggers/look-for-due.ts'
import { RepeatedLook } from '../triggers/repeated-look.ts'
import { startPlannedCalls } from '../triggers/start-planned-calls.ts'
import { PluginTeller } from '../triggers/tell-plugins.ts'
import { tellOfUnheard } from '../triggers/tell-of-unheard.ts'
import { deliverAlerts } from './alerts/deliver-alerts.ts'
import { judgeAlerts } from './alerts/judge-alerts.ts'
import { BackupWatch } from './backup-watch.ts'
import type { Brain, Watch } from './brain.ts'
import { followObjectives } from './follow-objectives.ts'
import { heal } from './healing/heal.ts'
import type { Fence } from './leadership.ts'
import { rememberContexts } from './memories/remember-contexts.ts'
import { rememberDiagnoses } from './memories/remember-diagnoses.ts'
import { rememberLeads } from './memories/remember-leads.ts'
import { recordMetrics } from './metric-history.ts'
import { lookAtScaling } from './scaling/scaling.ts'
import { suggestSteps } from './steps/suggest-steps.ts'
import { followTasks } from './tasks/follow-tasks.ts'
import { lookAtTasks } from './tasks/look-at-tasks.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** What only the leader looks at, and how often. `pollMs` takes the place of intervals of up to a minute, for tests. */
export function leaderLooks(
  core: Omit<Core, 'brain'>,
  {
    brain,
    ring,
    fence,
    pollMs,
  }: {
    readonly brain: () => Brain
    readonly ring: KeyRing
    readonly fence: () => Fence | undefined
    readonly pollMs: number | undefined
  },
): Watch[] {
  const every = (ms: number, look: () => Promise<void>) => new RepeatedLook(look, core.log, pollMs ?? ms)
  /** Many statements: a test that polls all the time would do little else. */
  const dearly = (ms: number, look: () => Promise<void>) => new RepeatedLook(look, core.log, pollMs ? pollMs * 5 : ms)
  const rarely = (ms: number, look: () => Promise<void>) => new RepeatedLook(look, core.log, ms)
  return [
    every(SECOND, lookForRegistrations(core)),
    new PluginTeller(core, pollMs),
    every(SECOND, async () => void (await startPlannedCalls(core))),
    every(SECOND, () => lookAtTasks(core, fence())),
    every(SECOND, () => followTasks(core, fence())),
    dearly(30 * SECOND, () => suggestSteps(core, fence())),
    every(2.5 * SECOND, () => heal(core, fence())), // less often than every process follows what it decides
    dearly(10 * SECOND, () => judgeAlerts({ ...core, brain: brain() }, fence())),
    every(SECOND, () => deliverAlerts(core, fence())),
    dearly(10 * SECOND, () => lookAtScaling(core, fence())),
    every(SECOND, () => deliverLetters(core)),
    every(MINUTE, () => fetchLetters(core)), // providers mind whoever signs in more often
    every(30 * SECOND, () => readSources(core)),
    every(15 * SECOND, () => tellOfUnheard(core)),
    rarely(5 * SECOND, () => lookAtRequests(core)), // have the runs ended of somebody who is to be erased?
    rarely(HOUR, () => followKillList(core)),
    rarely(HOUR, () => applyRetention(core)),
    rarely(MINUTE, () => followObjectives(core)),
    dearly(10 * SECOND, () => rememberDiagnoses(core)),
    dearly(10 * SECOND, () => rememberLeads(core)),
    rarely(MINUTE, () => rememberContexts({ ...core, brain: brain() })),
    rarely(5 * MINUTE, () => recordMetrics(core)), // is a day over whose figures are to be kept?
    new BackupWatch(core, 5 * SECOND),
    rarely(HOUR, async () => void (await rotateKeys({ sql: core.sql, vault: core.vault, ring }))),
  ]
}
