import { useLanguage } from '../../i18n/messages.tsx'
import type { RunDetails } from './run-operations.ts'
import styles from './run.module.css'

/** Who asked the run to stop, when, and why in their words. */
export function CancellationText({ cancellation }: { cancellation: NonNullable<RunDetails['cancellation']> }) {
  const { t, format } = useLanguage()
  const { cause, by, reason, requestedAt } = cancellation
  const when = format.dateTime(requestedAt)
  return (
    <p className={styles.until}>
      {cause === 'PERSON' ? t.run.stoppedBy(by?.name ?? t.run.somebody, when) : t.run.stopCauses[cause](when)}
      {cause === 'PERSON' && reason !== null && (
        <>
          {' '}
          {t.run.stopReason} <q>{reason}</q>
        </>
      )}
    </p>
  )
}
