import { Button, NativeSelect, Textarea } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import { isRecord } from '../../api/json.ts'
import type { Module, TaskPriority } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { Dialog } from '../../components/dialog.tsx'
import { Nothing } from '../../components/empty.tsx'
import { SendingProblem, useSending } from '../../components/sending.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { ACTIONS, jsonOrText, TASK_ADD } from './task-operations.ts'
import { moduleName } from './module-name.ts'
import styles from './tasks.module.css'

export function AddTask({ modules, onClose }: { modules: readonly Module[]; onClose: () => void }) {
  const { t } = useLanguage()
  const [module, setModule] = useState('pre_vendas')
  const [chosen, setAction] = useState('')
  const [priority, setPriority] = useState<TaskPriority>('MEDIUM')
  const [text, setText] = useState('{}')
  const [bad, setBad] = useState(false)
  const offered = useLoaded(ACTIONS, { key: module }).data?.module.actions
  const [, add] = useMutation(TASK_ADD)
  const { sending, problem, send } = useSending()
  const action = offered?.some(({ key }) => key === chosen) ? chosen : (offered?.[0]?.key ?? '')

  const submit = async () => {
    const data = jsonOrText(text.trim() === '' ? '{}' : text)
    setBad(!isRecord(data))
    if (!isRecord(data)) return
    const done = await send(async () => {
      const result = await add({ input: { module, action, data, priority } })
      return { error: result.error, answer: result.data?.answer }
    })
    if (done) onClose()
  }

  return (
    <Dialog title={t.brain.addTask} onClose={onClose} held={sending}>
      <form
        className={styles.form}
        onSubmit={event => {
          event.preventDefault()
          void submit()
        }}
      >
        <NativeSelect
          label={t.brain.module}
          value={module}
          data={modules.map(({ key }) => ({ value: key, label: moduleName(key, t) }))}
          onChange={event => setModule(event.currentTarget.value)}
        />
        {offered?.length === 0 ? (
          <Nothing>{t.brain.noActions}</Nothing>
        ) : (
          <NativeSelect
            label={t.brain.action}
            value={action}
            data={(offered ?? []).map(({ key, title }) => ({ value: key, label: `${title} (${key})` }))}
            onChange={event => setAction(event.currentTarget.value)}
          />
        )}
        <NativeSelect
          label={t.brain.priority}
          value={priority}
          data={(Object.keys(t.brain.priorities) as TaskPriority[]).map(key => ({
            value: key,
            label: t.brain.priorities[key],
          }))}
          onChange={event => setPriority(event.currentTarget.value as TaskPriority)}
        />
        <Textarea
          label={t.brain.data}
          autosize
          minRows={3}
          value={text}
          error={bad && t.brain.badJson}
          onChange={event => setText(event.currentTarget.value)}
        />
        <SendingProblem problem={problem} />
        <div className={styles.answers}>
          <Button variant="default" onClick={onClose}>
            {t.common.cancel}
          </Button>
          <Button type="submit" loading={sending} disabled={action === ''}>
            {t.brain.add}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
