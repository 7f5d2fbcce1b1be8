import { useLoaded } from '../../api/use-loaded.ts'
import { Card } from '../../components/card.tsx'
import { Failure } from '../../components/failure.tsx'
import { Icon } from '../../components/icon.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { PLUGIN_TRAFFIC } from './plugin-operations.ts'
import styles from './plugins.module.css'

/** From this part of what it may exchange in a day on, somebody should look. */
const MUCH = 0.8

/** Whom a plugin has talked to, with how much. */
export function Traffic({ installationId }: { installationId: string }) {
  const { t, format } = useLanguage()
  const { data, error, reload } = useLoaded(PLUGIN_TRAFFIC, { id: installationId })
  const hosts = data?.node?.traffic
  if (error) return <Failure error={error} onRetry={reload} />
  if (!hosts) return null
  return (
    <Card title={t.traffic.title} note={t.traffic.text}>
      {hosts.length === 0 && <p className={styles.dim}>{t.traffic.none}</p>}
      <ul className={styles.traffic}>
        {hosts.map(({ host, requests, sent, received, today, mostADay }) => (
          <li key={host}>
            <code>{host}</code>
            <span className={styles.dim}>
              {t.traffic.requests(requests, format.number(requests))} · {t.traffic.sent(format.bytes(sent))} ·{' '}
              {t.traffic.received(format.bytes(received))}
            </span>
            {today >= mostADay * MUCH && (
              <p className={styles.much} role="alert">
                <Icon name="alert" size={15} />{' '}
                {(today >= mostADay ? t.traffic.full : t.traffic.much)(format.bytes(today), format.bytes(mostADay))}
              </p>
            )}
          </li>
        ))}
      </ul>
    </Card>
  )
}
