import { Button } from '@mantine/core'
import answers from '../../components/confirm-dialog.module.css'
import { explain } from '../../components/failure.tsx'
import { SendingProblem } from '../../components/sending.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import styles from './bulk.module.css'
import type { Break, Tally } from './use-bulk.ts'

/** Refused runs that are listed; the rest is counted. */
const SHOWN = 50

/** What came of it: done, refused with why, and what is left, with how to go on. */
export function BulkSummary({
  tally,
  why,
  done,
  onGoOn,
  onClose,
}: {
  tally: Tally
  why: Break | undefined
  done: (count: number) => string
  onGoOn: () => void
  onClose: () => void
}) {
  const { t } = useLanguage()
  const { refused, left } = tally
  return (
    <div className={styles.summary}>
      <p role="status">
        <strong>{done(tally.done)}</strong> {t.bulk.refused(refused.length)} {left > 0 && t.bulk.left(left)}
      </p>
      {why && <WhyEnded why={why} />}
      {refused.length > 0 && (
        <ul className={styles.refused} aria-label={t.bulk.refusedRuns}>
          {refused.slice(0, SHOWN).map(({ id, message }) => (
            <li key={id}>
              <Link to={`/runs/${encodeURIComponent(id)}`}>{t.bulk.openRun}</Link> {message}
            </li>
          ))}
          {refused.length > SHOWN && <li>{t.bulk.more(refused.length - SHOWN)}</li>}
        </ul>
      )}
      <div className={answers.answers}>
        {left > 0 && (
          <Button variant="default" onClick={onGoOn}>
            {t.bulk.goOn(left)}
          </Button>
        )}
        <Button onClick={onClose}>{t.common.close}</Button>
      </div>
    </div>
  )
}

/** What a person wanted, or has to look at once more, is no problem. */
function WhyEnded({ why }: { why: Break }) {
  const { t } = useLanguage()
  switch (why.kind) {
    case 'stopped':
    case 'grown':
      return <p className={styles.note}>{t.bulk.breaks[why.kind]}</p>
    case 'refused':
      return <SendingProblem problem={{ text: why.message, next: t.confirming.next.INVALID }} />
    case 'failed':
      return <SendingProblem problem={{ text: explain(why.error, t).text, next: t.bulk.breaks.failedNext }} />
    default:
      return why satisfies never
  }
}
