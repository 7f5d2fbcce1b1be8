import { type ReactNode, useState } from 'react'
import type { RunStep } from '../../api/schema.ts'
import { Icon } from '../../components/icon.tsx'
import { JsonView } from '../../components/json-view.tsx'
import { StepIcon } from '../../components/status.tsx'
import { useNow } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { nextAction, ReasonText } from './run-reason.tsx'
import { type OperatedRun, StepActions } from './step-actions.tsx'
import styles from './run.module.css'

/** The steps in the order of the playbook, indented as they are nested, as they happen. */
export function RunSteps({
  run,
  operable,
}: {
  run: OperatedRun & { readonly steps: readonly RunStep[] }
  operable: boolean
}) {
  const { t } = useLanguage()
  return (
    <ol className={styles.steps} aria-label={t.run.steps}>
      {run.steps.map(step => (
        <Step key={step.path} step={step}>
          {operable && <StepActions run={run} step={step} />}
        </Step>
      ))}
    </ol>
  )
}

function Step({ step, children }: { step: RunStep; children: ReactNode }) {
  const { t } = useLanguage()
  const [open, setOpen] = useState(false)
  const hasDetails = step.output !== null || step.error !== null || step.effectKey !== null
  return (
    <li className={styles.step} data-status={step.status} data-depth={Math.min(step.depth, 6)}>
      <div className={styles.stepLine}>
        <StepIcon status={step.status} />
        <span className={styles.stepWords}>
          <span className={styles.stepTitle}>
            {step.kind === 'ITERATION' ? t.run.round(step.title) : step.title}
            {step.progress && (
              <span className={styles.tag}>{t.run.progress(step.progress.done, step.progress.total)}</span>
            )}
            {step.attempt > 1 && <span className={styles.tag}>{t.run.attempt(step.attempt)}</span>}
          </span>
          <span className={styles.stepNote}>
            {step.uses ? <code>{step.uses}</code> : t.run.kinds[step.kind]}
            {step.account && <span title={t.accounts.name}>{step.account}</span>}
            <code className={styles.path}>{step.path}</code>
          </span>
        </span>
        {children}
        <span className={styles.duration}>
          <StepDuration step={step} />
        </span>
        {hasDetails && (
          <button
            type="button"
            className={styles.expand}
            aria-expanded={open}
            aria-label={t.run.expand(step.title)}
            onClick={() => setOpen(!open)}
          >
            <Icon name="chevron" size={16} />
          </button>
        )}
      </div>
      {step.reason && (step.status === 'WAITING' || step.status === 'RETRYING') && (
        <p className={styles.stepReason}>
          <ReasonText reason={step.reason} />
        </p>
      )}
      {step.error && (
        <div className={styles.stepError}>
          <p>{step.error.message}</p>
          {open && (
            <p className={styles.next}>
              {step.status === 'COMPLETED' ? t.run.continued : nextAction(step.error, t, step.kind)}
            </p>
          )}
        </div>
      )}
      {open && (
        <div className={styles.stepDetails}>
          {step.output !== null && <JsonView value={step.output} label={t.run.output} />}
          {step.effectKey && (
            <p className={styles.key}>
              <Icon name="key" size={15} />
              <span>
                {t.run.effectKey} <code>{step.effectKey}</code>
                <br />
                {t.run.effectKeyText}
              </span>
            </p>
          )}
        </div>
      )}
    </li>
  )
}

function StepDuration({ step }: { step: RunStep }) {
  const { format } = useLanguage()
  const moving = step.startedAt !== null && step.finishedAt === null && step.status !== 'PENDING'
  const now = useNow(moving)
  if (!step.startedAt || step.status === 'SKIPPED') return null
  if (!step.finishedAt && !moving) return null
  const end = step.finishedAt ? new Date(step.finishedAt).getTime() : Math.max(now, Date.now())
  const milliseconds = end - new Date(step.startedAt).getTime()
  return milliseconds < 1 ? null : <>{format.duration(milliseconds)}</>
}
