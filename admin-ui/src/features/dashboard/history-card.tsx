import { useState } from 'react'
import type { MetricName, MetricPoint, MetricValue } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { Card } from '../../components/card.tsx'
import { Nothing } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Pick } from '../../components/filter-bar.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { HISTORY } from './dashboard-operations.ts'
import styles from './dashboard.module.css'
import { showMetric } from './show-metric.ts'

/** Figures of leads that are counted by what became of them later: a day says little of them. */
const LATER: readonly MetricName[] = ['QUALIFIED', 'MET', 'ANSWERED', 'WIN_RATE']

/** A figure day by day, as each day was kept when it was over. */
export function HistoryCard({ days, metrics }: { days: number; metrics: readonly MetricValue[] }) {
  const { t } = useLanguage()
  const [chosen, setChosen] = useState<MetricName>('LEADS')
  const { data, error, reload } = useLoaded(HISTORY, { days, metrics: [chosen] })
  const points = data?.dashboard.history ?? []
  const metric = metrics.find(one => one.metric === chosen)
  return (
    <Card title={t.dashboard.history} note={t.dashboard.historyNote}>
      <div className={styles.choose}>
        <Pick
          label={t.dashboard.figure}
          all={t.dashboard.metrics.LEADS}
          values={metrics
            .filter(one => one.metric !== 'LEADS' && !LATER.includes(one.metric))
            .map(one => [one.metric, t.dashboard.metrics[one.metric]] as const)}
          value={chosen === 'LEADS' ? '' : chosen}
          onChange={value => setChosen((value || 'LEADS') as MetricName)}
        />
      </div>
      {error && <Failure error={error} onRetry={reload} />}
      {data && points.length === 0 && <Nothing>{t.dashboard.noHistory}</Nothing>}
      {metric && points.length > 0 && <Days points={points} metric={metric} />}
    </Card>
  )
}

const HEIGHT = 100
const STEP = 10
/** Room for so many days is always there: one alone would be a wall. */
const LEAST = 14

function Days({ points, metric }: { points: readonly MetricPoint[]; metric: MetricValue }) {
  const { t, format } = useLanguage()
  const most = Math.max(...points.map(({ value }) => value), 0)
  /** A day ends with the first moment of the next one. */
  const dayOf = ({ at }: MetricPoint) => format.day(new Date(new Date(at).getTime() - 1))
  const [first, last] = [points[0]!, points.at(-1)!]
  const name = t.dashboard.metrics[metric.metric]
  return (
    <figure className={styles.days}>
      <svg
        viewBox={`0 0 ${Math.max(LEAST, points.length) * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={t.dashboard.historyOf(name, dayOf(first), dayOf(last), showMetric(metric, most, format))}
      >
        {points.map((point, index) => {
          const height = most === 0 ? 0 : (point.value / most) * HEIGHT
          return (
            <rect
              key={point.at}
              x={index * STEP + 1}
              y={HEIGHT - Math.max(1, height)}
              width={STEP - 2}
              height={Math.max(1, height)}
              className={styles.fill}
            >
              <title>{`${dayOf(point)}: ${showMetric(metric, point.value, format)}`}</title>
            </rect>
          )
        })}
      </svg>
      <figcaption>
        <span>{dayOf(first)}</span>
        <span>{t.dashboard.most(showMetric(metric, most, format))}</span>
        <span>{dayOf(last)}</span>
      </figcaption>
      <details>
        <summary>{t.dashboard.asTable}</summary>
        <table className={styles.table}>
          <tbody>
            {points.map(point => (
              <tr key={point.at}>
                <th scope="row">{dayOf(point)}</th>
                <td data-number>{showMetric(metric, point.value, format)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  )
}
