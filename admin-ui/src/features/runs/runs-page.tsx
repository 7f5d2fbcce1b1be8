import { useState } from 'react'
import { withNode, withoutNode } from '../../api/connection.ts'
import { useList } from '../../api/use-list.ts'
import { useStream } from '../../api/use-stream.ts'
import { DemoPageButton, Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar, Pick } from '../../components/filter-bar.tsx'
import { Page } from '../../components/page.tsx'
import { MoreButton, Rows } from '../../components/rows.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { BulkBar } from './bulk-bar.tsx'
import { RunLine } from './run-line.tsx'
import { ANY_RUN_UPDATED, RUNS } from './run-operations.ts'
import { useRunFilter } from './use-run-filter.ts'

export function RunsPage() {
  const { t } = useLanguage()
  const mayOperate = useMayOperate()
  const wanted = useRunFilter()
  const { filter, status, fits } = wanted

  const [ready, setReady] = useState(false)
  const [news, setNews] = useState(0)
  const runs = useList(RUNS, { filter }, ready && wanted.isKnown)
  useStream(ANY_RUN_UPDATED, () => ({}), {
    onReady: setReady,
    onData: ({ runUpdated: { run } }) => {
      setNews(count => count + 1)
      runs.change(data => ({ list: fits(run) ? withNode(data.list, run) : withoutNode(data.list, run.id) }))
    },
    onResumed: () => runs.reload(),
  })

  return (
    <Page title={t.runs.title} subtitle={t.runs.subtitle}>
      <FilterBar>
        <Choice
          label={t.runs.status}
          all={t.common.allFeminine}
          values={t.runs.statuses}
          value={status}
          onChange={wanted.setStatus}
        />
        <Choice
          label={t.runs.sla}
          all={t.runs.anySla}
          values={t.runs.slaStates}
          value={wanted.sla}
          onChange={wanted.setSla}
        />
        <Pick
          label={t.runs.playbook}
          all={t.runs.everyPlaybook}
          values={wanted.playbooks.map(({ slug, name }) => [slug, name])}
          value={wanted.slug}
          onChange={wanted.setSlug}
        />
      </FilterBar>
      {mayOperate && wanted.isKnown && (
        <BulkBar filter={filter} status={status} news={news} onDone={() => runs.reload()} />
      )}
      {runs.error && <Failure error={runs.error} onRetry={runs.reload} />}
      {!runs.data && !runs.error && <RowsSkeleton />}
      {runs.data &&
        runs.nodes.length === 0 &&
        (wanted.isFiltered ? (
          <Empty icon="search" title={t.runs.noMatchTitle} text={t.runs.noMatchText} />
        ) : (
          <Empty icon="runs" title={t.runs.emptyTitle} text={t.runs.emptyText}>
            <DemoPageButton label={t.runs.emptyAction} />
          </Empty>
        ))}
      {runs.nodes.length > 0 && (
        <>
          <Rows
            columns="minmax(0,1.6fr) minmax(0,1.4fr) 120px 90px"
            label={t.runs.title}
            heads={Object.values(t.runs.columns)}
          >
            {runs.nodes.map(run => (
              <RunLine key={run.id} run={run} />
            ))}
          </Rows>
          <MoreButton list={runs} />
        </>
      )}
    </Page>
  )
}
