import { Button } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import type { Module, TaskPriority, TaskStatus } from '../../api/schema.ts'
import { withNode, withoutNode } from '../../api/connection.ts'
import { useList } from '../../api/use-list.ts'
import { useStream } from '../../api/use-stream.ts'
import { Card } from '../../components/card.tsx'
import { Empty, Nothing } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { FilterBar, Pick } from '../../components/filter-bar.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { SendingProblem, useSending } from '../../components/sending.tsx'
import { Status, type Tone } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { AddTask } from './add-task.tsx'
import { moduleName } from './module-name.ts'
import styles from './tasks.module.css'
import {
  type Operation,
  TASK_CANCEL,
  TASK_RETRY,
  TASK_UPDATED,
  type TaskRow,
  TASKS,
  taskTitle,
} from './task-operations.ts'

/** All tasks, newest first, with what can be done about each. */
export function TasksCard({ modules }: { modules: readonly Module[] }) {
  const { t } = useLanguage()
  const [module, setModule] = useState('')
  const [status, setStatus] = useState('')
  const [adding, setAdding] = useState(false)
  const [ready, setReady] = useState(false)
  const filter = { ...(status && { statuses: [status] }), ...(module && { modules: [module] }) }
  const tasks = useList(TASKS, { filter }, ready)
  const fits = (task: TaskRow) => (!status || task.status === status) && (!module || task.module === module)
  useStream(TASK_UPDATED, () => ({}), {
    onReady: setReady,
    onData: ({ taskUpdated: { task } }) =>
      tasks.change(data => ({ list: fits(task) ? withNode(data.list, task) : withoutNode(data.list, task.id) })),
    onResumed: () => tasks.reload(),
  })

  return (
    <Card
      title={t.brain.tasks}
      note={t.brain.tasksNote}
      flush
      aside={
        <Button size="xs" onClick={() => setAdding(true)}>
          {t.brain.addTask}
        </Button>
      }
    >
      <div className={styles.filters}>
        <FilterBar>
          <Pick
            label={t.brain.module}
            all={t.brain.allModules}
            values={modules.map(({ key }) => [key, moduleName(key, t)] as const)}
            value={module}
            onChange={setModule}
          />
          <Pick
            label={t.brain.status}
            all={t.common.allFeminine}
            values={Object.entries(t.brain.taskStatuses)}
            value={status}
            onChange={setStatus}
          />
        </FilterBar>
      </div>
      {tasks.error && <Failure error={tasks.error} onRetry={tasks.reload} />}
      {!tasks.data && !tasks.error && <RowsSkeleton />}
      {tasks.data &&
        tasks.nodes.length === 0 &&
        (status || module ? (
          <Nothing>{t.brain.noMatch}</Nothing>
        ) : (
          <Empty icon="flag" title={t.brain.noTasksTitle} text={t.brain.noTasksText} />
        ))}
      {tasks.nodes.length > 0 && (
        <>
          <ul className={styles.tasks} aria-label={t.brain.tasks}>
            {tasks.nodes.map(task => (
              <TaskLine key={task.id} task={task} module={moduleName(task.module, t)} />
            ))}
          </ul>
          <div className={styles.foot}>
            <MoreButton list={tasks} />
          </div>
        </>
      )}
      {adding && <AddTask modules={modules} onClose={() => setAdding(false)} />}
    </Card>
  )
}

export const TASK_TONES: Readonly<Record<TaskStatus, Tone>> = {
  SUGGESTED: 'wait',
  QUEUED: 'quiet',
  RUNNING: 'live',
  MANUAL: 'wait',
  COMPLETED: 'good',
  FAILED: 'bad',
  CANCELLED: 'quiet',
}

/** What may be done about a task that stands so; suggestions are answered among the next steps. */
const OPERATIONS: Readonly<Partial<Record<TaskStatus, readonly (readonly [Operation, 'retry' | 'cancel'])[]>>> = {
  QUEUED: [[TASK_CANCEL, 'cancel']],
  RUNNING: [[TASK_CANCEL, 'cancel']],
  FAILED: [[TASK_RETRY, 'retry']],
}

function TaskLine({ task, module }: { task: TaskRow; module: string }) {
  const { t } = useLanguage()
  return (
    <li>
      <span className={styles.what}>
        <strong>{taskTitle(task)}</strong>
        <span>
          {module}
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
        {task.error && <span className={styles.error}>{task.error.message}</span>}
      </span>
      <span className={styles.priority} data-urgent={isUrgent(task.priority)}>
        {t.brain.priorities[task.priority]}
      </span>
      <Status
        tone={TASK_TONES[task.status]}
        label={
          task.doneByHand
            ? `${t.brain.taskStatuses[task.status]}, ${t.brain.byHand}`
            : t.brain.taskStatuses[task.status]
        }
      />
      <span className={styles.when}>
        <Time at={task.createdAt} />
      </span>
      <span className={styles.actions}>
        {(OPERATIONS[task.status] ?? []).map(([operation, name]) => (
          <Operate key={name} operation={operation} id={task.id} label={t.brain[name]} />
        ))}
      </span>
    </li>
  )
}

export const isUrgent = (priority: TaskPriority) => priority === 'CRITICAL' || priority === 'HIGH'

/** One button that does one thing to one task; what stood in the way is said beside it. */
export function Operate({ operation, id, label }: { operation: Operation; id: string; label: string }) {
  const [, execute] = useMutation(operation)
  const { sending, problem, send } = useSending()
  const start = () =>
    void send(async () => {
      const { data, error } = await execute({ id })
      return { error, answer: data?.answer }
    })
  return (
    <>
      <Button size="xs" variant="default" loading={sending} onClick={start}>
        {label}
      </Button>
      <SendingProblem problem={problem} />
    </>
  )
}
