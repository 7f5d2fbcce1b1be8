import type { FunnelStep } from '../../api/schema.ts'
import { Card } from '../../components/card.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { Bar } from './bar.tsx'
import styles from './dashboard.module.css'

/** How far the leads of the period have got: a table whose bars are its picture. */
export function FunnelCard({ steps, from, to }: { steps: readonly FunnelStep[]; from: string; to: string }) {
  const { t, format } = useLanguage()
  const all = steps[0]?.leads ?? 0
  const period = `from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}`
  return (
    <Card title={t.dashboard.funnel} note={t.dashboard.funnelNote} flush>
      <div className={styles.scroll}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{t.dashboard.step}</th>
              <th scope="col" data-number>
                {t.dashboard.leads}
              </th>
              <th scope="col" data-number>
                {t.dashboard.conversion}
              </th>
              <th scope="col" data-number>
                {t.dashboard.time}
              </th>
            </tr>
          </thead>
          <tbody>
            {steps.map(({ reached, leads, conversion, days }) => (
              <tr key={reached}>
                <th scope="row">
                  {t.dashboard.reached[reached]}
                  <Bar share={all === 0 ? 0 : leads / all} />
                </th>
                <td data-number>
                  <Link to={`/leads?reached=${reached}&${period}`}>{format.number(leads)}</Link>
                </td>
                <td data-number>{conversion === null ? '–' : format.percent(conversion)}</td>
                <td data-number>{days === null ? '–' : format.duration(days * 86_400_000)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  )
}
