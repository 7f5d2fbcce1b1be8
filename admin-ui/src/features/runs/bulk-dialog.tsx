import { Button } from '@mantine/core'
import { useState } from 'react'
import type { RunFilter, RunOperation } from '../../api/schema.ts'
import answers from '../../components/confirm-dialog.module.css'
import { Dialog } from '../../components/dialog.tsx'
import { Failure } from '../../components/failure.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { BulkOrder, isComplete } from './bulk-order.tsx'
import { BulkSummary } from './bulk-summary.tsx'
import styles from './bulk.module.css'
import { type Order, type Tally, useBulk } from './use-bulk.ts'

/** Does something to all runs that fit a filter: counts them, says what will happen, asks, shows how far it is, sums up. */
export function BulkDialog({
  filter,
  operation,
  onClose,
}: {
  filter: RunFilter
  operation: RunOperation
  onClose: () => void
}) {
  const { t } = useLanguage()
  const { stage, count, stop, work } = useBulk(filter, operation)
  const [order, setOrder] = useState<Order>({ version: 'ORIGIN' })
  const words = t.bulk.operations[operation]
  return (
    <Dialog title={words.title} onClose={onClose} held={stage.name === 'working'}>
      {stage.name === 'counting' && <TextSkeleton lines={3} />}
      {stage.name === 'uncounted' && <Failure error={stage.error} onRetry={count} />}
      {stage.name === 'asking' && (
        <form
          className={answers.form}
          onSubmit={event => {
            event.preventDefault()
            void work({ done: 0, refused: [], left: stage.count, after: null }, order)
          }}
        >
          <p>
            <strong>{words.count(stage.count)}</strong> {stage.count > 0 && words.text}
          </p>
          {stage.count > 0 && <BulkOrder filter={filter} operation={operation} order={order} onChange={setOrder} />}
          <div className={answers.answers}>
            <Button variant="default" onClick={onClose}>
              {t.common.back}
            </Button>
            {stage.count > 0 && (
              <Button
                type="submit"
                disabled={!isComplete(operation, order)}
                {...(operation === 'CANCEL' ? { color: 'red' } : {})}
              >
                {words.confirm(stage.count)}
              </Button>
            )}
          </div>
        </form>
      )}
      {stage.name === 'working' && <Progress tally={stage.tally} onStop={stop} />}
      {stage.name === 'over' && (
        <BulkSummary
          tally={stage.tally}
          why={stage.why}
          done={words.done}
          onGoOn={() => void work(stage.tally, order)}
          onClose={onClose}
        />
      )}
    </Dialog>
  )
}

function Progress({ tally, onStop }: { tally: Tally; onStop: () => void }) {
  const { t } = useLanguage()
  const [stopping, setStopping] = useState(false)
  const through = tally.done + tally.refused.length
  return (
    <>
      <p role="status">{t.bulk.progress(through, through + tally.left)}</p>
      <progress className={styles.progress} value={through} max={through + tally.left} aria-label={t.bulk.working} />
      <p className={styles.note}>{t.bulk.keepOpen}</p>
      <div className={answers.answers}>
        <Button
          variant="default"
          loading={stopping}
          onClick={() => {
            setStopping(true)
            onStop()
          }}
        >
          {t.bulk.stop}
        </Button>
      </div>
    </>
  )
}
