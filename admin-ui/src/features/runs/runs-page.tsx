import { useState } from 'react'
import { withNode, withoutNode } from '../../api/connection.ts'
import type { RunStatus } from '../../api/schema.ts'
import { useList } from '../../api/use-list.ts'
import { useStream } from '../../api/use-stream.ts'
import { DemoPageButton, Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar } from '../../components/filter-bar.tsx'
import { Page } from '../../components/page.tsx'
import { MoreButton, Rows } from '../../components/rows.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useParameter } from '../../router.tsx'
import { RunLine } from './run-line.tsx'
import { ANY_RUN_UPDATED, RUNS } from './run-operations.ts'

export function RunsPage() {
  const { t } = useLanguage()
  const [given, setStatus] = useParameter('status')
  const status = isRunStatus(given, t.runs.statuses) ? given : ''

  const [ready, setReady] = useState(false)
  const runs = useList(RUNS, { filter: status ? { statuses: [status] } : {} }, ready)
  useStream(ANY_RUN_UPDATED, () => ({}), {
    onReady: setReady,
    onData: ({ runUpdated: { run } }) =>
      runs.change(data => ({
        list: !status || run.status === status ? withNode(data.list, run) : withoutNode(data.list, run.id),
      })),
    onResumed: () => runs.reload(),
  })

  return (
    <Page title={t.runs.title} subtitle={t.runs.subtitle}>
      <FilterBar>
        <Choice label={t.runs.status} values={t.runs.statuses} value={status} onChange={setStatus} />
      </FilterBar>
      {runs.error && <Failure error={runs.error} onRetry={runs.reload} />}
      {!runs.data && !runs.error && <RowsSkeleton />}
      {runs.data &&
        runs.nodes.length === 0 &&
        (status ? (
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

function isRunStatus(text: string, statuses: Readonly<Record<RunStatus, string>>): text is RunStatus {
  return text in statuses
}
