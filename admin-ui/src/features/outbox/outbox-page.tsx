import { Button } from '@mantine/core'
import { useState } from 'react'
import { useList } from '../../api/use-list.ts'
import { useSoon } from '../../api/use-soon.ts'
import { useStream } from '../../api/use-stream.ts'
import { Card, Stack } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { Empty, LinkButton } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar } from '../../components/filter-bar.tsx'
import { Icon } from '../../components/icon.tsx'
import { Page } from '../../components/page.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { Time } from '../../components/time.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link, useParameter } from '../../router.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { HAND_MESSAGES, HAND_NEWS, type HandMessage, MARK_SENT } from './outbox-operations.ts'
import styles from './outbox.module.css'

export function OutboxPage() {
  const { t } = useLanguage()
  const [state, setState] = useParameter('state')
  const [ready, setReady] = useState(false)
  const soon = useSoon()
  const sent = state === 'sent'
  const messages = useList(HAND_MESSAGES, { toSend: !sent }, ready)
  useStream(HAND_NEWS, () => ({}), {
    onReady: setReady,
    onData: ({ messageCreated: { message } }) => message.channel !== 'email' && soon(() => messages.reload()),
    onResumed: () => messages.reload(),
  })
  const empty = messages.data && messages.nodes.length === 0
  return (
    <Page title={t.outbox.title} subtitle={t.outbox.subtitle}>
      <FilterBar>
        <Choice
          label={t.outbox.filter}
          all={t.outbox.waiting}
          values={{ sent: t.outbox.sent }}
          value={sent ? 'sent' : ''}
          onChange={setState}
        />
      </FilterBar>
      {messages.error && <Failure error={messages.error} onRetry={messages.reload} />}
      {!messages.data && !messages.error && <RowsSkeleton />}
      {empty && sent && <Empty icon="send" title={t.outbox.sentEmptyTitle} text={t.outbox.sentEmptyText} />}
      {empty && !sent && (
        <Empty icon="send" title={t.outbox.emptyTitle} text={t.outbox.emptyText}>
          <LinkButton to="/services" label={t.outbox.emptyAction} variant="filled" />
        </Empty>
      )}
      {messages.nodes.length > 0 && (
        <>
          <Stack>
            {messages.nodes.map(message => (
              <MessageCard key={message.id} message={message} onSent={messages.reload} />
            ))}
          </Stack>
          <MoreButton list={messages} />
        </>
      )}
    </Page>
  )
}

function MessageCard({ message, onSent }: { message: HandMessage; onSent: () => void }) {
  const { t } = useLanguage()
  const [asking, setAsking] = useState(false)
  const mark = useChange(MARK_SENT)
  const mayOperate = useMayOperate()
  const { id, channel, to, body, lead, run, isToSend, createdAt } = message
  const name = lead?.name ?? to
  const channelName = t.outbox.channels[channel] ?? channel
  return (
    <Card title={name} note={`${channelName} · ${to}`} aside={<Time at={createdAt} />}>
      <p className={styles.body}>{body}</p>
      <p className={styles.meta}>
        {lead && <Link to={`/leads/${encodeURIComponent(lead.id)}`}>{t.mailbox.openLead}</Link>}
        {run && <Link to={`/runs/${encodeURIComponent(run.id)}`}>{t.mailbox.openRun}</Link>}
        {!isToSend && <span>{t.outbox.sentNote}</span>}
      </p>
      {isToSend && (
        <div className={styles.actions}>
          <Button
            component="a"
            size="xs"
            variant="default"
            href={appLink(message)}
            target="_blank"
            rel="noreferrer"
            rightSection={<Icon name="external" size={14} />}
          >
            {t.outbox.openIn(channelName)}
          </Button>
          <CopyButton text={body} />
          {mayOperate && (
            <Button size="xs" onClick={() => setAsking(true)} leftSection={<Icon name="check" size={15} />}>
              {t.outbox.markSent}
            </Button>
          )}
        </div>
      )}
      {asking && (
        <ConfirmDialog
          title={t.outbox.markTitle(name)}
          confirm={t.outbox.confirm}
          send={() => mark.apply({ messageId: id })}
          onDone={() => {
            setAsking(false)
            onSent()
          }}
          onClose={() => setAsking(false)}
        >
          <p>{t.outbox.markText}</p>
        </ConfirmDialog>
      )}
    </Card>
  )
}

/** Opens the app of this channel with recipient and text filled in: RFC 5724 for SMS, WhatsApp's own for the other. */
function appLink({ channel, to, body }: HandMessage): string {
  const text = encodeURIComponent(body)
  return channel === 'whatsapp' ? `https://wa.me/${to.replace(/\D/g, '')}?text=${text}` : `sms:${to}?body=${text}`
}
