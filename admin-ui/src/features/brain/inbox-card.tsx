import { Button, Textarea } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import { withNode, withoutNode } from '../../api/connection.ts'
import { useList } from '../../api/use-list.ts'
import { useStream } from '../../api/use-stream.ts'
import { Card } from '../../components/card.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { SendingProblem, useSending } from '../../components/sending.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { moduleName } from './module-name.ts'
import {
  jsonOrText,
  TASK_CANCEL,
  TASK_COMPLETE,
  TASK_HAND_BACK,
  TASK_UPDATED,
  type TaskRow,
  TASKS,
  taskTitle,
} from './task-operations.ts'
import { Operate } from './tasks-card.tsx'
import styles from './tasks.module.css'

const FILTER = { statuses: ['MANUAL'] }

/** What modules in manual mode leave to a person; nothing where there is nothing. */
export function InboxCard() {
  const { t } = useLanguage()
  const [ready, setReady] = useState(false)
  const [doing, setDoing] = useState<TaskRow>()
  const inbox = useList(TASKS, { filter: FILTER }, ready)
  useStream(TASK_UPDATED, () => ({}), {
    key: 'inbox',
    onReady: setReady,
    onData: ({ taskUpdated: { task } }) =>
      inbox.change(data => ({
        list: task.status === 'MANUAL' ? withNode(data.list, task) : withoutNode(data.list, task.id),
      })),
    onResumed: () => inbox.reload(),
  })
  if (inbox.nodes.length === 0) return null
  return (
    <Card title={`${t.brain.inbox} (${inbox.totalCount ?? inbox.nodes.length})`} note={t.brain.inboxNote} flush>
      <ul className={styles.tasks} aria-label={t.brain.inbox}>
        {inbox.nodes.map(task => (
          <li key={task.id} data-inbox="true">
            <span className={styles.what}>
              <strong>{taskTitle(task)}</strong>
              <span>
                {moduleName(task.module, t)}
                {task.lead && (
                  <>
                    {' · '}
                    <Link to={`/leads/${encodeURIComponent(task.lead.id)}`}>{task.lead.name}</Link>
                  </>
                )}
                {task.run && (
                  <>
                    {' · '}
                    <Link to={`/runs/${encodeURIComponent(task.run.id)}`}>{t.brain.openRun}</Link>
                  </>
                )}
              </span>
              {task.suggestion && <span>{task.suggestion.why}</span>}
              {task.error && <span className={styles.error}>{task.error.message}</span>}
            </span>
            <span className={styles.actions}>
              <Button size="xs" onClick={() => setDoing(task)}>
                {t.brain.did}
              </Button>
              {task.suggestion?.kind === 'BY_HAND' ? (
                <Operate operation={TASK_CANCEL} id={task.id} label={t.brain.cancel} />
              ) : (
                <Operate operation={TASK_HAND_BACK} id={task.id} label={t.brain.handBack} />
              )}
            </span>
          </li>
        ))}
      </ul>
      {doing && <Did task={doing} onClose={() => setDoing(undefined)} />}
    </Card>
  )
}

function Did({ task, onClose }: { task: TaskRow; onClose: () => void }) {
  const { t } = useLanguage()
  const [result, setResult] = useState('')
  const [note, setNote] = useState('')
  const [, complete] = useMutation(TASK_COMPLETE)
  const { sending, problem, send } = useSending()
  const submit = async () => {
    const input = { taskId: task.id, result: result.trim() === '' ? null : jsonOrText(result), note: note || null }
    const done = await send(async () => {
      const { data, error } = await complete({ input })
      return { error, answer: data?.answer }
    })
    if (done) onClose()
  }
  return (
    <Dialog title={t.brain.didTitle} onClose={onClose} held={sending}>
      <form
        className={styles.form}
        onSubmit={event => {
          event.preventDefault()
          void submit()
        }}
      >
        {task.suggestion ? <p>{task.suggestion.title}</p> : <code>{task.action}</code>}
        <Textarea
          label={t.brain.result}
          autosize
          minRows={2}
          value={result}
          onChange={event => setResult(event.currentTarget.value)}
        />
        <Textarea label={t.brain.note} value={note} onChange={event => setNote(event.currentTarget.value)} />
        <SendingProblem problem={problem} />
        <div className={styles.answers}>
          <Button variant="default" onClick={onClose}>
            {t.common.cancel}
          </Button>
          <Button type="submit" loading={sending}>
            {t.brain.did}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
