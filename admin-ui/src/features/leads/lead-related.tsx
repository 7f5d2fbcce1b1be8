import { Card } from '../../components/card.tsx'
import { Nothing } from '../../components/empty.tsx'
import { Icon } from '../../components/icon.tsx'
import { MeetingStatusBadge, RunStatusBadge } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import type { LeadDetails, LeadMeeting, LeadMessage, LeadRun } from './lead-operations.ts'
import styles from './lead.module.css'

export function LeadMeetings({ meetings }: { meetings: readonly LeadMeeting[] }) {
  const { t, format } = useLanguage()
  if (meetings.length === 0) return null
  return (
    <Card title={t.lead.meetings} flush>
      <ul className={styles.lines}>
        {meetings.map(meeting => (
          <li key={meeting.id}>
            <Link to="/meetings" className={styles.line}>
              <span className={styles.lineMain}>
                <strong>{meeting.title}</strong>
                <span className={styles.dim}>
                  {format.dateTime(meeting.startsAt)} – {format.time(meeting.endsAt)}
                </span>
              </span>
              <MeetingStatusBadge status={meeting.status} />
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  )
}

export function LeadMessages({ lead, messages }: { lead: LeadDetails; messages: readonly LeadMessage[] }) {
  const { t } = useLanguage()
  const thread = `/mailbox/${encodeURIComponent(lead.id)}`
  return (
    <Card title={t.lead.messages} flush aside={messages.length > 0 && <Link to={thread}>{t.lead.openThread}</Link>}>
      {messages.length === 0 && (
        <div className={styles.pad}>
          <Nothing>{t.lead.messagesEmpty}</Nothing>
        </div>
      )}
      <ul className={styles.lines}>
        {messages.map(message => (
          <li key={message.id}>
            <Link to={thread} className={styles.line}>
              <Icon name={message.direction === 'IN' ? 'reply' : 'send'} size={16} className={styles.dim} />
              <span className={styles.lineMain}>
                <strong>{message.subject}</strong>
                <span className={styles.dim}>{message.body}</span>
              </span>
              <span className={styles.dim}>
                <Time at={message.createdAt} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  )
}

export function LeadRuns({ runs }: { runs: readonly LeadRun[] }) {
  const { t } = useLanguage()
  return (
    <Card title={t.lead.runs} flush>
      {runs.length === 0 && (
        <div className={styles.pad}>
          <Nothing>{t.lead.runsEmpty}</Nothing>
        </div>
      )}
      <ul className={styles.lines}>
        {runs.map(run => (
          <li key={run.id}>
            <Link to={`/runs/${encodeURIComponent(run.id)}`} className={styles.line}>
              <span className={styles.lineMain}>
                <strong>{run.playbook.name}</strong>
                <span className={styles.dim}>
                  <Time at={run.createdAt} />
                </span>
              </span>
              <RunStatusBadge status={run.status} />
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  )
}
