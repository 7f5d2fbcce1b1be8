import { useEffect } from 'react'
import { gql, type TypedDocumentNode } from 'urql'
import type { BrainStatus, ScalingChange } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { Card } from '../../components/card.tsx'
import { Nothing } from '../../components/empty.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import styles from './tasks.module.css'

type Row = Pick<ScalingChange, 'at' | 'from' | 'to' | 'reasons'>
const CHANGES: TypedDocumentNode<{ brain: { scaling: { changes: readonly Row[] } } }, Record<string, never>> = gql`
  query ScalingChanges {
    brain {
      scaling {
        changes(first: 5) {
          at
          from
          to
          reasons
        }
      }
    }
  }
`
const NOTHING: Record<string, never> = {}

/** How many processes there are and should be, why, and how that changed. */
export function ScalingCard({ scaling }: { scaling: BrainStatus['scaling'] }) {
  const { t } = useLanguage()
  const { data, reload } = useLoaded(CHANGES, NOTHING)
  const { workers, recommendedWorkers } = scaling
  // The stream of the brain tells another number; its story is read then
  useEffect(() => reload(), [reload, recommendedWorkers])
  const changes = data?.brain.scaling.changes ?? []
  return (
    <Card title={t.brain.scaling}>
      <p>{t.brain.processes(workers, recommendedWorkers)}</p>
      {data && changes.length === 0 && <Nothing>{t.brain.noScaling}</Nothing>}
      <ul className={`${styles.incidents} ${styles.history}`} aria-label={t.brain.scalingHistory}>
        {changes.map(({ at, from, to, reasons }) => (
          <li key={at}>
            <div className={styles.head}>
              <strong>
                {from} → {to}
              </strong>
              <Time at={at} />
            </div>
            {reasons.map(reason => (
              <p key={reason}>{reason}</p>
            ))}
          </li>
        ))}
      </ul>
    </Card>
  )
}
