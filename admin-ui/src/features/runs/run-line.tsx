import { Row, RowCell } from '../../components/rows.tsx'
import { RunStatusBadge, Status } from '../../components/status.tsx'
import { Time, useNow } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { reasonText } from './reason-text.ts'
import type { RunRow } from './run-operations.ts'
import styles from './run-line.module.css'

export function RunLine({ run }: { run: RunRow }) {
  const { t } = useLanguage()
  const reason = run.reason && run.finishedAt === null && reasonText(run.reason, t)
  return (
    <Row to={`/runs/${encodeURIComponent(run.id)}`}>
      <RowCell
        main={run.lead?.name ?? t.runs.withoutLead}
        note={
          <span className={styles.about}>
            <SlaMark state={run.slaState} />
            <span>{run.playbook.name}</span>
          </span>
        }
      />
      <RowCell main={<RunStatusBadge status={run.status} />} note={reason} at="end" />
      <RowCell main={<Time at={run.createdAt} />} at="end" />
      <RowCell main={<RunDuration run={run} />} at="wide" />
    </Row>
  )
}

/** Says only what somebody should look at. */
function SlaMark({ state }: { state: RunRow['slaState'] }) {
  const { t } = useLanguage()
  if (state !== 'BREACHED' && state !== 'DUE_SOON') return null
  return <Status tone={state === 'BREACHED' ? 'bad' : 'wait'} icon="clock" label={t.runs.slaStates[state]} />
}

/** From the first step to the end, or to now. */
export function RunDuration({ run }: { run: Pick<RunRow, 'startedAt' | 'finishedAt'> }) {
  const { t, format } = useLanguage()
  const now = useNow(run.finishedAt === null)
  if (!run.startedAt) return <>{t.common.none}</>
  const end = run.finishedAt ? new Date(run.finishedAt).getTime() : Math.max(now, Date.now())
  return <>{format.duration(Math.max(0, end - new Date(run.startedAt).getTime()))}</>
}
