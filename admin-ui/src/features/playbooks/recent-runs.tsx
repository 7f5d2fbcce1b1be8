import { nodesOf } from '../../api/connection.ts'
import { Card } from '../../components/card.tsx'
import { Nothing } from '../../components/empty.tsx'
import { RunStatusBadge } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import type { PlaybookDetails } from './playbook-operations.ts'
import styles from './playbook.module.css'

/** The newest runs of a playbook. */
export function RecentRuns({ playbook }: { playbook: PlaybookDetails }) {
  const { t } = useLanguage()
  const runs = nodesOf(playbook.runs)
  return (
    <Card title={t.playbooks.runs} flush>
      {runs.length === 0 && (
        <div className={styles.pad}>
          <Nothing>{t.playbooks.runsEmpty}</Nothing>
        </div>
      )}
      <ul>
        {runs.map(run => (
          <li key={run.id}>
            <Link to={`/runs/${encodeURIComponent(run.id)}`} className={styles.run}>
              <span>
                <strong>{run.lead?.name ?? t.runs.withoutLead}</strong>
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
