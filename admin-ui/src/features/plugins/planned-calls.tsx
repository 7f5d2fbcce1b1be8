import { useLoaded } from '../../api/use-loaded.ts'
import { Card } from '../../components/card.tsx'
import { Failure } from '../../components/failure.tsx'
import { Icon } from '../../components/icon.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import styles from '../plugin-triggers/plugin-triggers.module.css'
import { PLANNED_CALLS } from './plugin-operations.ts'

/** The next calls that a plugin has planned. Nothing where it plans nothing. */
export function PlannedCalls({ installationId }: { installationId: string }) {
  const { t } = useLanguage()
  const { data, error, reload } = useLoaded(PLANNED_CALLS, { id: installationId })
  const calls = data?.node?.plannedCalls
  if (error) return <Failure error={error} onRetry={reload} />
  if (!calls || calls.edges.length === 0) return null
  return (
    <Card title={t.plannedCalls.title} note={t.plannedCalls.text} flush>
      <ul>
        {calls.edges.map(({ node }) => (
          <li key={node.key} className={styles.trigger}>
            <strong>{node.key}</strong>
            <p className={styles.dim}>
              <code>{node.action}</code> · <Time at={node.dueAt} as="dateTime" />
              {node.every && ` · ${t.plannedCalls.every(node.every)}`}
              {node.account && ` · ${node.account}`}
            </p>
            {node.problem && (
              <p className={styles.problem} role="alert">
                <Icon name="alert" size={15} /> {node.problem}
              </p>
            )}
          </li>
        ))}
      </ul>
      {calls.pageInfo.hasNextPage && <p className={styles.trigger}>{t.plannedCalls.more}</p>}
    </Card>
  )
}
