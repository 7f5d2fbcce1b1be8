import { Button } from '@mantine/core'
import { useState } from 'react'
import { useList } from '../../api/use-list.ts'
import { useSoon } from '../../api/use-soon.ts'
import { useStream } from '../../api/use-stream.ts'
import { Stack } from '../../components/card.tsx'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar, Search } from '../../components/filter-bar.tsx'
import { Page } from '../../components/page.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useParameter } from '../../router.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { NewObjective } from './new-objective.tsx'
import { ObjectiveCard } from './objective-card.tsx'
import { OBJECTIVE_CHANGED, OBJECTIVES } from './okr-operations.ts'

/** Objectives with their key results, as they move. */
export function OkrsPage() {
  const { t } = useLanguage()
  const mayOperate = useMayOperate()
  const [status, setStatus] = useParameter('status')
  const [search, setSearch] = useParameter('q')
  const [writing, setWriting] = useState(false)
  const [ready, setReady] = useState(false)
  const soon = useSoon()
  const isClosed = status === 'CLOSED'
  const objectives = useList(
    OBJECTIVES,
    { filter: { statuses: [isClosed ? 'CLOSED' : 'OPEN'], ...(search && { search }) } },
    ready,
  )
  useStream(OBJECTIVE_CHANGED, () => ({}), {
    onReady: setReady,
    onData: () => soon(() => objectives.reload()),
    onResumed: () => objectives.reload(),
  })
  const none = objectives.data && objectives.nodes.length === 0
  const write = mayOperate && <Button onClick={() => setWriting(true)}>{t.okrs.write}</Button>
  return (
    <Page title={t.okrs.title} subtitle={t.okrs.subtitle} actions={none && !isClosed && !search ? undefined : write}>
      <FilterBar>
        <Search label={t.okrs.searchLabel} value={search} onChange={setSearch} />
        <Choice
          label={t.okrs.status}
          all={t.okrs.open}
          values={{ CLOSED: t.okrs.closed }}
          value={isClosed ? 'CLOSED' : ''}
          onChange={setStatus}
        />
      </FilterBar>
      {objectives.error && <Failure error={objectives.error} onRetry={objectives.reload} />}
      {!objectives.data && !objectives.error && <RowsSkeleton />}
      {none && (isClosed || search) && <Empty icon="search" title={t.okrs.noMatchTitle} text={t.okrs.noMatchText} />}
      {none && !isClosed && !search && (
        <Empty icon="flag" title={t.okrs.emptyTitle} text={t.okrs.emptyText}>
          {write}
        </Empty>
      )}
      {objectives.nodes.length > 0 && (
        <>
          <Stack>
            {objectives.nodes.map(objective => (
              <ObjectiveCard key={objective.id} objective={objective} onChanged={objectives.reload} />
            ))}
          </Stack>
          <MoreButton list={objectives} />
        </>
      )}
      {writing && (
        <NewObjective
          onDone={() => {
            setWriting(false)
            objectives.reload()
          }}
          onClose={() => setWriting(false)}
        />
      )}
    </Page>
  )
}
