import type { SourceBy, SourceFigures } from '../../api/schema.ts'
import { Card } from '../../components/card.tsx'
import { Nothing } from '../../components/empty.tsx'
import { Pick } from '../../components/filter-bar.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Bar } from './bar.tsx'
import styles from './dashboard.module.css'

/** Where the leads of the period came from, and what has become of them. */
export function SourcesCard({
  sources,
  by,
  onBy,
}: {
  sources: readonly SourceFigures[]
  by: SourceBy
  onBy: (by: SourceBy) => void
}) {
  const { t, format } = useLanguage()
  const most = Math.max(1, ...sources.map(({ leads }) => leads))
  const nameOf = (value: string | null) =>
    value === null
      ? t.dashboard.unknownSource
      : Object.hasOwn(t.dashboard.sourceNames, value)
        ? t.dashboard.sourceNames[value as keyof typeof t.dashboard.sourceNames]
        : value
  return (
    <Card
      title={t.dashboard.sources}
      note={t.dashboard.sourcesNote}
      flush
      aside={
        <Pick
          label={t.dashboard.sourceBy}
          all={t.dashboard.by.SOURCE}
          values={[
            ['CAMPAIGN', t.dashboard.by.CAMPAIGN],
            ['MEDIUM', t.dashboard.by.MEDIUM],
          ]}
          value={by === 'SOURCE' ? '' : by}
          onChange={value => onBy((value || 'SOURCE') as SourceBy)}
        />
      }
    >
      {sources.length === 0 && (
        <div className={styles.pad}>
          <Nothing>{t.dashboard.noSources}</Nothing>
        </div>
      )}
      {sources.length > 0 && (
        <div className={styles.scroll}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{t.dashboard.by[by]}</th>
                <th scope="col" data-number>
                  {t.dashboard.leads}
                </th>
                <th scope="col" data-number data-wide>
                  {t.dashboard.reached.QUALIFIED}
                </th>
                <th scope="col" data-number>
                  {t.dashboard.reached.WON}
                </th>
                <th scope="col" data-number>
                  {t.dashboard.revenue}
                </th>
              </tr>
            </thead>
            <tbody>
              {sources.map(({ value, leads, qualified, won, revenue }) => (
                <tr key={value ?? ''}>
                  <th scope="row">
                    {nameOf(value)}
                    <Bar share={leads / most} />
                  </th>
                  <td data-number>{format.number(leads)}</td>
                  <td data-number data-wide>
                    {format.number(qualified)}
                  </td>
                  <td data-number>{format.number(won)}</td>
                  <td data-number>{revenue.map(one => format.money(one)).join(' + ') || '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  )
}
