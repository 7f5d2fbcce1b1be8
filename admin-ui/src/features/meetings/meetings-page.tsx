import { useState } from 'react'
import { gql, type TypedDocumentNode } from 'urql'
import type { Lead, Meeting } from '../../api/schema.ts'
import { useList, type ListData } from '../../api/use-list.ts'
import { useSoon } from '../../api/use-soon.ts'
import { useStream } from '../../api/use-stream.ts'
import { Empty, LinkButton, Nothing } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Icon } from '../../components/icon.tsx'
import { Page } from '../../components/page.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { MeetingStatusBadge } from '../../components/status.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { ANY_LEAD_UPDATED } from '../leads/lead-operations.ts'
import { StartCall } from '../calls/start-call.tsx'
import { Briefing } from './briefing.tsx'
import styles from './meetings.module.css'

type MeetingCard = Pick<
  Meeting,
  'id' | 'title' | 'status' | 'startsAt' | 'endsAt' | 'attendees' | 'location' | 'briefing'
> & {
  readonly lead: Pick<Lead, 'id' | 'name' | 'company'> | null
}

export const MEETINGS: TypedDocumentNode<ListData<MeetingCard>, { after?: string | null }> = gql`
  query Meetings($after: String) {
    list: meetings(first: 25, after: $after) {
      edges {
        node {
          id
          title
          status
          startsAt
          endsAt
          attendees {
            name
            email
          }
          location
          briefing
          lead {
            id
            name
            company
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`

export function MeetingsPage() {
  const { t } = useLanguage()
  const [now] = useState(() => new Date().toISOString())
  const [ready, setReady] = useState(false)
  const soon = useSoon()
  const meetings = useList(MEETINGS, {}, ready)
  useStream(ANY_LEAD_UPDATED, () => ({}), {
    onReady: setReady,
    // Meetings have no stream of their own, but one that is booked or briefed is news of its lead.
    onData: () => soon(() => meetings.reload()),
    onResumed: () => meetings.reload(),
  })
  const upcoming = meetings.nodes
    .filter(meeting => meeting.endsAt >= now)
    .sort((a, b) => a.startsAt.localeCompare(b.startsAt))
  const past = meetings.nodes
    .filter(meeting => meeting.endsAt < now)
    .sort((a, b) => b.startsAt.localeCompare(a.startsAt))

  return (
    <Page title={t.meetings.title} subtitle={t.meetings.subtitle}>
      {meetings.error && <Failure error={meetings.error} onRetry={meetings.reload} />}
      {!meetings.data && !meetings.error && <RowsSkeleton rows={3} />}
      {meetings.data && meetings.nodes.length === 0 && (
        <Empty icon="meetings" title={t.meetings.emptyTitle} text={t.meetings.emptyText}>
          <LinkButton to="/leads" label={t.meetings.emptyAction} variant="filled" />
        </Empty>
      )}
      <Agenda title={t.meetings.upcoming} meetings={upcoming} open />
      <Agenda title={t.meetings.past} meetings={past} />
      {meetings.hasMore && <MoreButton list={meetings} />}
    </Page>
  )
}

function Agenda({
  title,
  meetings,
  open = false,
}: {
  title: string
  meetings: readonly MeetingCard[]
  open?: boolean
}) {
  if (meetings.length === 0) return null
  return (
    <section className={styles.agenda}>
      <h2>{title}</h2>
      <ul>
        {meetings.map((meeting, index) => (
          <li key={meeting.id}>
            <MeetingView meeting={meeting} open={open && index === 0} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function MeetingView({ meeting, open }: { meeting: MeetingCard; open: boolean }) {
  const { t, format } = useLanguage()
  return (
    <article className={styles.meeting}>
      <div className={styles.when}>
        <strong>{format.day(meeting.startsAt)}</strong>
        <span>
          {format.time(meeting.startsAt)} – {format.time(meeting.endsAt)}
        </span>
      </div>
      <div className={styles.what}>
        <header>
          <h3>{meeting.title}</h3>
          <MeetingStatusBadge status={meeting.status} />
        </header>
        <p className={styles.meta}>
          {meeting.lead && (
            <span>
              <Icon name="person" size={15} />
              <Link to={`/leads/${encodeURIComponent(meeting.lead.id)}`}>
                {[meeting.lead.name, meeting.lead.company].filter(Boolean).join(' · ')}
              </Link>
            </span>
          )}
          {meeting.location && (
            <span>
              <Icon name="signal" size={15} />
              {meeting.location}
            </span>
          )}
          <span>
            <span className="visually-hidden">{t.meetings.attendees}:</span>
            {meeting.attendees.map(attendee => attendee.name || attendee.email).join(', ')}
          </span>
        </p>
        {meeting.lead && meeting.status !== 'CANCELLED' && <StartCall meetingId={meeting.id} />}
        {meeting.briefing === null ? (
          <Nothing>{t.meetings.noBriefing}</Nothing>
        ) : (
          <details className={styles.briefing} open={open}>
            <summary>{t.meetings.briefing}</summary>
            <Briefing value={meeting.briefing} />
          </details>
        )}
      </div>
    </article>
  )
}
