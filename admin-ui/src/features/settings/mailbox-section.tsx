import { Button } from '@mantine/core'
import { useState } from 'react'
import { useLoaded } from '../../api/use-loaded.ts'
import { Card, Stack } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { SendingProblem } from '../../components/sending.tsx'
import { Status } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { MailboxForm } from './mailbox-form.tsx'
import { type ConnectedMailbox, DISCONNECT, MAILBOX, TEST } from './mailbox-operations.ts'
import styles from './settings.module.css'

/** The servers that carry the e-mail of the workspace: connected, tried, taken away. */
export function MailboxSection() {
  const { t } = useLanguage()
  const { data, error, reload } = useLoaded(MAILBOX, {})
  const [editing, setEditing] = useState(false)
  const mailbox = data?.mailbox
  if (error) return <Failure error={error} onRetry={reload} />
  if (!data) return <RowsSkeleton rows={2} />
  return (
    <Stack>
      {mailbox ? (
        <Connected mailbox={mailbox} onEdit={() => setEditing(true)} onChanged={reload} />
      ) : (
        <Empty icon="mailbox" title={t.settings.mailbox.emptyTitle} text={t.settings.mailbox.emptyText}>
          <Button onClick={() => setEditing(true)}>{t.settings.mailbox.connect}</Button>
        </Empty>
      )}
      {editing && (
        <MailboxForm
          mailbox={mailbox ?? null}
          onDone={() => {
            setEditing(false)
            reload()
          }}
          onClose={() => setEditing(false)}
        />
      )}
    </Stack>
  )
}

function Connected({
  mailbox,
  onEdit,
  onChanged,
}: {
  mailbox: ConnectedMailbox
  onEdit: () => void
  onChanged: () => void
}) {
  const { t } = useLanguage()
  const test = useChange(TEST)
  const [leaving, setLeaving] = useState(false)
  const { address, name, smtp, imap, isOfEnvironment } = mailbox
  return (
    <Card
      title={name ? `${name} <${address}>` : address}
      note={isOfEnvironment ? t.settings.mailbox.ofHost : undefined}
    >
      <ul className={styles.list}>
        <li className={styles.item}>
          <div className={styles.words}>
            <strong>{t.settings.mailbox.outgoing}</strong>
            <p className={styles.dim}>
              {smtp.host}:{smtp.port} · {t.settings.mailbox.securities[smtp.security]}
              {smtp.user && ` · ${smtp.user}`}
            </p>
            <Problem text={mailbox.outgoingProblem} />
          </div>
          <State problem={mailbox.outgoingProblem} at={mailbox.outgoingAt} done={t.settings.mailbox.lastSent} />
        </li>
        <li className={styles.item}>
          <div className={styles.words}>
            <strong>{t.settings.mailbox.incoming}</strong>
            <p className={styles.dim}>
              {imap
                ? `${imap.host}:${imap.port} · ${t.settings.mailbox.securities[imap.security]} · ${imap.user} · ${imap.folder}`
                : t.settings.mailbox.notRead}
            </p>
            <Problem text={mailbox.incomingProblem} />
          </div>
          {imap && (
            <State problem={mailbox.incomingProblem} at={mailbox.incomingAt} done={t.settings.mailbox.lastRead} />
          )}
        </li>
      </ul>
      <SendingProblem problem={test.problem} />
      <p role="status" className={`${styles.dim} ${styles.said}`}>
        {test.answer?.sentTo && t.settings.mailbox.tested(test.answer.sentTo, test.answer.answer ?? '')}
      </p>
      <div className={styles.controls}>
        <Button
          loading={test.sending}
          onClick={() => {
            test.forget()
            void test.now({}).then(onChanged)
          }}
        >
          {t.settings.mailbox.test}
        </Button>
        {!isOfEnvironment && (
          <>
            <Button variant="default" onClick={onEdit}>
              {t.settings.mailbox.change}
            </Button>
            <Button variant="default" onClick={() => setLeaving(true)}>
              {t.settings.mailbox.disconnect}
            </Button>
          </>
        )}
      </div>
      {leaving && (
        <DisconnectDialog
          address={address}
          onDone={() => {
            setLeaving(false)
            onChanged()
          }}
          onClose={() => setLeaving(false)}
        />
      )}
    </Card>
  )
}

function DisconnectDialog({ address, onDone, onClose }: { address: string; onDone: () => void; onClose: () => void }) {
  const { t } = useLanguage()
  const disconnect = useChange(DISCONNECT)
  return (
    <ConfirmDialog
      title={t.settings.mailbox.disconnectTitle(address)}
      confirm={t.settings.mailbox.disconnect}
      danger
      send={() => disconnect.apply({})}
      onDone={onDone}
      onClose={onClose}
    >
      <p>{t.settings.mailbox.disconnectText}</p>
    </ConfirmDialog>
  )
}

function Problem({ text }: { text: string | null }) {
  return text === null ? null : <p role="alert">{text}</p>
}

function State({ problem, at, done }: { problem: string | null; at: string | null; done: string }) {
  const { t } = useLanguage()
  if (problem !== null) return <Status tone="bad" label={t.settings.mailbox.stopped} />
  if (at === null) return <Status tone="quiet" label={t.settings.mailbox.nothingYet} />
  return (
    <span className={styles.dim}>
      <Status tone="good" label={done} /> <Time at={at} />
    </span>
  )
}
