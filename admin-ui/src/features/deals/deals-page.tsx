import { useState } from 'react'
import { withNode, withoutNode } from '../../api/connection.ts'
import type { DealFilter, DealStage, StageSummary } from '../../api/schema.ts'
import { useList } from '../../api/use-list.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { useSoon } from '../../api/use-soon.ts'
import { useStream } from '../../api/use-stream.ts'
import { Empty, LinkButton } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { FilterBar, Search } from '../../components/filter-bar.tsx'
import { Page } from '../../components/page.tsx'
import { Narrowed, usePeriod } from '../../components/period.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useParameter } from '../../router.tsx'
import { DealCard } from './deal-card.tsx'
import { ANY_DEAL_UPDATED, DEALS, type DealRow, CLOSED_STAGES, OPEN_STAGES, PIPELINE } from './deal-operations.ts'
import styles from './deals.module.css'

/** The pipeline as a board: a column a stage, what is won and lost beside it. */
export function DealsPage() {
  const { t, format } = useLanguage()
  const [search, setSearch] = useParameter('q')
  const [givenStage, setStage] = useParameter('stage')
  const period = usePeriod()
  const stage = givenStage === 'CLOSED' || Object.hasOwn(t.deals.stages, givenStage) ? givenStage : ''
  const stages = stage === 'CLOSED' ? CLOSED_STAGES : stage ? [stage as DealStage] : undefined
  const narrowed = Boolean(stages || period.from || period.to)
  const filter: DealFilter = {
    ...(search && { search }),
    ...(stages && { stages }),
    ...(period.from && { closedAfter: period.from }),
    ...(period.to && { closedBefore: period.to }),
  }
  const [ready, setReady] = useState(false)
  const soon = useSoon()
  const deals = useList(DEALS, { filter }, ready)
  const pipeline = useLoaded(PIPELINE, {}, ready)
  useStream(ANY_DEAL_UPDATED, () => ({}), {
    onReady: setReady,
    onData: ({ dealUpdated: { deal } }) => {
      const belongs = fits(deal, filter)
      deals.change(({ list }) => ({ list: belongs ? withNode(list, deal) : withoutNode(list, deal.id) }))
      soon(() => pipeline.reload())
    },
    onResumed: () => {
      deals.reload()
      pipeline.reload()
    },
  })
  const error = deals.error ?? pipeline.error
  const none = deals.data !== undefined && deals.nodes.length === 0

  const column = (stage: DealStage) => (
    <Column
      key={stage}
      stage={stage}
      summary={pipeline.data?.pipeline.find(one => one.stage === stage)}
      deals={deals.nodes.filter(deal => deal.stage === stage)}
    />
  )

  return (
    <Page title={t.deals.title} subtitle={t.deals.subtitle}>
      <FilterBar>
        <Search label={t.deals.searchLabel} value={search} onChange={setSearch} />
      </FilterBar>
      {narrowed && (
        <Narrowed
          onClear={() => {
            setStage('')
            period.clear()
          }}
        >
          {t.deals.narrowed(
            stage === 'CLOSED' ? t.deals.closedOnes : stage ? t.deals.stages[stage as DealStage] : '',
            period.from && period.to
              ? t.deals.closedFromTo(format.dateTime(period.from), format.dateTime(period.to))
              : '',
          )}
        </Narrowed>
      )}
      {error && <Failure error={error} onRetry={deals.error ? deals.reload : pipeline.reload} />}
      {!deals.data && !error && <RowsSkeleton />}
      {none && (search || narrowed) && <Empty icon="search" title={t.deals.noMatchTitle} text={t.deals.noMatchText} />}
      {none && !search && !narrowed && (
        <Empty icon="deals" title={t.deals.emptyTitle} text={t.deals.emptyText}>
          <LinkButton to="/leads" label={t.deals.emptyAction} variant="filled" />
        </Empty>
      )}
      {deals.nodes.length > 0 && (
        <>
          <div className={styles.board}>
            {OPEN_STAGES.map(column)}
            <div className={styles.closed}>{CLOSED_STAGES.map(column)}</div>
          </div>
          <MoreButton list={deals} />
        </>
      )}
    </Page>
  )
}

function Column({
  stage,
  summary,
  deals,
}: {
  stage: DealStage
  summary: StageSummary | undefined
  deals: readonly DealRow[]
}) {
  const { t, format } = useLanguage()
  const open = (OPEN_STAGES as readonly DealStage[]).includes(stage)
  return (
    <section className={styles.column} data-stage={stage} aria-label={t.deals.stages[stage]}>
      <header>
        <h2>{t.deals.stages[stage]}</h2>
        <span className={styles.count}>{summary?.count ?? deals.length}</span>
        <p className={styles.sum}>
          {summary?.values.map(({ total }) => format.money(total)).join(' + ') || t.common.none}
          {!open && <span> · {t.deals.lastDays}</span>}
        </p>
      </header>
      <ul>
        {deals.map(deal => (
          <li key={deal.id}>
            <DealCard deal={deal} />
          </li>
        ))}
      </ul>
    </section>
  )
}

/** As the host reads the filter: what changes finds its place, or leaves, without the list being asked for again. */
const fits = (
  { title, lead, stage, closedAt }: DealRow,
  { search, stages, closedAfter, closedBefore }: DealFilter,
): boolean =>
  (!search || [title, lead.name, lead.company].some(text => text?.toLowerCase().includes(search.toLowerCase()))) &&
  (!stages || stages.includes(stage)) &&
  (!closedAfter || (closedAt !== null && Date.parse(closedAt) >= Date.parse(closedAfter))) &&
  (!closedBefore || (closedAt !== null && Date.parse(closedAt) < Date.parse(closedBefore)))
