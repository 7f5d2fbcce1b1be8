import { useLoaded } from '../../api/use-loaded.ts'
import { Card } from '../../components/card.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { Nothing } from '../../components/empty.tsx'
import { JsonView } from '../../components/json-view.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { PLAYBOOK_TRIGGERS, type TriggerDetails } from './trigger-operations.ts'
import styles from './triggers.module.css'

/** What starts runs of a playbook: when it fires next, and where to post. */
export function Triggers({ slug }: { slug: string }) {
  const { t } = useLanguage()
  const { data } = useLoaded(PLAYBOOK_TRIGGERS, { slug })
  const triggers = data?.playbook?.triggers
  if (!triggers) return null
  return (
    <Card title={t.triggers.title} flush>
      {triggers.length === 0 && (
        <div className={styles.pad}>
          <Nothing>{t.triggers.byHand}</Nothing>
        </div>
      )}
      <ul className={styles.triggers}>
        {triggers.map(trigger => (
          <li key={trigger.key} data-resting={!trigger.enabled}>
            <p className={styles.head}>
              <strong>{t.triggers.kinds[trigger.kind]}</strong>
              <What trigger={trigger} />
            </p>
            {trigger.condition && <code className={styles.condition}>{trigger.condition}</code>}
            <Times trigger={trigger} />
            {trigger.webhook && <Addresses webhook={trigger.webhook} />}
          </li>
        ))}
      </ul>
    </Card>
  )
}

function What({ trigger }: { trigger: TriggerDetails }) {
  const { t } = useLanguage()
  if (trigger.kind === 'SCHEDULE')
    return (
      <>
        <code>{trigger.timeZone ? trigger.timing : t.triggers.every(trigger.timing ?? '')}</code>
        {trigger.timeZone && <span className={styles.dim}>{trigger.timeZone}</span>}
      </>
    )
  if (trigger.kind === 'EVENT') return <code>{trigger.event}</code>
  if (trigger.kind === 'WEBHOOK') return <code>{trigger.key.replace(/^webhook\//, '')}</code>
  return null
}

function Times({ trigger }: { trigger: TriggerDetails }) {
  const { t } = useLanguage()
  const { nextFiresAt, lastFiredAt, enabled } = trigger
  if (!enabled) return <p className={styles.dim}>{t.triggers.resting}</p>
  if (!nextFiresAt && !lastFiredAt) return null
  return (
    <dl className={styles.times}>
      {nextFiresAt && (
        <div>
          <dt>{t.triggers.next}</dt>
          <dd>
            <Time at={nextFiresAt} as="dateTime" />
          </dd>
        </div>
      )}
      {lastFiredAt && (
        <div>
          <dt>{t.triggers.last}</dt>
          <dd>
            <Time at={lastFiredAt} />
          </dd>
        </div>
      )}
    </dl>
  )
}

function Addresses({ webhook }: { webhook: NonNullable<TriggerDetails['webhook']> }) {
  const { t } = useLanguage()
  return (
    <div className={styles.addresses}>
      <Address label={t.triggers.address} url={webhook.url} />
      <Address label={t.triggers.testAddress} url={webhook.testUrl} />
      <p className={styles.dim}>{t.triggers.testText}</p>
      {webhook.testPosts.length > 0 && (
        <details>
          <summary>{t.triggers.testPosts(webhook.testPosts.length)}</summary>
          <ol className={styles.posts}>
            {webhook.testPosts.map((post, index) => (
              <li key={index}>
                <Time at={post.createdAt} />
                <JsonView value={post.data} label={t.triggers.testPost} />
              </li>
            ))}
          </ol>
        </details>
      )}
    </div>
  )
}

/** A host that does not know its public address gives a path: it is that of this page. */
function Address({ label, url }: { label: string; url: string }) {
  const whole = url.startsWith('/') ? `${location.origin}${url}` : url
  return (
    <div className={styles.address}>
      <span className={styles.dim}>{label}</span>
      <code title={whole}>{whole}</code>
      <CopyButton text={whole} variant="subtle" />
    </div>
  )
}
