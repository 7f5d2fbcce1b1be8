import { useLoaded } from '../../api/use-loaded.ts'
import { Card } from '../../components/card.tsx'
import { Failure } from '../../components/failure.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { HISTORY, type HistoryEntry } from './life-operations.ts'
import styles from './plugins.module.css'

/** Who did what to a plugin. `news` changes with each change of it. */
export function History({ id, news }: { id: string; news: number }) {
  return <Entries key={news} id={id} />
}

function Entries({ id }: { id: string }) {
  const { t } = useLanguage()
  const { data, error, reload } = useLoaded(HISTORY, { id })
  const entries = data?.node?.history ?? []
  if (error) return <Failure error={error} onRetry={reload} />
  if (entries.length === 0) return null
  return (
    <Card title={t.plugins.history}>
      <ul className={styles.history}>
        {entries.map(entry => (
          <li key={`${entry.at}${entry.action}`}>
            <span>
              {actionText(entry, t.plugins.changes)}
              {entry.version ? ` ${entry.version}` : ''}
            </span>
            {entry.reason && <span>“{entry.reason}”</span>}
            <span className={styles.dim}>
              {entry.by?.name ?? t.plugins.byHost} · <Time at={entry.at} as="dateTime" />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

const actionText = ({ action }: HistoryEntry, texts: Readonly<Record<string, string>>) => texts[action] ?? action
