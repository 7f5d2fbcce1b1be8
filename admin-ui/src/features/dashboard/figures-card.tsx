import { Card } from '../../components/card.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import type { DashboardData } from './dashboard-operations.ts'
import styles from './dashboard.module.css'
import { isStanding, rowsOf, showMetric } from './show-metric.ts'

/** Every figure, beside the period before; each leads to the rows that it adds up from. */
export function FiguresCard({ data: { metrics, from, to } }: { data: DashboardData }) {
  const { t, format } = useLanguage()
  return (
    <Card title={t.dashboard.figures} note={t.dashboard.figuresNote(format.dateTime(from), format.dateTime(to))} flush>
      <ul className={styles.figures}>
        {metrics.map(one => {
          const rows = rowsOf(one.metric, from, to)
          const content = (
            <>
              <span>{t.dashboard.metrics[one.metric]}</span>
              <strong>{showMetric(one, one.value, format)}</strong>
              <small>
                {one.value === null
                  ? t.dashboard.nothingToDivide
                  : isStanding(one.metric)
                    ? t.dashboard.standing
                    : t.dashboard.before(showMetric(one, one.before, format))}
              </small>
            </>
          )
          return <li key={one.metric}>{rows ? <Link to={rows}>{content}</Link> : <div>{content}</div>}</li>
        })}
      </ul>
    </Card>
  )
}
