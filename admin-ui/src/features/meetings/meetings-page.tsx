import { useState } from 'react'
import { useList } from '../../api/use-list.ts'
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
import { StartCall } from '../calls/start-call.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { AbsencesCard } from './absences-card.tsx'
import { Briefing } from './briefing.tsx'
import { CalendarsCard } from './calendars-card.tsx'
import { MeetingActions } from './meeting-actions.tsx'
import { MEETING_UPDATED, type MeetingCard, MEETINGS } from './meeting-operations.ts'
import styles from './meetings.module.css'

export function MeetingsPage() {
  const { t } = useLanguage()
  const [now] = useState(() => new Date().toISOString())
  const [ready, setReady] = useState(false)
  const soon = useSoon()
  const meetings = useList(MEETINGS, {}, ready)
  useStream(MEETING_UPDATED, () => ({}), {
    onReady: setReady,
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
      <Agenda title={t.meetings.upcoming} meetings={upcoming} onChanged={meetings.reload} open />
      <Agenda title={t.meetings.past} meetings={past} onChanged={meetings.reload} />
      {meetings.hasMore && <MoreButton list={meetings} />}
      <div className={styles.away}>
        <AbsencesCard />
        <CalendarsCard />
      </div>
    </Page>
  )
}

function Agenda({
  title,
  meetings,
  onChanged,
  open = false,
}: {
  title: string
  meetings: readonly MeetingCard[]
  onChanged: () => void
  open?: boolean
}) {
  if (meetings.length === 0) return null
  return (
    <section className={styles.agenda}>
      <h2>{title}</h2>
      <ul>
        {meetings.map((meeting, index) => (
          <li key={meeting.id}>
            <MeetingView meeting={meeting} onChanged={onChanged} open={open && index === 0} upcoming={open} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function MeetingView({
  meeting,
  onChanged,
  open,
  upcoming,
}: {
  meeting: MeetingCard
  onChanged: () => void
  open: boolean
  upcoming: boolean
}) {
  const { t, format } = useLanguage()
  const mayOperate = useMayOperate()
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
        {meeting.answer && (
          <p className={styles.meta}>
            <span>
              <Icon name={meeting.answer === 'DECLINED' ? 'cross' : 'reply'} size={15} />
              {meeting.attendees.length === 1 ? meeting.attendees[0]!.name : t.meetings.somebody}{' '}
              {t.meetings.answers[meeting.answer]}
              {meeting.answerNote && `: “${meeting.answerNote}”`}
            </span>
          </p>
        )}
        {meeting.lead && meeting.status !== 'CANCELLED' && <StartCall of={{ meetingId: meeting.id }} />}
        {upcoming && mayOperate && meeting.status === 'SCHEDULED' && (
          <MeetingActions meeting={meeting} onChanged={onChanged} />
        )}
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
