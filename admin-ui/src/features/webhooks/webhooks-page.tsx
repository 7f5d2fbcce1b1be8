import { Button } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import { useList } from '../../api/use-list.ts'
import { Card, Stack } from '../../components/card.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Empty } from '../../components/empty.tsx'
import { explain, refusalText, Failure } from '../../components/failure.tsx'
import { Icon } from '../../components/icon.tsx'
import { Page } from '../../components/page.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { curlExample } from './curl-example.ts'
import { ROTATE, WEBHOOKS, type WebhookRow } from './webhook-operations.ts'
import styles from './webhooks.module.css'

export function WebhooksPage() {
  const { t } = useLanguage()
  const webhooks = useList(WEBHOOKS, {})
  return (
    <Page title={t.webhooks.title} subtitle={t.webhooks.subtitle}>
      {webhooks.error && <Failure error={webhooks.error} onRetry={webhooks.reload} />}
      {!webhooks.data && !webhooks.error && <RowsSkeleton rows={2} />}
      {webhooks.data && webhooks.nodes.length === 0 && (
        <Empty icon="webhooks" title={t.webhooks.emptyTitle} text={t.webhooks.emptyText} />
      )}
      <Stack>
        {webhooks.nodes.map(webhook => (
          <WebhookCard key={webhook.id} webhook={webhook} />
        ))}
      </Stack>
    </Page>
  )
}

function WebhookCard({ webhook }: { webhook: WebhookRow }) {
  const { t } = useLanguage()
  const [secret, setSecret] = useState<string>()
  const [asking, setAsking] = useState(false)
  const url = new URL(webhook.url, location.origin).href
  return (
    <Card title={webhook.slug}>
      <dl className={styles.facts}>
        <div>
          <dt>{t.webhooks.address}</dt>
          <dd className={styles.copyable}>
            <code>{url}</code>
            <CopyButton text={url} />
          </dd>
        </div>
        <div>
          <dt>{t.webhooks.becomes}</dt>
          <dd>
            <code>{webhook.eventType}</code>
          </dd>
        </div>
        <div>
          <dt>{t.webhooks.secret}</dt>
          <dd>
            {secret === undefined ? (
              <>
                <p className={styles.dim}>{t.webhooks.secretText}</p>
                <Button
                  variant="default"
                  size="xs"
                  onClick={() => setAsking(true)}
                  leftSection={<Icon name="key" size={15} />}
                >
                  {t.webhooks.rotate}
                </Button>
              </>
            ) : (
              <Secret secret={secret} onDone={() => setSecret(undefined)} />
            )}
          </dd>
        </div>
      </dl>
      <figure className={styles.example}>
        <figcaption>
          <span>
            <strong>{t.webhooks.example}</strong>
            <span className={styles.dim}> {t.webhooks.exampleText}</span>
          </span>
          <CopyButton text={curlExample(url, secret)} />
        </figcaption>
        <pre tabIndex={0}>{curlExample(url, secret)}</pre>
      </figure>
      {asking && (
        <RotateDialog
          webhook={webhook}
          onClose={() => setAsking(false)}
          onRotated={plaintext => {
            setSecret(plaintext)
            setAsking(false)
          }}
        />
      )}
    </Card>
  )
}

function Secret({ secret, onDone }: { secret: string; onDone: () => void }) {
  const { t } = useLanguage()
  return (
    <div className={styles.secret} role="status">
      <p>
        <Icon name="alert" size={16} /> {t.webhooks.once}
      </p>
      <div className={styles.copyable}>
        <code data-testid="secret">{secret}</code>
        <CopyButton text={secret} variant="filled" />
        <Button size="xs" variant="default" onClick={onDone}>
          {t.webhooks.done}
        </Button>
      </div>
    </div>
  )
}

function RotateDialog({
  webhook,
  onClose,
  onRotated,
}: {
  webhook: WebhookRow
  onClose: () => void
  onRotated: (plaintext: string) => void
}) {
  const { t } = useLanguage()
  const [problem, setProblem] = useState<string>()
  const [{ fetching }, rotate] = useMutation(ROTATE)
  const confirm = async () => {
    const { data, error } = await rotate({ webhookId: webhook.id })
    const [refused] = data?.webhookRotateSecret.userErrors ?? []
    const plaintext = data?.webhookRotateSecret.plaintext
    if (plaintext) onRotated(plaintext)
    else setProblem((refused && refusalText(refused, t)) ?? (error ? explain(error, t).text : t.userErrors.UNAVAILABLE))
  }
  return (
    <Dialog title={t.webhooks.rotateTitle} onClose={onClose}>
      <p>{t.webhooks.rotateText}</p>
      {problem && (
        <p role="alert" className={styles.problem}>
          {problem}
        </p>
      )}
      <div className={styles.answers}>
        <Button variant="default" onClick={onClose}>
          {t.common.cancel}
        </Button>
        <Button loading={fetching} onClick={() => void confirm()}>
          {t.webhooks.rotate}
        </Button>
      </div>
    </Dialog>
  )
}
