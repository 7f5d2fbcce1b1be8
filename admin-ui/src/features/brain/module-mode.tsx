import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import type { Module } from '../../api/schema.ts'
import { Dialog } from '../../components/dialog.tsx'
import { SendingProblem, useSending } from '../../components/sending.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { MODULE_RESUME, MODULE_SET_MANUAL } from './task-operations.ts'
import { moduleName } from './module-name.ts'
import styles from './tasks.module.css'

/** Takes a module over, or lets it work by itself again. */
export function ModuleMode({ module }: { module: Module }) {
  const { t } = useLanguage()
  const [asking, setAsking] = useState(false)
  const [reason, setReason] = useState('')
  const [, takeOver] = useMutation(MODULE_SET_MANUAL)
  const [, resume] = useMutation(MODULE_RESUME)
  const { sending, problem, send } = useSending()
  if (module.manual)
    return (
      <>
        <Button
          size="xs"
          loading={sending}
          onClick={() =>
            void send(async () => {
              const { data, error } = await resume({ key: module.key })
              return { error, answer: data?.answer }
            })
          }
        >
          {t.brain.resume}
        </Button>
        <SendingProblem problem={problem} />
      </>
    )
  const submit = async () => {
    const done = await send(async () => {
      const { data, error } = await takeOver({ key: module.key, reason })
      return { error, answer: data?.answer }
    })
    if (done) setAsking(false)
  }
  return (
    <>
      <Button size="xs" variant="subtle" color="gray" onClick={() => setAsking(true)}>
        {t.brain.takeOver}
      </Button>
      {asking && (
        <Dialog
          title={t.brain.takeOverTitle(moduleName(module.key, t))}
          onClose={() => setAsking(false)}
          held={sending}
        >
          <form
            className={styles.form}
            onSubmit={event => {
              event.preventDefault()
              void submit()
            }}
          >
            <p>{t.brain.takeOverText}</p>
            <TextInput
              label={t.brain.reason}
              required
              value={reason}
              onChange={event => setReason(event.currentTarget.value)}
            />
            <SendingProblem problem={problem} />
            <div className={styles.answers}>
              <Button variant="default" onClick={() => setAsking(false)}>
                {t.common.cancel}
              </Button>
              <Button type="submit" loading={sending}>
                {t.brain.takeOver}
              </Button>
            </div>
          </form>
        </Dialog>
      )}
    </>
  )
}
