import { Button } from '@mantine/core'
import { useState } from 'react'
import { useList } from '../../api/use-list.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { useSoon } from '../../api/use-soon.ts'
import { useStream } from '../../api/use-stream.ts'
import { Card, Columns } from '../../components/card.tsx'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar } from '../../components/filter-bar.tsx'
import { Page } from '../../components/page.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { SendingProblem } from '../../components/sending.tsx'
import { Status, type Tone } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { useParameter } from '../../router.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { AlertChannels } from './alert-channels.tsx'
import { ACKNOWLEDGE, ALERT_NEWS, ALERT_SETTINGS, type AlertRow, ALERTS, type DeliveryRow } from './alert-operations.ts'
import { AlertRules } from './alert-rules.tsx'
import styles from './alerts.module.css'

const STATUSES = { open: ['FIRING', 'ACKNOWLEDGED'], over: ['RESOLVED'] } as const
const TONES: Record<AlertRow['status'], Tone> = { FIRING: 'bad', ACKNOWLEDGED: 'wait', RESOLVED: 'good' }
const SEVERITY_TONES: Record<AlertRow['severity'], Tone> = { CRITICAL: 'bad', WARNING: 'wait', INFO: 'quiet' }
const DELIVERY_TONES: Record<DeliveryRow['status'], Tone> = { PENDING: 'wait', DELIVERED: 'good', FAILED: 'bad' }

export function AlertsPage() {
  const { t } = useLanguage()
  const [which, setWhich] = useParameter('which')
  const [severity, setSeverity] = useParameter('severity')
  const [ready, setReady] = useState(false)
  const soon = useSoon()
  const filter = which === 'open' || which === 'over' ? which : ''
  const known = severity === 'CRITICAL' || severity === 'WARNING' || severity === 'INFO' ? severity : ''
  const alerts = useList(
    ALERTS,
    { ...(filter ? { statuses: [...STATUSES[filter]] } : {}), ...(known ? { severities: [known] } : {}) },
    ready,
  )
  const settings = useLoaded(ALERT_SETTINGS, {}, true)
  useStream(ALERT_NEWS, () => ({}), {
    onReady: setReady,
    onData: () => soon(() => alerts.reload()),
    onResumed: () => alerts.reload(),
  })
  const empty = alerts.data && alerts.nodes.length === 0
  const narrowed = filter !== '' || known !== ''
  return (
    <Page title={t.alerts.title} subtitle={t.alerts.subtitle}>
      <FilterBar>
        <Choice
          label={t.alerts.filter}
          values={{ open: t.alerts.open, over: t.alerts.over }}
          value={filter}
          onChange={setWhich}
        />
        <Choice label={t.alerts.severity} values={t.alerts.severities} value={known} onChange={setSeverity} />
      </FilterBar>
      <Columns
        main={
          <>
            {alerts.error && <Failure error={alerts.error} onRetry={alerts.reload} />}
            {!alerts.data && !alerts.error && <RowsSkeleton />}
            {empty && narrowed && <Empty icon="search" title={t.alerts.noMatchTitle} text={t.alerts.noMatchText} />}
            {empty && !narrowed && <Empty icon="check" title={t.alerts.emptyTitle} text={t.alerts.emptyText} />}
            {alerts.nodes.map(alert => (
              <AlertCard key={alert.id} alert={alert} onChanged={alerts.reload} />
            ))}
            {alerts.nodes.length > 0 && <MoreButton list={alerts} />}
          </>
        }
        side={
          <>
            {settings.error && <Failure error={settings.error} onRetry={settings.reload} />}
            {settings.data && (
              <>
                <AlertChannels channels={settings.data.alertChannels} onChanged={settings.reload} />
                <AlertRules rules={settings.data.alertRules} onChanged={settings.reload} />
              </>
            )}
          </>
        }
      />
    </Page>
  )
}

function AlertCard({ alert, onChanged }: { alert: AlertRow; onChanged: () => void }) {
  const { t } = useLanguage()
  const mayOperate = useMayOperate()
  const acknowledge = useChange(ACKNOWLEDGE)
  const { id, status, severity, summary, detail, rule, startedAt, acknowledgedBy, resolvedAt, deliveries } = alert
  return (
    <Card title={rule.title} aside={<Status tone={TONES[status]} label={t.alerts.statuses[status]} />}>
      <p className={styles.summary}>{summary}</p>
      {detail && <p className={styles.detail}>{detail}</p>}
      {status !== 'RESOLVED' && <p className={styles.advice}>{rule.advice}</p>}
      <p className={styles.meta}>
        <Status tone={SEVERITY_TONES[severity]} label={t.alerts.severities[severity]} />
        <span>
          {t.alerts.since} <Time at={startedAt} />
        </span>
        {resolvedAt && (
          <span>
            {t.alerts.until} <Time at={resolvedAt} />
          </span>
        )}
        {acknowledgedBy && <span>{t.alerts.takenBy(acknowledgedBy.name)}</span>}
      </p>
      <SendingProblem problem={acknowledge.problem} />
      {status === 'FIRING' && mayOperate && (
        <div className={styles.actions}>
          <Button
            size="xs"
            loading={acknowledge.sending}
            onClick={() => void acknowledge.now({ alertId: id }).then(onChanged)}
          >
            {t.alerts.acknowledge}
          </Button>
        </div>
      )}
      <details className={styles.log}>
        <summary>{t.alerts.deliveries(deliveries.length)}</summary>
        {deliveries.length === 0 && <p className={styles.none}>{t.alerts.toldNobody}</p>}
        <ul>
          {deliveries.map(delivery => (
            <DeliveryLine key={delivery.id} delivery={delivery} />
          ))}
        </ul>
      </details>
    </Card>
  )
}

function DeliveryLine({ delivery }: { delivery: DeliveryRow }) {
  const { t } = useLanguage()
  const { change, channel, status, attempts, lastError, nextAttemptAt, deliveredAt, createdAt, user } = delivery
  return (
    <li>
      <span className={styles.meta}>
        <Status tone={DELIVERY_TONES[status]} label={t.alerts.deliveryStatuses[status]} />
        <strong>{t.alerts.channels[channel]}</strong>
        {user && <span>{user.email}</span>}
        <span>{t.alerts.changes[change]}</span>
        <span>{t.alerts.attempts(attempts)}</span>
        <Time at={deliveredAt ?? createdAt} />
        {status === 'PENDING' && nextAttemptAt && (
          <span>
            {t.alerts.again} <Time at={nextAttemptAt} />
          </span>
        )}
      </span>
      {lastError && <code className={styles.error}>{lastError}</code>}
    </li>
  )
}
