import { Button } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import { useLoaded } from '../../api/use-loaded.ts'
import { isRecord } from '../../api/json.ts'
import { Card } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Failure } from '../../components/failure.tsx'
import { SendingProblem, useSending } from '../../components/sending.tsx'
import { Status, type Tone } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useMayAdminister } from '../sign-in/may-operate.ts'
import { ACCOUNTS, type Account, type ConnectedAccount, DISCONNECT, TEST } from './account-operations.ts'
import styles from './accounts.module.css'
import { ChooseField } from './choose-field.tsx'
import { ConnectDialog, useVendorSignIn } from './connect-dialog.tsx'

/** The accounts that a plugin uses at vendors: what is connected, and what to do about the rest. Nothing where it uses none. */
export function Accounts({ installationId }: { installationId: string }) {
  const { t } = useLanguage()
  const { data, error, reload } = useLoaded(ACCOUNTS, { id: installationId })
  const accounts = data?.node?.credentialTemplates ?? []
  if (error) return <Failure error={error} onRetry={reload} />
  if (accounts.length === 0) return null
  return (
    <Card title={t.accounts.title} note={t.accounts.text} flush>
      <ul>
        {accounts.map(account => (
          <li key={account.key} className={styles.account}>
            <AccountView account={account} installationId={installationId} onChange={reload} />
          </li>
        ))}
      </ul>
    </Card>
  )
}

interface AccountProps {
  readonly account: Account
  readonly installationId: string
  readonly onChange: () => void
}

function AccountView({ account, installationId, onChange }: AccountProps) {
  const { t } = useLanguage()
  const { credential } = account
  const mayAdminister = useMayAdminister()
  return (
    <section aria-label={account.title}>
      <header className={styles.head}>
        <div>
          <strong>{account.title}</strong>
          {account.help && <p className={styles.dim}>{account.help}</p>}
        </div>
        {credential ? (
          <Status tone={TONES[credential.status]} label={t.accounts.statuses[credential.status]} />
        ) : (
          <Status tone="quiet" label={t.accounts.notConnected} />
        )}
      </header>
      {credential?.statusReason && <p className={styles.reason}>{credential.statusReason}</p>}
      <Facts account={account} />
      {mayAdminister ? (
        <Actions account={account} installationId={installationId} onChange={onChange} />
      ) : (
        <p className={styles.dim}>{t.accounts.onlyAdmins}</p>
      )}
    </section>
  )
}

function Facts({ account: { credential, fields, hosts } }: { account: Account }) {
  const { t } = useLanguage()
  const filled = isRecord(credential?.publicFields) ? credential.publicFields : {}
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    ...fields.flatMap(({ key, title }) =>
      typeof filled[key] === 'string' ? [[title, <code key={key}>{filled[key]}</code>] as const] : [],
    ),
    [t.accounts.sentTo, hosts.join(', ')],
    ...(credential?.expiresAt
      ? [[t.accounts.expires, <Time key="until" at={credential.expiresAt} as="dateTime" />] as const]
      : []),
    ...(credential?.lastTestedAt
      ? [[t.accounts.tested, <Time key="tested" at={credential.lastTestedAt} as="dateTime" />] as const]
      : []),
    ...(credential?.lastUsedAt
      ? [[t.accounts.used, <Time key="used" at={credential.lastUsedAt} as="dateTime" />] as const]
      : []),
  ]
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Actions({ account, installationId, onChange }: AccountProps) {
  const { t } = useLanguage()
  const [asking, setAsking] = useState<'connect' | 'disconnect'>()
  const [choosing, setChoosing] = useState<Account['fields'][number]>()
  const { credential } = account
  const close = () => {
    setAsking(undefined)
    setChoosing(undefined)
    onChange()
  }
  return (
    <>
      <div className={styles.actions}>
        {credential && account.authKind === 'SIGN_IN' && <SignInButton credential={credential} />}
        {credential && account.testable && credential.status !== 'PENDING' && (
          <TestButton credential={credential} onDone={onChange} />
        )}
        {credential?.status === 'CONNECTED' &&
          account.fields
            .filter(({ hasChoices }) => hasChoices)
            .map(field => (
              <Button key={field.key} size="xs" variant="default" onClick={() => setChoosing(field)}>
                {t.accounts.choose(field.title)}
              </Button>
            ))}
        <Button size="xs" variant={credential ? 'default' : 'filled'} onClick={() => setAsking('connect')}>
          {credential ? t.accounts.again : t.accounts.connect}
        </Button>
        {credential && (
          <Button size="xs" variant="subtle" color="red" onClick={() => setAsking('disconnect')}>
            {t.accounts.disconnect}
          </Button>
        )}
      </div>
      {choosing && credential && <ChooseField field={choosing} credential={credential} onClose={close} />}
      {asking === 'connect' && <ConnectDialog account={account} installationId={installationId} onClose={close} />}
      {asking === 'disconnect' && credential && (
        <DisconnectDialog title={account.title} credential={credential} onClose={close} />
      )}
    </>
  )
}

function SignInButton({ credential }: { credential: ConnectedAccount }) {
  const { t } = useLanguage()
  const { sending, problem, send } = useSending()
  const signIn = useVendorSignIn()
  return (
    <>
      <Button
        size="xs"
        variant={credential.status === 'CONNECTED' ? 'default' : 'filled'}
        loading={sending}
        onClick={() => void send(() => signIn(credential.id))}
      >
        {t.accounts.signIn}
      </Button>
      <SendingProblem problem={problem} />
    </>
  )
}

function TestButton({ credential, onDone }: { credential: ConnectedAccount; onDone: () => void }) {
  const { t } = useLanguage()
  const { sending, problem, send } = useSending()
  const [worked, setWorked] = useState(false)
  const [, test] = useMutation(TEST)
  const run = async () => {
    setWorked(false)
    const done = await send(async () => {
      const { data, error } = await test({ credentialId: credential.id })
      return { error, answer: data?.answer }
    })
    setWorked(done)
    onDone()
  }
  return (
    <>
      <Button size="xs" variant="default" loading={sending} onClick={() => void run()}>
        {t.accounts.test}
      </Button>
      <div className={styles.answer} role="status">
        {worked && t.accounts.worked}
      </div>
      <SendingProblem problem={problem} />
    </>
  )
}

function DisconnectDialog({
  title,
  credential,
  onClose,
}: {
  title: string
  credential: ConnectedAccount
  onClose: () => void
}) {
  const { t } = useLanguage()
  const [, disconnect] = useMutation(DISCONNECT)
  const send = async () => {
    const { data, error } = await disconnect({ credentialId: credential.id })
    return { error, answer: data?.answer }
  }
  return (
    <ConfirmDialog
      title={t.accounts.disconnectTitle(title)}
      confirm={t.accounts.disconnect}
      danger
      send={send}
      onClose={onClose}
    >
      <p>{t.accounts.disconnectText}</p>
    </ConfirmDialog>
  )
}

const TONES: Record<ConnectedAccount['status'], Tone> = { PENDING: 'wait', CONNECTED: 'good', BROKEN: 'bad' }
