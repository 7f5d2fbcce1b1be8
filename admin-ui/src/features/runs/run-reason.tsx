import type { RunError, RunStep, StepKind } from '../../api/schema.ts'
import { Icon } from '../../components/icon.tsx'
import { useNow } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import type { Messages } from '../../i18n/pt-BR.ts'
import { Link } from '../../router.tsx'
import { reasonText, type ShownReason, untilText } from './reason-text.ts'
import { CancellationText } from './run-cancellation.tsx'
import type { RunDetails } from './run-operations.ts'
import styles from './run.module.css'

/** Why a run stands where it stands: every step that stands still says why, and until when; and what to do about it. */
export function RunStands({
  reason,
  steps,
  isOver,
  runId,
  cancellation,
}: {
  runId: string
  reason: ShownReason
  steps: readonly RunStep[]
  isOver: boolean
  cancellation: RunDetails['cancellation']
}) {
  const { t } = useLanguage()
  const isStopped = cancellation !== null && (reason.code === 'CANCELLED' || reason.code === 'STOPPING')
  const own = isOver || !STEPS_SAY_WHY.has(reason.code)
  const waiting = own ? [] : steps.filter(step => step.reason !== null && step.finishedAt === null)
  return (
    <div className={styles.waiting}>
      <Icon name="clock" size={18} />
      <div>
        <h2>{isOver ? t.run.whyOver : t.run.waiting}</h2>
        {waiting.length === 0 && !(reason.code === 'CANCELLED' && isStopped && cancellation.cause !== 'PERSON') && (
          <p>
            <ReasonText reason={reason} />
          </p>
        )}
        {isStopped ? (
          <CancellationText cancellation={cancellation} />
        ) : (
          isOver && <p className={styles.until}>{reason.message}</p>
        )}
        <ul>
          {waiting.map(step => (
            <li key={step.path}>{step.reason && <ReasonText reason={step.reason} />}</li>
          ))}
        </ul>
        <p className={styles.next}>
          <strong>{t.run.whatNow}.</strong> {t.run.reasonNext[reason.code]}
        </p>
        {reason.code === 'APPROVAL' && (
          <p className={styles.links}>
            <Link to={`/approvals?run=${encodeURIComponent(runId)}`}>{t.approvals.open}</Link>
          </p>
        )}
      </div>
    </div>
  )
}

/** Of these the steps know more than the run. */
const STEPS_SAY_WHY: ReadonlySet<ShownReason['code']> = new Set(['TIME', 'EVENT', 'APPROVAL', 'RUN', 'RETRY'])

export function ReasonText({ reason }: { reason: ShownReason }) {
  const { t, format } = useLanguage()
  const now = useNow(reason.until !== null)
  return (
    <>
      {reasonText(reason, t)} <span className={styles.until}>{untilText(reason, t, format, now)}</span>
    </>
  )
}

/** What stopped the run, and what a person can do about it. */
export function RunProblem({ error, slug, step }: { error: RunError; slug: string; step: StepKind | undefined }) {
  const { t } = useLanguage()
  return (
    <div className={styles.problem} role="alert">
      <Icon name="alert" size={18} />
      <div>
        <h2>{error.path ? t.run.failedAt(error.path) : t.runs.statuses.FAILED}</h2>
        <p className={styles.message}>{error.message}</p>
        <p className={styles.next}>
          <strong>{t.run.whatNow}.</strong> {nextAction(error, t, step)}
        </p>
        <p className={styles.links}>
          {PLUGIN_CODES.has(error.code) ? (
            <Link to="/plugins">{t.run.openPlugins}</Link>
          ) : (
            <Link to={`/playbooks/${encodeURIComponent(slug)}`}>{t.run.openPlaybook}</Link>
          )}
          <code>{error.code}</code>
        </p>
      </div>
    </div>
  )
}

const PLUGIN_CODES: ReadonlySet<string> = new Set(['PERMISSION', 'PLUGIN', 'MEMORY', 'CRASHED', 'MANIFEST'])

/** `step`: the kind of the step that failed, where it is known; some mend the same error elsewhere. */
export function nextAction(error: RunError, t: Messages, step?: StepKind): string {
  if (step === 'PLAYBOOK') return t.run.next.startedRun
  if (error.code === 'VALIDATION' && step !== undefined && step !== 'USES') return t.run.next.other
  if (isKnown(error.code, t.run.next)) return t.run.next[error.code]
  return error.retryable ? t.run.next.retryable : t.run.next.other
}

function isKnown(
  code: string,
  next: Messages['run']['next'],
): code is Exclude<keyof Messages['run']['next'], 'retryable' | 'other' | 'startedRun'> {
  return code in next && code === code.toUpperCase()
}
