import { Button } from '@mantine/core'
import { useEffect } from 'react'
import { useLoaded } from '../../api/use-loaded.ts'
import { Card } from '../../components/card.tsx'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { SendingProblem } from '../../components/sending.tsx'
import { Status } from '../../components/status.tsx'
import { Time, useNow } from '../../components/time.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { ASK, BACKUPS, type HostBackups } from './backups-operations.ts'
import styles from './settings.module.css'

/** The backups that the host takes by itself: the last one, its trial, and one more on demand. */
export function BackupsSection() {
  const { t } = useLanguage()
  const { data, error, reload } = useLoaded(BACKUPS, {})
  const isUnderWay = data?.backups?.askedAt != null && data.backups.problem === null
  const now = useNow(isUnderWay)
  useEffect(() => {
    if (isUnderWay) reload() // nothing tells of it, and it is a matter of seconds
  }, [now, isUnderWay, reload])
  if (error) return <Failure error={error} onRetry={reload} />
  if (!data) return <RowsSkeleton rows={2} />
  if (data.backups) return <Standing backups={data.backups} isUnderWay={isUnderWay} onAsked={reload} />
  return (
    <Empty icon="settings" title={t.settings.backups.emptyTitle} text={t.settings.backups.emptyText}>
      <code>TRAE_BACKUP_DIR=/backups TRAE_BACKUP_KEY=…</code>
    </Empty>
  )
}

function Standing({
  backups: { takenAt, file, size, triedAt, nextAt, problem },
  isUnderWay,
  onAsked,
}: {
  backups: HostBackups
  isUnderWay: boolean
  onAsked: () => void
}) {
  const { t, format } = useLanguage()
  const ask = useChange(ASK)
  const words = t.settings.backups
  return (
    <Card title={t.settings.sections.backups} note={words.elsewhere}>
      <ul className={styles.list}>
        <li className={styles.item}>
          <div className={styles.words}>
            <strong>{words.last}</strong>
            <p className={styles.dim}>
              {file === null ? words.none : <code>{file}</code>}
              {size !== null && ` · ${format.bytes(size)}`}
              {takenAt !== null && (
                <>
                  {' · '}
                  <Time at={takenAt} />
                </>
              )}
            </p>
            <p className={styles.dim}>
              {words.next} <Time at={nextAt} as="dateTime" />
            </p>
            {problem !== null && (
              <p role="alert">
                {problem} {words.again}
              </p>
            )}
          </div>
          {isUnderWay && <Status tone="live" label={words.asked} />}
          {problem !== null && <Status tone="bad" label={words.failed} />}
          {takenAt !== null && problem === null && !isUnderWay && <Status tone="good" label={words.taken} />}
        </li>
        <li className={styles.item}>
          <div className={styles.words}>
            <strong>{words.trial}</strong>
            <p className={styles.dim}>{words.trialText}</p>
          </div>
          {triedAt === null ? (
            <Status tone="quiet" label={words.none} />
          ) : (
            <span className={styles.dim}>
              <Status tone="good" label={words.tried} /> <Time at={triedAt} />
            </span>
          )}
        </li>
      </ul>
      <SendingProblem problem={ask.problem} />
      <div className={styles.controls}>
        <Button loading={ask.sending} disabled={isUnderWay} onClick={() => void ask.now({}).then(onAsked)}>
          {words.now}
        </Button>
      </div>
    </Card>
  )
}
