import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Scope } from '../../api/schema.ts'
import { useList } from '../../api/use-list.ts'
import { Card, Stack } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { MoreButton } from '../../components/rows.tsx'
import type { Sent } from '../../components/sending.tsx'
import { Status } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Once } from './once.tsx'
import * as operations from './settings-operations.ts'
import styles from './settings.module.css'
import { useChange } from '../../components/use-change.ts'

const SCOPES: readonly Scope[] = ['READ', 'WRITE', 'RUN', 'ADMIN']
const DAYS = [30, 90, 365] as const
const DAY_MS = 86_400_000

export function KeysSection() {
  const { t } = useLanguage()
  const keys = useList(operations.KEYS, {})
  const create = useChange(operations.CREATE_KEY)
  const [making, setMaking] = useState(false)
  const button = <Button onClick={() => setMaking(true)}>{t.settings.keys.create}</Button>
  return (
    <Stack>
      {create.answer?.plaintext && (
        <Once text={t.settings.keys.once} value={create.answer.plaintext} onDone={create.forget} />
      )}
      {keys.error && <Failure error={keys.error} onRetry={keys.reload} />}
      {!keys.data && !keys.error && <RowsSkeleton rows={2} />}
      {keys.data && keys.nodes.length === 0 && (
        <Empty icon="key" title={t.settings.keys.emptyTitle} text={t.settings.keys.emptyText}>
          {button}
        </Empty>
      )}
      {keys.nodes.length > 0 && (
        <Card title={t.settings.sections.keys} aside={button}>
          <ul className={styles.list}>
            {keys.nodes.map(key => (
              <KeyItem key={key.id} apiKey={key} onChanged={keys.reload} />
            ))}
          </ul>
          {keys.hasMore && <MoreButton list={keys} />}
        </Card>
      )}
      {making && (
        <CreateDialog
          create={create.apply}
          onDone={() => {
            setMaking(false)
            keys.reload()
          }}
          onClose={() => setMaking(false)}
        />
      )}
    </Stack>
  )
}

function KeyItem({ apiKey, onChanged }: { apiKey: operations.ListedKey; onChanged: () => void }) {
  const { t } = useLanguage()
  const revoke = useChange(operations.REVOKE_KEY)
  const [asking, setAsking] = useState(false)
  const { name, prefix, scopes, addresses, expiresAt, lastUsedAt, revokedAt } = apiKey
  const over = expiresAt !== null && Date.parse(expiresAt) <= Date.now()
  return (
    <li className={styles.item}>
      <div className={styles.words}>
        <strong>{name}</strong> <code className={styles.dim}>{prefix}…</code>
        <p className={styles.dim}>
          {scopes.map(scope => t.settings.keys.scopes[scope]).join(', ')}
          {addresses.length > 0 && ` · ${addresses.join(', ')}`}
        </p>
        <p className={styles.dim}>
          {lastUsedAt ? (
            <>
              {t.settings.keys.used} <Time at={lastUsedAt} />
            </>
          ) : (
            t.settings.keys.unused
          )}
          {' · '}
          {expiresAt ? (
            <>
              {t.settings.keys.expires} <Time at={expiresAt} as="dateTime" />
            </>
          ) : (
            t.settings.keys.endless
          )}
        </p>
      </div>
      <div className={styles.controls}>
        {revokedAt || over ? (
          <Status tone="quiet" label={revokedAt ? t.settings.keys.revoked : t.settings.keys.over} />
        ) : (
          <Button size="xs" variant="default" onClick={() => setAsking(true)}>
            {t.settings.keys.revoke}
          </Button>
        )}
      </div>
      {asking && (
        <ConfirmDialog
          title={t.settings.keys.revokeTitle(name)}
          confirm={t.settings.keys.revoke}
          danger
          send={() => revoke.apply({ apiKeyId: apiKey.id })}
          onDone={() => {
            setAsking(false)
            onChanged()
          }}
          onClose={() => setAsking(false)}
        >
          <p>{t.settings.keys.revokeText}</p>
        </ConfirmDialog>
      )}
    </li>
  )
}

function CreateDialog({
  create,
  onDone,
  onClose,
}: {
  create: (input: KeyInput) => Promise<Sent>
  onDone: () => void
  onClose: () => void
}) {
  const { t } = useLanguage()
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<readonly Scope[]>(['READ'])
  const [days, setDays] = useState('90')
  const [addresses, setAddresses] = useState('')
  const send = () =>
    create({
      name,
      scopes,
      expiresAt: days === '' ? null : new Date(Date.now() + Number(days) * DAY_MS).toISOString(),
      addresses: addresses.split(/[\s,]+/).filter(Boolean),
    })
  return (
    <ConfirmDialog
      title={t.settings.keys.create}
      confirm={t.settings.keys.make}
      send={send}
      onDone={onDone}
      onClose={onClose}
    >
      <TextInput
        label={t.settings.keys.name}
        value={name}
        required
        onChange={event => setName(event.currentTarget.value)}
      />
      <fieldset className={styles.checks}>
        <legend>{t.settings.keys.may}</legend>
        {SCOPES.map(scope => (
          <label key={scope}>
            <input
              type="checkbox"
              checked={scopes.includes(scope)}
              onChange={() =>
                setScopes(scopes.includes(scope) ? scopes.filter(one => one !== scope) : [...scopes, scope])
              }
            />
            <span>
              {t.settings.keys.scopes[scope]} <span className={styles.dim}>{t.settings.keys.scopeTexts[scope]}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <label className={styles.controls}>
        {t.settings.keys.lasts}
        <select value={days} onChange={event => setDays(event.currentTarget.value)}>
          {DAYS.map(count => (
            <option key={count} value={count}>
              {t.settings.keys.days(count)}
            </option>
          ))}
          <option value="">{t.settings.keys.endless}</option>
        </select>
      </label>
      <TextInput
        label={t.settings.keys.addresses}
        description={t.settings.keys.addressesNote}
        value={addresses}
        onChange={event => setAddresses(event.currentTarget.value)}
      />
    </ConfirmDialog>
  )
}

interface KeyInput {
  name: string
  scopes: readonly Scope[]
  expiresAt: string | null
  addresses: readonly string[]
}
