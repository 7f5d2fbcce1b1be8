import { Button } from '@mantine/core'
import { withNode, withoutNode } from '../../api/connection.ts'
import type { ApprovalFilter, ApprovalStatus } from '../../api/schema.ts'
import { useList } from '../../api/use-list.ts'
import { Card, Stack } from '../../components/card.tsx'
import { Empty, LinkButton } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar } from '../../components/filter-bar.tsx'
import { Page } from '../../components/page.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useParameter } from '../../router.tsx'
import { ApprovalCard } from './approval-card.tsx'
import { useApprovalNews } from './approval-news.tsx'
import { type ApprovalDetails, APPROVALS } from './approval-operations.ts'

const DECIDED: readonly ApprovalStatus[] = ['APPROVED', 'REJECTED', 'TIMED_OUT', 'WITHDRAWN']

/** What people are and were asked, as it changes. */
export function ApprovalsPage() {
  const { t } = useLanguage()
  const [which, setWhich] = useParameter('which')
  const [runId, setRunId] = useParameter('run')
  const filter: ApprovalFilter = {
    ...(runId && { runId }),
    ...(which === 'mine' && { mine: true, statuses: ['OPEN'] }),
    ...(which === 'open' && { statuses: ['OPEN'] }),
    ...(which === 'decided' && { statuses: DECIDED }),
  }
  const ready = useApprovalNews({
    onApproval: approval =>
      approvals.change(data => ({
        list: fits(approval, filter) ? withNode(data.list, approval) : withoutNode(data.list, approval.id),
      })),
    onResumed: () => approvals.reload(),
  })
  const approvals = useList(APPROVALS, { filter }, ready)
  const isFiltered = which !== '' || runId !== ''
  return (
    <Page title={t.approvals.title} subtitle={t.approvals.subtitle}>
      <FilterBar>
        <Choice
          label={t.approvals.which}
          all={t.common.allFeminine}
          values={t.approvals.filters}
          value={which}
          onChange={setWhich}
        />
        {runId && (
          <Button variant="subtle" size="xs" onClick={() => setRunId('')}>
            {t.approvals.everyRun}
          </Button>
        )}
      </FilterBar>
      {approvals.error && <Failure error={approvals.error} onRetry={approvals.reload} />}
      {!approvals.data && !approvals.error && (
        <Card>
          <TextSkeleton lines={5} />
        </Card>
      )}
      {approvals.data &&
        approvals.nodes.length === 0 &&
        (isFiltered ? (
          <Empty icon="search" title={t.approvals.noMatchTitle} text={t.approvals.noMatchText} />
        ) : (
          <Empty icon="approvals" title={t.approvals.emptyTitle} text={t.approvals.emptyText}>
            <LinkButton to="/playbooks" label={t.approvals.emptyAction} />
          </Empty>
        ))}
      {approvals.nodes.length > 0 && (
        <Stack>
          {approvals.nodes.map(approval => (
            <ApprovalCard key={approval.id} approval={approval} onDecided={approvals.reload} />
          ))}
          <MoreButton list={approvals} />
        </Stack>
      )}
    </Page>
  )
}

function fits({ status, votes, run }: ApprovalDetails, filter: ApprovalFilter): boolean {
  return (
    (!filter.statuses || filter.statuses.includes(status)) &&
    (!filter.mine || votes.some(vote => vote.isViewer)) &&
    (!filter.runId || run?.id === filter.runId)
  )
}
