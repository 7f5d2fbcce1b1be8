import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'
import type { RunFilter, RunOperation, RunStatus } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { useSoon } from '../../api/use-soon.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { BulkDialog } from './bulk-dialog.tsx'
import { RUNS_COUNT } from './bulk-operations.ts'
import styles from './bulk.module.css'

/** What can be done to runs of a status; `''`: of any. */
const POSSIBLE: Readonly<Record<RunStatus | '', readonly RunOperation[]>> = {
  '': ['CANCEL', 'RESTART', 'REPLAY', 'RELEASE'],
  QUEUED: ['CANCEL'],
  RUNNING: ['CANCEL'],
  WAITING: ['CANCEL'],
  RETRYING: ['CANCEL'],
  COMPLETED: ['REPLAY'],
  FAILED: ['RESTART', 'REPLAY'],
  CANCELLED: ['RESTART', 'REPLAY'],
  QUARANTINED: ['RELEASE', 'REPLAY'],
}

/** Counted so far while people look; who operates them is told the whole number. */
const SHOWN = 10_000

/** How many runs fit the filter, and what can be done to all of them. `news` changes whenever a run has. */
export function BulkBar({
  filter,
  status,
  news,
  onDone,
}: {
  filter: RunFilter
  status: RunStatus | ''
  news: number
  onDone: () => void
}) {
  const { t } = useLanguage()
  const [asking, setAsking] = useState<RunOperation>()
  const counted = useLoaded(RUNS_COUNT, { filter, atMost: SHOWN + 1 })
  const soon = useSoon()
  const { reload } = counted
  useEffect(() => {
    if (news > 0) soon(reload)
  }, [news, soon, reload])
  const count = counted.data?.runsCount
  return (
    <section className={styles.bar} aria-label={t.bulk.label}>
      <p role="status">
        {count === undefined ? t.common.loading : count > SHOWN ? t.bulk.fitMore(SHOWN) : t.bulk.fit(count)}
      </p>
      {count !== undefined && count > 0 && (
        <div className={styles.operations}>
          {POSSIBLE[status].map(operation => (
            <Button key={operation} variant="default" size="xs" onClick={() => setAsking(operation)}>
              {t.bulk.operations[operation].button}
            </Button>
          ))}
        </div>
      )}
      {asking && (
        <BulkDialog
          filter={filter}
          operation={asking}
          onClose={() => {
            setAsking(undefined)
            reload()
            onDone()
          }}
        />
      )}
    </section>
  )
}
