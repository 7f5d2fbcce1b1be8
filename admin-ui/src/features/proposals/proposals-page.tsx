import { useState } from 'react'
import { withNode } from '../../api/connection.ts'
import type { ProposalStatus } from '../../api/schema.ts'
import { useList } from '../../api/use-list.ts'
import { useStream } from '../../api/use-stream.ts'
import { Empty, LinkButton } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar, Search } from '../../components/filter-bar.tsx'
import { Page } from '../../components/page.tsx'
import { MoreButton, Row, RowCell, Rows } from '../../components/rows.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { Status, type Tone } from '../../components/status.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useParameter } from '../../router.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { ANY_PROPOSAL_UPDATED, PROPOSALS, type ProposalRow } from './proposal-operations.ts'

/** What was offered, and what became of it. */
export function ProposalsPage() {
  const { t } = useLanguage()
  const mayOperate = useMayOperate()
  const [search, setSearch] = useParameter('q')
  const [status, setStatus] = useParameter('status')
  const [ready, setReady] = useState(false)
  const filter = { ...(search && { search }), ...(status && { statuses: [status as ProposalStatus] }) }
  const proposals = useList(PROPOSALS, { filter }, ready)
  useStream(ANY_PROPOSAL_UPDATED, () => ({}), {
    onReady: setReady,
    onData: ({ proposalUpdated: { proposal } }) =>
      fits(proposal, search, status) && proposals.change(data => ({ list: withNode(data.list, proposal) })),
    onResumed: () => proposals.reload(),
  })
  const filtered = search !== '' || status !== ''
  const add = mayOperate && <LinkButton to="/proposals/new" label={t.proposals.add} variant="filled" />
  return (
    <Page title={t.proposals.title} subtitle={t.proposals.subtitle} actions={add}>
      <FilterBar>
        <Search label={t.proposals.searchLabel} value={search} onChange={setSearch} />
        <Choice
          label={t.leads.status}
          all={t.common.allFeminine}
          values={t.proposals.statuses}
          value={status}
          onChange={setStatus}
        />
      </FilterBar>
      {proposals.error && <Failure error={proposals.error} onRetry={proposals.reload} />}
      {!proposals.data && !proposals.error && <RowsSkeleton rows={4} />}
      {proposals.data && proposals.nodes.length === 0 && (
        <Empty
          icon={filtered ? 'search' : 'proposals'}
          title={filtered ? t.proposals.noMatchTitle : t.proposals.emptyTitle}
          text={filtered ? t.proposals.noMatchText : t.proposals.emptyText}
        >
          {!filtered && add}
        </Empty>
      )}
      {proposals.nodes.length > 0 && (
        <>
          <Rows
            columns="70px minmax(0,2fr) minmax(0,1.2fr) 140px 130px"
            label={t.proposals.title}
            heads={[t.proposals.number, t.proposals.what, t.proposals.forWhom, t.proposals.total, t.leads.status]}
          >
            {proposals.nodes.map(proposal => (
              <ProposalLine key={proposal.id} proposal={proposal} />
            ))}
          </Rows>
          <MoreButton list={proposals} />
        </>
      )}
    </Page>
  )
}

function ProposalLine({ proposal }: { proposal: ProposalRow }) {
  const { t, format } = useLanguage()
  const { lead, validUntil } = proposal
  const money = format.money({ amount: proposal.totalPrice, currency: proposal.currency })
  return (
    <Row to={`/proposals/${encodeURIComponent(proposal.id)}`}>
      <RowCell main={proposal.number} at="wide" />
      <RowCell
        main={proposal.title}
        note={
          validUntil ? t.proposals.until(format.day(`${validUntil}T12:00:00Z`)) : format.relative(proposal.createdAt)
        }
      />
      <RowCell main={lead?.name ?? t.common.none} note={lead?.company ?? undefined} at="wide" />
      <RowCell main={money} at="wide" />
      <RowCell main={<ProposalStatusBadge proposal={proposal} />} at="end" />
    </Row>
  )
}

const TONES: Record<ProposalStatus, Tone> = {
  DRAFT: 'quiet',
  SENT: 'wait',
  ACCEPTED: 'good',
  DECLINED: 'bad',
  EXPIRED: 'bad',
}

export function ProposalStatusBadge({ proposal: { status } }: { proposal: Pick<ProposalRow, 'status'> }) {
  const { t } = useLanguage()
  return <Status tone={TONES[status]} label={t.proposals.statuses[status]} />
}

/** As the host reads a filter. */
const fits = ({ title, number, lead, status: own }: ProposalRow, search: string, status: string) =>
  (!status || own === status) &&
  [title, number, lead?.name, lead?.company].some(text => text?.toLowerCase().includes(search.toLowerCase()))
