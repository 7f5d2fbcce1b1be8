import { useState } from 'react'
import type { SourceBy } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { useSoon } from '../../api/use-soon.ts'
import { useStream } from '../../api/use-stream.ts'
import { Card, Stack } from '../../components/card.tsx'
import { Empty, LinkButton } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar } from '../../components/filter-bar.tsx'
import { Page } from '../../components/page.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useParameter } from '../../router.tsx'
import { DASHBOARD, FIGURES_CHANGED } from './dashboard-operations.ts'
import styles from './dashboard.module.css'
import { FiguresCard } from './figures-card.tsx'
import { ForecastCard } from './forecast-card.tsx'
import { FunnelCard } from './funnel-card.tsx'
import { HistoryCard } from './history-card.tsx'
import { SourcesCard } from './sources-card.tsx'
import { StagesCard } from './stages-card.tsx'
import { SuggestionsCard } from './suggestions-card.tsx'

const USUAL = '30'

/** What became of everything in a period, as it happens, and what the figures suggest to decide. */
export function DashboardPage() {
  const { t } = useLanguage()
  const [given, setDays] = useParameter('days')
  const [by, setBy] = useState<SourceBy>('SOURCE')
  const [within, setWithin] = useState(90)
  const [ready, setReady] = useState(false)
  const soon = useSoon()
  const chosen = Object.hasOwn(t.dashboard.periods, given) ? given : USUAL
  const days = Number(chosen)
  const loaded = useLoaded(DASHBOARD, { days, by, within }, ready)
  useStream(FIGURES_CHANGED, () => ({ days }), {
    key: chosen,
    onReady: setReady,
    onData: () => soon(() => loaded.reload()),
    onResumed: () => loaded.reload(),
  })
  const data = loaded.data?.dashboard
  const { [USUAL]: usual, ...others } = t.dashboard.periods
  const isEmpty = data?.metrics.every(({ value, before }) => !value && !before) && data.forecast.open === 0
  return (
    <Page title={t.dashboard.title} subtitle={t.dashboard.subtitle}>
      <FilterBar>
        <Choice
          label={t.dashboard.period}
          all={usual}
          allAt={1}
          values={others}
          value={chosen === USUAL ? '' : chosen}
          onChange={setDays}
        />
      </FilterBar>
      {loaded.error && <Failure error={loaded.error} onRetry={loaded.reload} />}
      {!data && !loaded.error && (
        <Card>
          <TextSkeleton lines={8} />
        </Card>
      )}
      {data && isEmpty && (
        <Empty icon="dashboard" title={t.dashboard.emptyTitle} text={t.dashboard.emptyText}>
          <LinkButton to="/" label={t.dashboard.emptyAction} variant="filled" />
        </Empty>
      )}
      {data && !isEmpty && (
        <Stack>
          <SuggestionsCard suggestions={data.suggestions} onAnswered={loaded.reload} />
          <FiguresCard data={data} />
          <div className={styles.pair}>
            <FunnelCard steps={data.funnel} from={data.from} to={data.to} />
            <ForecastCard forecast={data.forecast} within={within} onWithin={setWithin} />
          </div>
          <div className={styles.pair}>
            <SourcesCard sources={data.sources} by={by} onBy={setBy} />
            <StagesCard stages={data.stages} />
          </div>
          <HistoryCard days={days} metrics={data.metrics} />
        </Stack>
      )}
    </Page>
  )
}
