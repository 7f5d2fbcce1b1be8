import { useState } from 'react'
import { withNodeBy, withoutNode } from '../../api/connection.ts'
import type { CallStatus } from '../../api/schema.ts'
import { useList } from '../../api/use-list.ts'
import { useStream } from '../../api/use-stream.ts'
import { Empty, LinkButton } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar, Search } from '../../components/filter-bar.tsx'
import { Page } from '../../components/page.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { MoreButton, Row, RowCell, Rows } from '../../components/rows.tsx'
import { Status } from '../../components/status.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useParameter } from '../../router.tsx'
import { ANY_CALL_UPDATED, CALLS, type CallHead } from './call-operations.ts'

/** What was talked about, and with whom. */
export function CallsPage() {
  const { t } = useLanguage()
  const [search, setSearch] = useParameter('q')
  const [status, setStatus] = useParameter('status')
  const filter = { ...(search && { search }), ...(status && { statuses: [status as CallStatus] }) }
  const [ready, setReady] = useState(false)
  const calls = useList(CALLS, { filter }, ready)
  useStream(ANY_CALL_UPDATED, () => ({}), {
    onReady: setReady,
    onData: ({ callUpdated: { call } }) =>
      calls.change(({ list }) => ({
        list: fits(call, search, status)
          ? withNodeBy(list, call, ({ startedAt }) => startedAt)
          : withoutNode(list, call.id),
      })),
    onResumed: () => calls.reload(),
  })
  const filtered = search !== '' || status !== ''
  return (
    <Page title={t.calls.listTitle} subtitle={t.calls.listSubtitle}>
      <FilterBar>
        <Search label={t.calls.searchLabel} value={search} onChange={setSearch} />
        <Choice
          label={t.leads.status}
          all={t.common.allFeminine}
          values={t.calls.statuses}
          value={status}
          onChange={setStatus}
        />
      </FilterBar>
      {calls.error && <Failure error={calls.error} onRetry={calls.reload} />}
      {!calls.data && !calls.error && <RowsSkeleton rows={4} />}
      {calls.data && calls.nodes.length === 0 && (
        <Empty
          icon={filtered ? 'search' : 'signal'}
          title={filtered ? t.calls.noMatchTitle : t.calls.emptyTitle}
          text={filtered ? t.calls.noMatchText : t.calls.emptyText}
        >
          {!filtered && <LinkButton to="/meetings" label={t.meetings.title} variant="filled" />}
        </Empty>
      )}
      {calls.nodes.length > 0 && (
        <>
          <Rows
            columns="minmax(0,1.6fr) minmax(0,1fr) minmax(0,1.2fr) 140px"
            label={t.calls.listTitle}
            heads={[t.calls.withWhom, t.calls.began, t.calls.objections, t.leads.status]}
          >
            {calls.nodes.map(call => (
              <CallRow key={call.id} call={call} />
            ))}
          </Rows>
          <MoreButton list={calls} />
        </>
      )}
    </Page>
  )
}

function CallRow({ call }: { call: CallHead }) {
  const { t, format } = useLanguage()
  const { lead, summary } = call
  const heard = [...new Set(summary?.objections.map(({ kind }) => kind))]
  const kinds: Readonly<Record<string, string>> = t.calls.kinds
  return (
    <Row to={`/calls/${encodeURIComponent(call.id)}`}>
      <RowCell main={lead.name} note={[lead.company, format.relative(call.startedAt)].filter(Boolean).join(' · ')} />
      <RowCell
        main={format.day(call.startedAt)}
        note={[format.time(call.startedAt), summary && t.meetings.minutes(format.number(summary.minutes))]
          .filter(Boolean)
          .join(' · ')}
        at="wide"
      />
      <RowCell main={heard.map(kind => kinds[kind] ?? kind).join(', ') || t.common.none} at="wide" />
      <RowCell
        main={<Status tone={call.status === 'OPEN' ? 'live' : 'quiet'} label={t.calls.statuses[call.status]} />}
        at="end"
      />
    </Row>
  )
}

/** As the host reads a filter. */
const fits = ({ status: own, lead }: CallHead, search: string, status: string) =>
  (!status || own === status) &&
  [lead.name, lead.company].some(text => text?.toLowerCase().includes(search.toLowerCase()))
