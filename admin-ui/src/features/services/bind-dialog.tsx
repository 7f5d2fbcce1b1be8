import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Nothing } from '../../components/empty.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { BIND, type Provider, type ServiceRow } from './service-operations.ts'
import styles from './services.module.css'

type Listed = Pick<Provider, 'pluginId' | 'title'> & { readonly condition: string }

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
  const free = able.filter(one => !listed.some(({ pluginId }) => pluginId === one.pluginId))
  const move = (from: number, to: number) => setListed(now => now.toSpliced(from, 1).toSpliced(to, 0, now[from]!))
  const send = () =>
    bind.apply({
      service: service.name,
      providers: listed.map(({ pluginId, condition }) => ({ pluginId, condition: condition.trim() || null })),
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
          <li key={one.pluginId}>
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
              onClick={() => setListed([...listed, listedOf({ ...one, condition: null })])}
            >
              {t.services.add} {one.title}
            </Button>
          ))}
        </div>
      )}
    </ConfirmDialog>
  )
}

const listedOf = ({ pluginId, title, condition }: Pick<Provider, 'pluginId' | 'title' | 'condition'>): Listed => ({
  pluginId,
  title,
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
