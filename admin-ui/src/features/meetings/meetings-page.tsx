import { useState } from 'react'
import { useList } from '../../api/use-list.ts'
import { useSoon } from '../../api/use-soon.ts'
import { useStream } from '../../api/use-stream.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { Empty, LinkButton, Nothing } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Icon } from '../../components/icon.tsx'
import { Page } from '../../components/page.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { MeetingStatusBadge } from '../../components/status.tsx'
import { useNow } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { StartCall } from '../calls/start-call.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { AbsencesCard } from './absences-card.tsx'
import { Briefing } from './briefing.tsx'
import { CalendarsCard } from './calendars-card.tsx'
import { MeetingActions } from './meeting-actions.tsx'
import { isClosed, isOpen, MeetingOutcome } from './meeting-outcome.tsx'
import { MEETING_UPDATED, type MeetingCard, MEETINGS } from './meeting-operations.ts'
import styles from './meetings.module.css'
import { WorkingHoursCard } from './working-hours-card.tsx'

export function MeetingsPage() {
  const { t } = useLanguage()
  const now = useNow()
  const [startsBefore] = useState(() => new Date(now).toISOString())
  const [ready, setReady] = useState(false)
  const soon = useSoon()
  const meetings = useList(MEETINGS, {}, ready)
  // They may be older than what the first page of the list holds; what begins while somebody looks is in that list
  const waiting = useList(MEETINGS, { filter: { statuses: ['SCHEDULED'], startsBefore } }, ready)
  const reload = () => {
    meetings.reload()
    waiting.reload()
  }
  useStream(MEETING_UPDATED, () => ({}), { onReady: setReady, onData: () => soon(reload), onResumed: reload })
  const byStart = (a: MeetingCard, b: MeetingCard) => a.startsAt.localeCompare(b.startsAt)
  const listed = new Map([...waiting.nodes, ...meetings.nodes].map(meeting => [meeting.id, meeting]))
  const open = [...listed.values()].filter(meeting => isOpen(meeting, now)).sort(byStart)
  const others = meetings.nodes.filter(meeting => !isOpen(meeting, now))
  const isPast = (meeting: MeetingCard) => isClosed(meeting) || Date.parse(meeting.endsAt) < now
  const upcoming = others.filter(meeting => !isPast(meeting)).sort(byStart)
  const past = others.filter(isPast).sort((a, b) => byStart(b, a))

  return (
    <Page title={t.meetings.title} subtitle={t.meetings.subtitle}>
      {meetings.error && <Failure error={meetings.error} onRetry={meetings.reload} />}
      {!meetings.data && !meetings.error && <RowsSkeleton rows={3} />}
      {meetings.data && meetings.nodes.length === 0 && (
        <Empty icon="meetings" title={t.meetings.emptyTitle} text={t.meetings.emptyText}>
          <LinkButton to="/leads" label={t.meetings.emptyAction} variant="filled" />
        </Empty>
      )}
      <Agenda title={t.meetings.open} note={t.meetings.openNote} meetings={open} onChanged={reload} />
      <Agenda title={t.meetings.upcoming} meetings={upcoming} onChanged={reload} expanded />
      <Agenda
        title={t.meetings.past}
        note={open.length === 0 ? t.meetings.noneOpen : undefined}
        meetings={past}
        onChanged={reload}
      />
      {meetings.hasMore && <MoreButton list={meetings} />}
      <div className={styles.away}>
        <WorkingHoursCard />
        <AbsencesCard />
        <CalendarsCard />
      </div>
    </Page>
  )
}

function Agenda({
  title,
  note,
  meetings,
  onChanged,
  expanded = false,
}: {
  title: string
  note?: string | undefined
  meetings: readonly MeetingCard[]
  onChanged: () => void
  /** The first one shows its briefing. */
  expanded?: boolean
}) {
  if (meetings.length === 0) return null
  return (
    <section className={styles.agenda}>
      <h2>{title}</h2>
      {note && <p className={styles.note}>{note}</p>}
      <ul>
        {meetings.map((meeting, index) => (
          <li key={meeting.id}>
            <MeetingView meeting={meeting} onChanged={onChanged} expanded={expanded && index === 0} />
          </li>
        ))}
      </ul>
    </section>
  )
}

/** The lead may still move or cancel it on its own page. */
const isToCome = ({ status, startsAt }: MeetingCard, now: number) =>
  status === 'SCHEDULED' && Date.parse(startsAt) > now

function MeetingView({
  meeting,
  onChanged,
  expanded,
}: {
  meeting: MeetingCard
  onChanged: () => void
  expanded: boolean
}) {
  const { t, format } = useLanguage()
  const mayOperate = useMayOperate()
  const now = useNow()
  const open = isOpen(meeting, now)
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
          {!open && <MeetingStatusBadge status={meeting.status} />}
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
          {meeting.owner && <span>{t.meetings.takenBy(meeting.owner.name || meeting.owner.email)}</span>}
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
        {meeting.outcomeNote && (
          <p className={styles.meta}>
            <span>
              <Icon name="note" size={15} />“{meeting.outcomeNote}”
            </span>
          </p>
        )}
        <div className={styles.actions}>
          {mayOperate && open && <MeetingOutcome meeting={meeting} onChanged={onChanged} />}
          {meeting.lead && meeting.status !== 'CANCELLED' && <StartCall of={{ meetingId: meeting.id }} />}
          {mayOperate && meeting.status === 'SCHEDULED' && Date.parse(meeting.endsAt) >= now && (
            <MeetingActions meeting={meeting} onChanged={onChanged} />
          )}
          {meeting.changeLink && isToCome(meeting, now) && (
            <CopyButton text={meeting.changeLink} label={t.meetings.copyChangeLink} variant="subtle" />
          )}
          {mayOperate && isClosed(meeting) && <MeetingOutcome meeting={meeting} onChanged={onChanged} />}
        </div>
        {meeting.briefing === null ? (
          <Nothing>{t.meetings.noBriefing}</Nothing>
        ) : (
          <details className={styles.briefing} open={expanded}>
            <summary>{t.meetings.briefing}</summary>
            <Briefing value={meeting.briefing} />
          </details>
        )}
      </div>
    </article>
  )
}
