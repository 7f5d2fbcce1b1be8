import { Checkbox, PasswordInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { MailSecurity } from '../../api/schema.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { type ConnectedMailbox, CONNECT } from './mailbox-operations.ts'
import styles from './settings.module.css'

interface Filled {
  readonly host: string
  readonly port: string
  readonly security: MailSecurity
  readonly user: string
  readonly password: string
  readonly folder: string
}
type Kind = 'smtp' | 'imap'
const SECURITIES: readonly MailSecurity[] = ['TLS', 'STARTTLS', 'NONE']
const PORTS: Readonly<Record<Kind, Readonly<Record<MailSecurity, string>>>> = {
  smtp: { TLS: '465', STARTTLS: '587', NONE: '25' },
  imap: { TLS: '993', STARTTLS: '143', NONE: '143' },
}

/** What a provider says of its servers. Stored once both have let us in. */
export function MailboxForm({
  mailbox,
  onDone,
  onClose,
}: {
  mailbox: ConnectedMailbox | null
  onDone: () => void
  onClose: () => void
}) {
  const { t } = useLanguage()
  const connect = useChange(CONNECT)
  const [address, setAddress] = useState(mailbox?.address ?? '')
  const [name, setName] = useState(mailbox?.name ?? '')
  const [reads, setReads] = useState(mailbox === null || mailbox.imap !== null)
  const [smtp, setSmtp] = useState(() => filledOf('smtp', mailbox?.smtp))
  const [imap, setImap] = useState(() => filledOf('imap', mailbox?.imap))
  return (
    <ConfirmDialog
      title={mailbox ? t.settings.mailbox.change : t.settings.mailbox.connect}
      confirm={t.settings.mailbox.save}
      send={() =>
        connect.apply({
          address,
          name,
          smtp: inputOf(smtp, smtp.user || address),
          imap: reads ? { ...inputOf(imap, imap.user || address), folder: imap.folder } : null,
        })
      }
      onDone={onDone}
      onClose={onClose}
    >
      <TextInput
        required
        type="email"
        label={t.settings.mailbox.address}
        description={t.settings.mailbox.addressNote}
        value={address}
        onChange={event => setAddress(event.currentTarget.value)}
      />
      <TextInput
        label={t.settings.mailbox.name}
        value={name}
        maxLength={100}
        onChange={event => setName(event.currentTarget.value)}
      />
      <ServerFields kind="smtp" filled={smtp} address={address} kept={mailbox !== null} onChange={setSmtp} />
      <Checkbox
        label={t.settings.mailbox.reads}
        checked={reads}
        onChange={event => setReads(event.currentTarget.checked)}
      />
      {reads && (
        <ServerFields kind="imap" filled={imap} address={address} kept={mailbox?.imap != null} onChange={setImap} />
      )}
    </ConfirmDialog>
  )
}

function ServerFields({
  kind,
  filled,
  address,
  kept,
  onChange,
}: {
  kind: Kind
  filled: Filled
  address: string
  kept: boolean
  onChange: (filled: Filled) => void
}) {
  const { t } = useLanguage()
  const words = t.settings.mailbox
  const set = (part: Partial<Filled>) => onChange({ ...filled, ...part })
  return (
    <fieldset className={styles.server}>
      <legend>{words[kind]}</legend>
      <TextInput
        required
        label={words.host}
        placeholder={kind === 'smtp' ? 'smtp.gmail.com' : 'imap.gmail.com'}
        value={filled.host}
        onChange={event => set({ host: event.currentTarget.value })}
      />
      <div className={styles.pair}>
        <label className={styles.field}>
          {words.security}
          <select
            value={filled.security}
            onChange={event => {
              const security = event.currentTarget.value as MailSecurity
              set({ security, port: PORTS[kind][security] })
            }}
          >
            {SECURITIES.map(security => (
              <option key={security} value={security}>
                {words.securities[security]}
              </option>
            ))}
          </select>
        </label>
        <TextInput
          required
          label={words.port}
          inputMode="numeric"
          value={filled.port}
          onChange={event => set({ port: event.currentTarget.value.replaceAll(/\D/g, '') })}
        />
      </div>
      <TextInput
        label={words.user}
        placeholder={address}
        value={filled.user}
        autoComplete="off"
        onChange={event => set({ user: event.currentTarget.value })}
      />
      <PasswordInput
        label={words.password}
        description={kept ? words.passwordKept : words.passwordNote}
        value={filled.password}
        autoComplete="new-password"
        onChange={event => set({ password: event.currentTarget.value })}
      />
      {kind === 'imap' && (
        <TextInput
          label={words.folder}
          value={filled.folder}
          onChange={event => set({ folder: event.currentTarget.value })}
        />
      )}
    </fieldset>
  )
}

const filledOf = (kind: Kind, server: ConnectedMailbox['smtp'] | null | undefined): Filled => ({
  host: server?.host ?? '',
  port: String(server?.port ?? PORTS[kind].TLS),
  security: server?.security ?? 'TLS',
  user: server?.user ?? '',
  password: '',
  folder: server?.folder ?? 'INBOX',
})

const inputOf = ({ host, port, security, password }: Filled, user: string) => ({
  host,
  port: Number(port),
  security,
  user,
  password: password === '' ? null : password,
})
