import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Nothing } from '../../components/empty.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { BIND, type Provider, type ServiceRow } from './service-operations.ts'
import styles from './services.module.css'

type Listed = Pick<Provider, 'pluginId' | 'title' | 'account' | 'accounts'> & { readonly condition: string }

/** Who provides a service, in order and with rules; all of it takes the place of what was there when it is saved. */
export function BindDialog({
  service,
  title,
  onDone,
  onClose,
}: {
  service: ServiceRow
  title: string
  onDone: () => void
  onClose: () => void
}) {
  const { t } = useLanguage()
  const bind = useChange(BIND)
  const [listed, setListed] = useState<readonly Listed[]>(() =>
    service.providers.filter(({ status }) => status !== 'REMOVED').map(one => listedOf(one)),
  )
  const able = [...service.providers.filter(({ status }) => status !== 'REMOVED'), ...service.others]
  const free = able.filter(
    (one, at) =>
      able.findIndex(({ pluginId }) => pluginId === one.pluginId) === at && freeAccount(one, listed) !== undefined,
  )
  const move = (from: number, to: number) => setListed(now => now.toSpliced(from, 1).toSpliced(to, 0, now[from]!))
  const send = () =>
    bind.apply({
      service: service.name,
      providers: listed.map(({ pluginId, account, condition }) => ({
        pluginId,
        account,
        condition: condition.trim() || null,
      })),
    })
  return (
    <ConfirmDialog
      title={t.services.changeTitle(title)}
      confirm={t.services.save}
      wide
      send={send}
      onDone={onDone}
      onClose={onClose}
    >
      <p>{t.services.changeText}</p>
      <ol className={styles.order} aria-label={t.services.providers}>
        {listed.map((one, index) => (
          <li key={`${one.pluginId}:${one.account ?? ''}`}>
            <div className={styles.orderHead}>
              <strong>
                {index + 1}. {one.title}
              </strong>
              <span className={styles.tools}>
                <Tool
                  label={t.services.up(one.title)}
                  text="↑"
                  disabled={index === 0}
                  onClick={() => move(index, index - 1)}
                />
                <Tool
                  label={t.services.down(one.title)}
                  text="↓"
                  disabled={index === listed.length - 1}
                  onClick={() => move(index, index + 1)}
                />
                <Tool
                  label={t.services.remove(one.title)}
                  text="×"
                  onClick={() => setListed(listed.toSpliced(index, 1))}
                />
              </span>
            </div>
            {one.accounts.length > 1 && (
              <NativeSelect
                size="xs"
                label={t.services.account(one.title)}
                data={[
                  { value: '', label: t.services.defaultAccount },
                  ...one.accounts.map(name => ({ value: name, label: name })),
                ].map(choice => ({
                  ...choice,
                  disabled: listed.some(
                    other => other !== one && other.pluginId === one.pluginId && (other.account ?? '') === choice.value,
                  ),
                }))}
                value={one.account ?? ''}
                onChange={event =>
                  setListed(listed.with(index, { ...one, account: event.currentTarget.value || null }))
                }
              />
            )}
            <TextInput
              size="xs"
              label={t.services.condition(one.title)}
              description={index === 0 ? t.services.conditionHelp : undefined}
              placeholder={t.services.always}
              value={one.condition}
              onChange={event => setListed(listed.with(index, { ...one, condition: event.currentTarget.value }))}
            />
          </li>
        ))}
      </ol>
      {listed.length === 0 && <Nothing>{t.services.nobody}</Nothing>}
      {free.length > 0 && (
        <div className={styles.add} role="group" aria-label={t.services.addLabel}>
          {free.map(one => (
            <Button
              key={one.pluginId}
              size="xs"
              variant="default"
              onClick={() =>
                setListed([...listed, listedOf({ ...one, account: freeAccount(one, listed) ?? null, condition: null })])
              }
            >
              {t.services.add} {one.title}
            </Button>
          ))}
        </div>
      )}
    </ConfirmDialog>
  )
}

/** An account of the plugin that is not asked yet, null for its default one; undefined where all are. */
function freeAccount({ pluginId, accounts }: Provider, listed: readonly Listed[]): string | null | undefined {
  const choices = accounts.length > 1 ? [null, ...accounts] : [null]
  return choices.find(choice => !listed.some(one => one.pluginId === pluginId && one.account === choice))
}

const listedOf = ({ pluginId, title, account, accounts, condition }: Omit<Provider, 'status' | 'reason'>): Listed => ({
  pluginId,
  title,
  account,
  accounts,
  condition: condition ?? '',
})

function Tool({
  label,
  text,
  disabled = false,
  onClick,
}: {
  label: string
  text: string
  disabled?: boolean
  onClick: () => void
}) {
  return (
    <button type="button" aria-label={label} title={label} disabled={disabled} onClick={onClick}>
      {text}
    </button>
  )
}
