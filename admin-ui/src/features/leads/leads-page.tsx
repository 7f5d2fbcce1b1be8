import { useState } from 'react'
import type { FunnelReached, LeadStatus } from '../../api/schema.ts'
import { withNode, withoutNode } from '../../api/connection.ts'
import { useList } from '../../api/use-list.ts'
import { useSoon } from '../../api/use-soon.ts'
import { useStream } from '../../api/use-stream.ts'
import { DemoPageButton, Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar, Search } from '../../components/filter-bar.tsx'
import { Page } from '../../components/page.tsx'
import { Narrowed, usePeriod } from '../../components/period.tsx'
import { MoreButton, Row, RowCell, Rows } from '../../components/rows.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { Score } from '../../components/score.tsx'
import { LeadStatusBadge } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useParameter } from '../../router.tsx'
import { ANY_LEAD_UPDATED, fitsFilter, LEADS, type LeadRow } from './lead-operations.ts'

export function LeadsPage() {
  const { t, format } = useLanguage()
  const [given, setStatus] = useParameter('status')
  const [search, setSearch] = useParameter('q')
  const status = isLeadStatus(given, t.leads.statuses) ? given : ''

  const [ready, setReady] = useState(false)
  const [givenReached, setReached] = useParameter('reached')
  const period = usePeriod()
  const reached = Object.hasOwn(t.dashboard.reached, givenReached) ? (givenReached as FunnelReached) : ''
  const narrowed = Boolean(reached || period.from || period.to)
  const soon = useSoon()
  const filter = {
    ...(status && { statuses: [status] }),
    ...(search && { search }),
    ...(reached && { reached }),
    ...(period.from && { createdAfter: period.from }),
    ...(period.to && { createdBefore: period.to }),
  }
  const leads = useList(LEADS, { filter }, ready)
  useStream(ANY_LEAD_UPDATED, () => ({}), {
    onReady: setReady,
    onData: ({ leadUpdated: { lead } }) => {
      if (narrowed) return soon(() => leads.reload()) // how far it has got only the host knows
      leads.change(data => ({
        list: fitsFilter(lead, status, search) ? withNode(data.list, lead) : withoutNode(data.list, lead.id),
      }))
    },
    onResumed: () => leads.reload(),
  })

  return (
    <Page title={t.leads.title} subtitle={t.leads.subtitle}>
      <FilterBar>
        <Search label={t.leads.searchLabel} value={search} onChange={setSearch} />
        <Choice label={t.leads.status} values={t.leads.statuses} value={status} onChange={setStatus} />
      </FilterBar>
      {narrowed && (
        <Narrowed
          onClear={() => {
            setReached('')
            period.clear()
          }}
        >
          {t.leads.narrowed(
            t.dashboard.reached[reached || 'LEAD'],
            period.from ? format.dateTime(period.from) : '…',
            period.to ? format.dateTime(period.to) : '…',
          )}
        </Narrowed>
      )}
      {leads.error && <Failure error={leads.error} onRetry={leads.reload} />}
      {!leads.data && !leads.error && <RowsSkeleton />}
      {leads.data && leads.nodes.length === 0 && <NoLeads filtered={Boolean(status || search || narrowed)} />}
      {leads.nodes.length > 0 && (
        <>
          <Rows
            columns="minmax(0,1.5fr) minmax(0,1.2fr) 140px 100px 110px"
            label={t.leads.title}
            heads={Object.values(t.leads.columns)}
          >
            {leads.nodes.map(lead => (
              <LeadLine key={lead.id} lead={lead} />
            ))}
          </Rows>
          <MoreButton list={leads} />
        </>
      )}
    </Page>
  )
}

function LeadLine({ lead }: { lead: LeadRow }) {
  const { t } = useLanguage()
  return (
    <Row to={`/leads/${encodeURIComponent(lead.id)}`}>
      <RowCell main={lead.name} note={lead.email} />
      <RowCell main={lead.company ?? t.common.none} note={lead.jobTitle} at="wide" />
      <RowCell main={<LeadStatusBadge status={lead.status} />} at="end" />
      <RowCell main={<Score score={lead.score} />} />
      <RowCell main={<Time at={lead.createdAt} />} at="end" />
    </Row>
  )
}

function NoLeads({ filtered }: { filtered: boolean }) {
  const { t } = useLanguage()
  if (filtered) return <Empty icon="search" title={t.leads.noMatchTitle} text={t.leads.noMatchText} />
  return (
    <Empty icon="leads" title={t.leads.emptyTitle} text={t.leads.emptyText}>
      <DemoPageButton label={t.leads.emptyAction} />
    </Empty>
  )
}

function isLeadStatus(text: string, statuses: Readonly<Record<LeadStatus, string>>): text is LeadStatus {
  return text in statuses
}
