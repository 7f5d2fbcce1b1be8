import type { StageStay } from '../../api/schema.ts'
import { Card } from '../../components/card.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import styles from './dashboard.module.css'

/** How long deals stay in each stage, and how many go on from there. */
export function StagesCard({ stages }: { stages: readonly StageStay[] }) {
  const { t, format } = useLanguage()
  return (
    <Card title={t.dashboard.stages} note={t.dashboard.stagesNote} flush>
      <div className={styles.scroll}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{t.dashboard.stage}</th>
              <th scope="col" data-number>
                {t.dashboard.open}
              </th>
              <th scope="col" data-number data-wide>
                {t.dashboard.left}
              </th>
              <th scope="col" data-number>
                {t.dashboard.onward}
              </th>
              <th scope="col" data-number>
                {t.dashboard.stay}
              </th>
            </tr>
          </thead>
          <tbody>
            {stages.map(({ stage, open, left, onward, days }) => (
              <tr key={stage}>
                <th scope="row">{t.deals.stages[stage]}</th>
                <td data-number>
                  <Link to={`/deals?stage=${stage}`}>{format.number(open)}</Link>
                </td>
                <td data-number data-wide>
                  {format.number(left)}
                </td>
                <td data-number>{left === 0 ? '–' : format.percent(onward / left)}</td>
                <td data-number>{days === null ? '–' : format.duration(days * 86_400_000)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  )
}
