import type { LeadStatus, MeetingStatus, ModuleStatus, RunStatus, StepStatus } from '../api/schema.ts'
import { useLanguage } from '../i18n/messages.tsx'
import { Icon, type IconName } from './icon.tsx'
import styles from './status.module.css'

/** Quiet by default; colour only where somebody should look. */
export type Tone = 'quiet' | 'good' | 'live' | 'wait' | 'bad'

export function Status({ tone, icon, label }: { tone: Tone; icon?: IconName; label: string }) {
  return (
    <span className={styles.status} data-tone={tone}>
      {icon ? <Icon name={icon} size={14} /> : <span className={styles.dot} />}
      {label}
    </span>
  )
}

export function RunStatusBadge({ status }: { status: RunStatus }) {
  const { t } = useLanguage()
  return <Status tone={TONES[status]} label={t.runs.statuses[status]} />
}

export function LeadStatusBadge({ status }: { status: LeadStatus }) {
  const { t } = useLanguage()
  return <Status tone={LEAD_TONES[status]} label={t.leads.statuses[status]} />
}

export function MeetingStatusBadge({ status }: { status: MeetingStatus }) {
  const { t } = useLanguage()
  return <Status tone={MEETING_TONES[status]} label={t.meetings.statuses[status]} />
}

export function ModuleStatusBadge({ status }: { status: ModuleStatus }) {
  const { t } = useLanguage()
  return <Status tone={MODULE_TONES[status]} label={t.brain.statuses[status]} />
}

/** The state of a step as one icon; its name is read out and shown on hover. */
export function StepIcon({ status }: { status: StepStatus }) {
  const { t } = useLanguage()
  const label = t.run.statuses[status]
  return (
    <span className={styles.step} data-tone={TONES[status]} data-status={status} title={label}>
      <Icon name={STEP_ICONS[status]} size={13} />
      <span className="visually-hidden">{label}</span>
    </span>
  )
}

const TONES: Record<RunStatus | StepStatus, Tone> = {
  QUEUED: 'quiet',
  PENDING: 'quiet',
  RUNNING: 'live',
  WAITING: 'wait',
  RETRYING: 'wait',
  COMPLETED: 'good',
  FAILED: 'bad',
  SKIPPED: 'quiet',
  CANCELLED: 'quiet',
  QUARANTINED: 'bad',
  UNKNOWN: 'bad',
}
const LEAD_TONES: Record<LeadStatus, Tone> = {
  NEW: 'live',
  QUALIFYING: 'wait',
  QUALIFIED: 'good',
  NURTURING: 'quiet',
  DISQUALIFIED: 'quiet',
  CONVERTED: 'good',
}
const MEETING_TONES: Record<MeetingStatus, Tone> = {
  SCHEDULED: 'good',
  COMPLETED: 'quiet',
  CANCELLED: 'quiet',
  NO_SHOW: 'bad',
}
const MODULE_TONES: Record<ModuleStatus, Tone> = {
  IDLE: 'quiet',
  RUNNING: 'live',
  WAITING: 'wait',
  ERROR: 'bad',
  COMPLETED: 'good',
  MANUAL: 'wait',
}
const STEP_ICONS: Record<StepStatus, IconName> = {
  PENDING: 'dot',
  RUNNING: 'dot',
  WAITING: 'clock',
  RETRYING: 'retry',
  COMPLETED: 'check',
  FAILED: 'cross',
  SKIPPED: 'skip',
  CANCELLED: 'minus',
  UNKNOWN: 'help',
}
