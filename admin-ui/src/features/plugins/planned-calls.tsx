import { Button } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import type { PlannedCall } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { Card } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Failure } from '../../components/failure.tsx'
import { Icon } from '../../components/icon.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import styles from '../plugin-triggers/plugin-triggers.module.css'
import { useMayAdminister } from '../sign-in/may-operate.ts'
import { PLANNED_CALLS, TAKE_BACK_CALL } from './plugin-operations.ts'

/** The next calls that a plugin has planned. Nothing where it plans nothing. `onTakenBack` hears of one that is gone. */
export function PlannedCalls({ installationId, onTakenBack }: { installationId: string; onTakenBack: () => void }) {
  const { t } = useLanguage()
  const mayAdminister = useMayAdminister()
  const [asked, setAsked] = useState<PlannedCall>()
  const { data, error, reload } = useLoaded(PLANNED_CALLS, { id: installationId })
  const calls = data?.node?.plannedCalls
  if (error) return <Failure error={error} onRetry={reload} />
  if (!calls || calls.edges.length === 0) return null
  const close = () => {
    setAsked(undefined)
    reload() // what was refused is gone by now
  }
  const closeDone = () => {
    close()
    onTakenBack()
  }
  return (
    <Card title={t.plannedCalls.title} note={t.plannedCalls.text} flush>
      <ul>
        {calls.edges.map(({ node }) => (
          <li key={node.key} className={styles.trigger}>
            <div className={styles.heading}>
              <strong>{node.key}</strong>
              {mayAdminister && (
                <Button size="xs" variant="default" onClick={() => setAsked(node)}>
                  {t.plannedCalls.takeBack}
                </Button>
              )}
            </div>
            <p className={styles.dim}>
              <code>{node.action}</code> · <Time at={node.dueAt} as="dateTime" />
              {node.every && ` · ${t.plannedCalls.every(node.every)}`}
              {node.account && ` · ${node.account}`}
            </p>
            {node.problem && (
              <p className={styles.problem} role="alert">
                <Icon name="alert" size={15} /> {node.problem}
              </p>
            )}
          </li>
        ))}
      </ul>
      {calls.pageInfo.hasNextPage && <p className={styles.trigger}>{t.plannedCalls.more}</p>}
      {asked && <TakeBackDialog {...{ installationId, call: asked }} onDone={closeDone} onClose={close} />}
    </Card>
  )
}

function TakeBackDialog({
  installationId,
  call: { key, action, every },
  onDone,
  onClose,
}: {
  installationId: string
  call: PlannedCall
  onDone: () => void
  onClose: () => void
}) {
  const { t } = useLanguage()
  const [, takeBack] = useMutation(TAKE_BACK_CALL)
  const send = async () => {
    const { data, error } = await takeBack({ installationId, key })
    return { error, answer: data?.answer }
  }
  return (
    <ConfirmDialog
      title={t.plannedCalls.takeBackTitle(key)}
      confirm={t.plannedCalls.takeBack}
      danger
      send={send}
      onDone={onDone}
      onClose={onClose}
    >
      <p>{every ? t.plannedCalls.takeBackAll(action) : t.plannedCalls.takeBackOne(action)}</p>
    </ConfirmDialog>
  )
}
