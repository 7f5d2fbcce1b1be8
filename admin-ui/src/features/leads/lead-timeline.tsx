import { textAt } from '../../api/json.ts'
import type { ActivityKind, Json } from '../../api/schema.ts'
import { Nothing } from '../../components/empty.tsx'
import { Icon, type IconName } from '../../components/icon.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import type { Messages } from '../../i18n/pt-BR.ts'
import { Link } from '../../router.tsx'
import type { LeadActivity } from './lead-operations.ts'
import styles from './lead.module.css'

/** What happened to the lead, newest first. */
export function LeadTimeline({ activities }: { activities: readonly LeadActivity[] }) {
  const { t } = useLanguage()
  if (activities.length === 0) return <Nothing>{t.lead.timelineEmpty}</Nothing>
  const newestFirst = [...activities].sort((a, b) => b.occurredAt.localeCompare(a.occurredAt))
  return (
    <ol className={styles.timeline}>
      {newestFirst.map(activity => (
        <li key={activity.id}>
          <span className={styles.node}>
            <Icon name={ICONS[activity.kind]} size={15} />
          </span>
          <div className={styles.entry}>
            <p>
              <strong>{t.lead.activities[activity.kind]}</strong>
              <span className={styles.dim}>
                {' · '}
                <Time at={activity.occurredAt} />
                {activity.run && (
                  <>
                    {' · '}
                    <Link to={`/runs/${encodeURIComponent(activity.run.id)}`}>{t.lead.seeRun}</Link>
                  </>
                )}
              </span>
            </p>
            <p className={styles.summary}>{summaryOf(activity, t)}</p>
          </div>
        </li>
      ))}
    </ol>
  )
}

/** A captured lead says its door (form:demo, webhook:leads, rest …); everything else is written for people already. */
function summaryOf({ kind, summary, data }: LeadActivity, t: Messages): string {
  if (kind === 'DEAL') return [summary, stageOf(data, t)].filter(Boolean).join(' · ')
  if (kind !== 'CAPTURED') return summary
  const [door = '', name = ''] = summary.split(':', 2)
  if (door === 'form' || door === 'webhook') return t.lead.origins[door](name)
  return door === 'rest' || door === 'graphql' || door === 'cli' ? t.lead.origins[door] : summary
}

function stageOf(data: Json, t: Messages): string | undefined {
  const stages: Readonly<Record<string, string>> = t.deals.stages
  return stages[textAt(data, 'stage')]
}

const ICONS: Record<ActivityKind, IconName> = {
  CAPTURED: 'inbox',
  ENRICHED: 'spark',
  SCORED: 'star',
  STATUS_CHANGED: 'flag',
  EMAIL_SENT: 'send',
  EMAIL_RECEIVED: 'reply',
  EMAIL_BOUNCED: 'cross',
  MESSAGE_SENT: 'send',
  MESSAGE_RECEIVED: 'reply',
  MEETING: 'meetings',
  MEETING_ANSWERED: 'reply',
  MEETING_MOVED: 'meetings',
  MEETING_CANCELLED: 'cross',
  MEETING_HELD: 'check',
  MEETING_MISSED: 'cross',
  HANDOFF: 'handoff',
  DEAL: 'deals',
  CUSTOMER: 'customers',
  MERGED: 'leads',
  NOTE: 'note',
}
