import { PasswordInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import { isRecord } from '../../api/json.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import type { Sent } from '../../components/sending.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { type AccountKind, CONNECT, type ConnectedAccount, SIGN_IN } from './account-operations.ts'
import styles from './accounts.module.css'

/** Where a vendor sends people back to. */
const RETURN = '/admin/credentials/return'

/**
 * Asks for what the vendor gave; an account with a sign-in goes on to the vendor at once. Of an account that is connected
 * already, `credential`, it takes the place; a new one has a `name`, which is asked for where there are others.
 */
export function ConnectDialog({
  kind,
  credential,
  name,
  installationId,
  onClose,
}: {
  kind: AccountKind
  credential?: ConnectedAccount
  name?: { readonly proposed: string; readonly asked: boolean }
  installationId: string
  onClose: () => void
}) {
  const { t } = useLanguage()
  const [, connect] = useMutation(CONNECT)
  const signIn = useVendorSignIn()
  const known = isRecord(credential?.publicFields) ? credential.publicFields : {}
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>(
    Object.fromEntries(
      Object.entries(known).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
    ),
  )
  const [account, setAccount] = useState(credential?.account ?? name?.proposed ?? '')
  const withSignIn = kind.authKind === 'SIGN_IN'
  // What is there under this name would be replaced, and nobody has said so
  const takenBy = (written: string) =>
    kind.credentials.some(one => one.account === written.trim()) ? t.accounts.nameTaken(written.trim()) : ''
  const send = async (): Promise<Sent> => {
    const { data, error } = await connect({
      installationId,
      template: kind.key,
      account: account.trim(),
      fields: typed,
    })
    const id = data?.answer.credential?.id
    if (withSignIn && id) return signIn(id)
    return { error, answer: data?.answer }
  }
  return (
    <ConfirmDialog
      title={t.accounts.connectTitle(credential ? t.accounts.named(kind.title, credential.account) : kind.title)}
      confirm={withSignIn ? t.accounts.saveAndSignIn : t.accounts.save}
      send={send}
      onClose={onClose}
    >
      {kind.help && <p>{kind.help}</p>}
      {withSignIn && (
        <div>
          <p>{t.accounts.redirect}</p>
          <p className={styles.copyable}>
            <code>{`${location.origin}${RETURN}`}</code>
            <CopyButton text={`${location.origin}${RETURN}`} />
          </p>
        </div>
      )}
      {name?.asked && (
        <TextInput
          label={t.accounts.name}
          description={t.accounts.nameHelp}
          required
          autoComplete="off"
          value={account}
          error={takenBy(account)}
          onChange={event => {
            const { value } = event.currentTarget
            event.currentTarget.setCustomValidity(takenBy(value)) // the form is not sent
            setAccount(value)
          }}
        />
      )}
      {kind.fields.map(({ key, title, help, sensitive, required }) => {
        const Input = sensitive ? PasswordInput : TextInput
        return (
          <Input
            key={key}
            name={key}
            label={required ? title : `${title} (${t.accounts.optional})`}
            description={help}
            required={required}
            autoComplete="off"
            value={typed[key] ?? ''}
            onChange={event => setTyped({ ...typed, [key]: event.currentTarget.value })}
          />
        )
      })}
      <p className={styles.dim}>{t.accounts.sealed}</p>
    </ConfirmDialog>
  )
}

/** Leaves for the vendor's page, which sends the person back. */
export function useVendorSignIn(): (credentialId: string) => Promise<Sent> {
  const [, begin] = useMutation(SIGN_IN)
  return async credentialId => {
    const { data, error } = await begin({ credentialId, origin: location.origin })
    if (data?.answer.url) location.assign(data.answer.url)
    return { error, answer: data?.answer }
  }
}
