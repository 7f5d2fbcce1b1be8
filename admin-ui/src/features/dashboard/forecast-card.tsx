import type { DealStage, ForecastAmounts } from '../../api/schema.ts'
import { Card } from '../../components/card.tsx'
import { Nothing } from '../../components/empty.tsx'
import { Pick } from '../../components/filter-bar.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { Band } from './bar.tsx'
import type { DashboardData, DashboardFactor } from './dashboard-operations.ts'
import styles from './dashboard.module.css'

/** What the open deals are likely to bring, between which limits, and what that rests on; nothing where too little is known. */
export function ForecastCard({
  forecast,
  within,
  onWithin,
}: {
  forecast: DashboardData['forecast']
  /** Days. */
  within: number
  onWithin: (days: number) => void
}) {
  const { t, format } = useLanguage()
  const { enough, closedNeeded, won, lost, open, unpriced, undated, totals, months, ages, factors } = forecast
  const closed = won + lost
  const most = Math.max(...totals.map(({ pipeline }) => Number(pipeline.amount)), 0)
  return (
    <Card
      title={t.dashboard.forecast}
      note={t.dashboard.forecastNote(forecast.within)}
      flush
      aside={
        <Pick
          label={t.dashboard.forecastWithin}
          all={t.dashboard.inDays(90)}
          values={[
            ['30', t.dashboard.inDays(30)],
            ['180', t.dashboard.inDays(180)],
          ]}
          value={within === 90 ? '' : String(within)}
          onChange={value => onWithin(Number(value || 90))}
        />
      }
    >
      {!enough && (
        <div className={styles.pad}>
          <Nothing>
            {open === 0
              ? t.dashboard.forecastNoOpen
              : closed < closedNeeded
                ? t.dashboard.forecastTooFew(closed, closedNeeded)
                : t.dashboard.forecastUnpriced}
          </Nothing>
        </div>
      )}
      {enough && (
        <div className={styles.scroll}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{t.dashboard.month}</th>
                <th scope="col" data-number>
                  {t.dashboard.expected}
                </th>
                <th scope="col" data-number>
                  {t.dashboard.limits}
                </th>
              </tr>
            </thead>
            <tbody>
              {[...months, ...totals.map(total => ({ ...total, isTotal: true }))].map((row, index) => (
                <ForecastRow key={index} row={row} most={most} isTotal={'isTotal' in row} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {enough && (
        <ul className={styles.ages}>
          {ages.map(age => (
            <li key={age.from}>
              <b>{t.dashboard.forecastAge(age.from, age.to, age.open)}</b>
              {age.won === null
                ? t.dashboard.forecastAgeUnknown
                : t.dashboard.forecastAgeWon(Math.round(age.won * age.seen), age.seen, forecast.within)}
            </li>
          ))}
          {factors.map(factor => (
            <Factor key={`${factor.kind} ${factor.of} ${factor.owner?.id}`} factor={factor} />
          ))}
        </ul>
      )}
      <p className={styles.basis}>
        <Link to="/deals">{t.dashboard.forecastOpen(open)}</Link>
        {unpriced > 0 && <span>{t.dashboard.forecastWithoutValue(unpriced)}</span>}
        {undated > 0 && <span>{t.dashboard.forecastWithoutDay(undated)}</span>}
        {closed > 0 && <span>{t.dashboard.forecastBasis(closed, format.percent(won / closed))}</span>}
      </p>
    </Card>
  )
}

function Factor({ factor: { kind, of, owner, won, expected } }: { factor: DashboardFactor }) {
  const { t, format } = useLanguage()
  const name =
    kind === 'STAGE'
      ? t.deals.stages[of as DealStage]
      : kind === 'SIZE'
        ? t.dashboard.forecastFrom(format.number(Number(of)))
        : owner?.name
  const words = { QUARTER: t.dashboard.forecastQuarter, LEVEL: t.dashboard.forecastLevel }
  const say = kind === 'QUARTER' || kind === 'LEVEL' ? words[kind] : t.dashboard.forecastApart
  return (
    <li>
      <b>{[t.dashboard.forecastFactor[kind], name].filter(Boolean).join(': ')}</b>
      {say(format.number(Math.round(won)), format.number(Math.round(expected)))}
    </li>
  )
}

function ForecastRow({ row, most, isTotal }: { row: ForecastAmounts; most: number; isTotal: boolean }) {
  const { t, format, locale } = useLanguage()
  const [low, median, high] = [row.low, row.median, row.high].map(({ amount }) => Number(amount)) as [
    number,
    number,
    number,
  ]
  const name = isTotal ? t.dashboard.total : row.month ? monthOf(row.month, locale) : t.dashboard.someday
  return (
    <tr data-total={isTotal || undefined}>
      <th scope="row">
        {name}
        <small>{t.dashboard.dealsOf(row.deals, format.money(row.pipeline))}</small>
        <Band low={low} median={median} high={high} most={most} />
      </th>
      <td data-number>{format.money(row.expected)}</td>
      <td data-number data-wrap>
        {format.money(row.low)} – {format.money(row.high)}
      </td>
    </tr>
  )
}

const monthOf = (month: string, locale: string) =>
  new Intl.DateTimeFormat(locale, { month: 'short', year: 'numeric', timeZone: 'UTC' }).format(new Date(`${month}-01`))
