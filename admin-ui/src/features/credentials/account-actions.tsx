import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { SendingProblem, useSending } from '../../components/sending.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import {
  type AccountKind,
  type ConnectedAccount,
  DISCONNECT,
  MAKE_DEFAULT,
  RENAME,
  TEST,
} from './account-operations.ts'
import styles from './accounts.module.css'
import { ChooseField } from './choose-field.tsx'
import { ConnectDialog, useVendorSignIn } from './connect-dialog.tsx'

/** What can be done with an account that is connected. */
export function AccountActions({
  kind,
  credential,
  installationId,
  onChange,
}: {
  kind: AccountKind
  credential: ConnectedAccount
  installationId: string
  onChange: () => void
}) {
  const { t } = useLanguage()
  const [asking, setAsking] = useState<'connect' | 'rename' | 'disconnect'>()
  const [choosing, setChoosing] = useState<AccountKind['fields'][number]>()
  const close = () => {
    setAsking(undefined)
    setChoosing(undefined)
    onChange()
  }
  return (
    <>
      <div className={styles.actions}>
        {kind.authKind === 'SIGN_IN' && <SignInButton credential={credential} />}
        {kind.testable && credential.status !== 'PENDING' && <TestButton credential={credential} onDone={onChange} />}
        {credential.status === 'CONNECTED' &&
          kind.fields
            .filter(({ hasChoices }) => hasChoices)
            .map(field => (
              <Button key={field.key} size="xs" variant="default" onClick={() => setChoosing(field)}>
                {t.accounts.choose(field.title)}
              </Button>
            ))}
        {!credential.isDefault && <DefaultButton credential={credential} onDone={onChange} />}
        <Button size="xs" variant="default" onClick={() => setAsking('rename')}>
          {t.accounts.rename}
        </Button>
        <Button size="xs" variant="default" onClick={() => setAsking('connect')}>
          {t.accounts.again}
        </Button>
        <Button size="xs" variant="subtle" color="red" onClick={() => setAsking('disconnect')}>
          {t.accounts.disconnect}
        </Button>
      </div>
      {choosing && <ChooseField field={choosing} credential={credential} onClose={close} />}
      {asking === 'connect' && <ConnectDialog {...{ kind, credential, installationId }} onClose={close} />}
      {asking === 'rename' && <RenameDialog credential={credential} onClose={close} />}
      {asking === 'disconnect' && <DisconnectDialog title={kind.title} credential={credential} onClose={close} />}
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

function DefaultButton({ credential, onDone }: { credential: ConnectedAccount; onDone: () => void }) {
  const { t } = useLanguage()
  const { sending, problem, send } = useSending()
  const [, makeDefault] = useMutation(MAKE_DEFAULT)
  const run = async () => {
    await send(async () => {
      const { data, error } = await makeDefault({ credentialId: credential.id })
      return { error, answer: data?.answer }
    })
    onDone()
  }
  return (
    <>
      <Button size="xs" variant="default" loading={sending} onClick={() => void run()}>
        {t.accounts.makeDefault}
      </Button>
      <SendingProblem problem={problem} />
    </>
  )
}

function RenameDialog({ credential, onClose }: { credential: ConnectedAccount; onClose: () => void }) {
  const { t } = useLanguage()
  const [, rename] = useMutation(RENAME)
  const [name, setName] = useState(credential.account)
  const send = async () => {
    const { data, error } = await rename({ credentialId: credential.id, account: name.trim() })
    return { error, answer: data?.answer }
  }
  return (
    <ConfirmDialog
      title={t.accounts.renameTitle(credential.account)}
      confirm={t.accounts.rename}
      send={send}
      onClose={onClose}
    >
      <p>{t.accounts.renameText}</p>
      <TextInput
        label={t.accounts.name}
        description={t.accounts.nameHelp}
        required
        autoComplete="off"
        value={name}
        onChange={event => setName(event.currentTarget.value)}
      />
    </ConfirmDialog>
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
      title={t.accounts.disconnectTitle(t.accounts.named(title, credential.account))}
      confirm={t.accounts.disconnect}
      danger
      send={send}
      onClose={onClose}
    >
      <p>{t.accounts.disconnectText}</p>
    </ConfirmDialog>
  )
}
