import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { Card } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { SendingProblem } from '../../components/sending.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { useMayAdminister } from '../sign-in/may-operate.ts'
import { type ChannelRow, CONNECT_CHANNEL, DISCONNECT_CHANNEL, TEST_CHANNEL } from './alert-operations.ts'
import styles from './alerts.module.css'

const KINDS = ['WEBHOOK', 'SLACK', 'PAGERDUTY'] as const
type Kind = (typeof KINDS)[number]

/** Where alerts are told besides the bell and the mail. */
export function AlertChannels({ channels, onChanged }: { channels: readonly ChannelRow[]; onChanged: () => void }) {
  const { t } = useLanguage()
  return (
    <Card title={t.alerts.where} note={t.alerts.whereNote}>
      <ul className={styles.rules}>
        {KINDS.map(kind => (
          <ChannelItem key={kind} kind={kind} channel={channels.find(one => one.kind === kind)} onChanged={onChanged} />
        ))}
      </ul>
    </Card>
  )
}

function ChannelItem({
  kind,
  channel,
  onChanged,
}: {
  kind: Kind
  channel: ChannelRow | undefined
  onChanged: () => void
}) {
  const { t } = useLanguage()
  const mayAdminister = useMayAdminister()
  const [connecting, setConnecting] = useState(false)
  const [text, setText] = useState('')
  const [tested, setTested] = useState(false)
  const connect = useChange(CONNECT_CHANNEL)
  const disconnect = useChange(DISCONNECT_CHANNEL)
  const test = useChange(TEST_CHANNEL)
  const name = t.alerts.channels[kind]
  const plaintext = connect.answer?.plaintext
  return (
    <li aria-label={name}>
      <div className={styles.ruleHead}>
        <strong>{name}</strong>
        <span>{channel ? channel.host : t.alerts.notConnected}</span>
      </div>
      {plaintext && (
        <p className={styles.secret}>
          {t.alerts.secret} <code>{plaintext}</code> <CopyButton text={plaintext} />
        </p>
      )}
      {mayAdminister && (
        <div className={styles.ruleTools}>
          <Button size="xs" variant="default" onClick={() => setConnecting(true)}>
            {channel ? t.alerts.replace : t.alerts.connect}
          </Button>
          {channel && (
            <>
              <Button
                size="xs"
                variant="subtle"
                loading={test.sending}
                onClick={() => void test.now({ kind }).then(done => setTested(done))}
              >
                {t.alerts.test}
              </Button>
              <Button
                size="xs"
                variant="subtle"
                color="red"
                loading={disconnect.sending}
                onClick={() => void disconnect.now({ kind }).then(onChanged)}
              >
                {t.alerts.disconnect}
              </Button>
            </>
          )}
        </div>
      )}
      {tested && <p role="status">{t.alerts.tested}</p>}
      <SendingProblem problem={test.problem ?? disconnect.problem} />
      {connecting && (
        <ConfirmDialog
          title={t.alerts.connectTitle(name)}
          confirm={t.alerts.connect}
          send={() =>
            connect.apply(kind === 'PAGERDUTY' ? { kind, routingKey: text.trim() } : { kind, url: text.trim() })
          }
          onDone={() => {
            setConnecting(false)
            setText('')
            onChanged()
          }}
          onClose={() => setConnecting(false)}
        >
          <TextInput
            label={kind === 'PAGERDUTY' ? t.alerts.routingKey : t.alerts.address}
            description={t.alerts.connectHints[kind]}
            value={text}
            autoComplete="off"
            onChange={event => setText(event.currentTarget.value)}
          />
        </ConfirmDialog>
      )}
    </li>
  )
}
