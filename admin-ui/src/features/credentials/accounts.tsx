import { Button } from '@mantine/core'
import { useState } from 'react'
import { useLoaded } from '../../api/use-loaded.ts'
import { isRecord } from '../../api/json.ts'
import { Card } from '../../components/card.tsx'
import { Failure } from '../../components/failure.tsx'
import { Status, type Tone } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useMayAdminister } from '../sign-in/may-operate.ts'
import { AccountActions } from './account-actions.tsx'
import { type AccountKind, ACCOUNTS, type ConnectedAccount } from './account-operations.ts'
import styles from './accounts.module.css'
import { ConnectDialog } from './connect-dialog.tsx'

/** The accounts that a plugin uses at vendors: what is connected, and what to do about the rest. Nothing where it uses none. */
export function Accounts({ installationId }: { installationId: string }) {
  const { t } = useLanguage()
  const { data, error, reload } = useLoaded(ACCOUNTS, { id: installationId })
  const kinds = data?.node?.credentialTemplates ?? []
  if (error) return <Failure error={error} onRetry={reload} />
  if (kinds.length === 0) return null
  const defaultAccount = data?.node?.defaultAccount ?? ''
  const names = [...new Set(kinds.flatMap(({ credentials }) => credentials.map(({ account }) => account)))]
  return (
    <Card title={t.accounts.title} note={t.accounts.text} flush>
      {names.length > 1 && <p className={styles.note}>{t.accounts.severalText(defaultAccount)}</p>}
      <ul>
        {kinds.map(kind => (
          <li key={kind.key} className={styles.account}>
            <KindView {...{ kind, installationId, defaultAccount, names }} onChange={reload} />
          </li>
        ))}
      </ul>
    </Card>
  )
}

interface KindProps {
  readonly kind: AccountKind
  readonly installationId: string
  readonly defaultAccount: string
  /** Of all the accounts of the plugin. */
  readonly names: readonly string[]
  readonly onChange: () => void
}

function KindView({ kind, installationId, defaultAccount, names, onChange }: KindProps) {
  const { t } = useLanguage()
  const mayAdminister = useMayAdminister()
  const [adding, setAdding] = useState(false)
  const { credentials } = kind
  const isFirst = credentials.length === 0
  return (
    <section aria-label={kind.title}>
      <header className={styles.head}>
        <div>
          <strong>{kind.title}</strong>
          {kind.help && <p className={styles.dim}>{kind.help}</p>}
        </div>
        {isFirst && <Status tone="quiet" label={t.accounts.notConnected} />}
      </header>
      {isFirst && <Facts kind={kind} />}
      {credentials.map(credential => (
        <AccountView key={credential.id} {...{ kind, credential, installationId }} onChange={onChange} />
      ))}
      {mayAdminister ? (
        <Button
          size="xs"
          variant={isFirst ? 'filled' : 'default'}
          className={isFirst ? undefined : styles.another}
          onClick={() => setAdding(true)}
        >
          {isFirst ? t.accounts.connect : t.accounts.another}
        </Button>
      ) : (
        <p className={styles.dim}>{t.accounts.onlyAdmins}</p>
      )}
      {adding && (
        <ConnectDialog
          {...{ kind, installationId }}
          name={isFirst ? { proposed: defaultAccount, asked: names.length > 0 } : { proposed: '', asked: true }}
          onClose={() => {
            setAdding(false)
            onChange()
          }}
        />
      )}
    </section>
  )
}

interface AccountProps {
  readonly kind: AccountKind
  readonly credential: ConnectedAccount
  readonly installationId: string
  readonly onChange: () => void
}

function AccountView({ kind, credential, installationId, onChange }: AccountProps) {
  const { t } = useLanguage()
  const mayAdminister = useMayAdminister()
  const { account, isDefault, status, statusReason } = credential
  return (
    <section className={styles.one} aria-label={t.accounts.named(kind.title, account)}>
      <header className={styles.head}>
        <p>
          <code>{account}</code>
          {isDefault && <span className={styles.default}>{t.accounts.isDefault}</span>}
        </p>
        <Status tone={TONES[status]} label={t.accounts.statuses[status]} />
      </header>
      {statusReason && <p className={styles.reason}>{statusReason}</p>}
      <Facts kind={kind} credential={credential} />
      {mayAdminister && <AccountActions {...{ kind, credential, installationId, onChange }} />}
    </section>
  )
}

function Facts({ kind: { fields, hosts }, credential }: { kind: AccountKind; credential?: ConnectedAccount }) {
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

const TONES: Record<ConnectedAccount['status'], Tone> = { PENDING: 'wait', CONNECTED: 'good', BROKEN: 'bad' }
