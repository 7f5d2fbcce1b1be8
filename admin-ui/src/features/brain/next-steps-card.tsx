import { useState } from 'react'
import { withNode, withoutNode } from '../../api/connection.ts'
import { useList } from '../../api/use-list.ts'
import { useStream } from '../../api/use-stream.ts'
import { Card } from '../../components/card.tsx'
import { Nothing } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { moduleName } from './module-name.ts'
import { TASK_ACCEPT, TASK_CANCEL, TASK_UPDATED, type TaskRow, TASKS, taskTitle } from './task-operations.ts'
import { isUrgent, Operate } from './tasks-card.tsx'
import styles from './tasks.module.css'

const SUGGESTED = { filter: { statuses: ['SUGGESTED'] }, sort: { by: 'RANK' as const } }

/** What the brain suggests to do next, what is likeliest to be taken up first, each with why and what it would do; taken up or dismissed it leaves the list. */
export function NextStepsCard() {
  const { t } = useLanguage()
  const mayOperate = useMayOperate()
  const [ready, setReady] = useState(false)
  const steps = useList(TASKS, SUGGESTED, ready)
  useStream(TASK_UPDATED, () => ({}), {
    key: 'next-steps',
    onReady: setReady,
    onData: ({ taskUpdated: { task } }) =>
      steps.change(data => ({
        list: task.status === 'SUGGESTED' ? withNode(data.list, task) : withoutNode(data.list, task.id),
      })),
    onResumed: () => steps.reload(),
  })
  return (
    <Card title={t.brain.nextSteps} note={t.brain.nextStepsNote} flush={steps.nodes.length > 0}>
      {steps.error && <Failure error={steps.error} onRetry={steps.reload} />}
      {steps.data && steps.nodes.length === 0 && <Nothing>{t.brain.noNextSteps}</Nothing>}
      {steps.nodes.length > 0 && (
        <>
          <ul className={styles.tasks} aria-label={t.brain.nextSteps}>
            {steps.nodes.map(task => (
              <StepLine key={task.id} task={task} mayOperate={mayOperate} />
            ))}
          </ul>
          <div className={styles.foot}>
            <MoreButton list={steps} />
          </div>
        </>
      )}
    </Card>
  )
}

function StepLine({ task, mayOperate }: { task: TaskRow; mayOperate: boolean }) {
  const { t } = useLanguage()
  const { suggestion, lead, module, action, priority } = task
  return (
    <li data-inbox="true">
      <span className={styles.what}>
        <strong>{taskTitle(task)}</strong>
        <span>
          {moduleName(module, t)}
          {lead && (
            <>
              {' · '}
              <Link to={`/leads/${encodeURIComponent(lead.id)}`}>{lead.name}</Link>
            </>
          )}
          {isUrgent(priority) && ` · ${t.brain.priorities[priority]}`}
        </span>
        {suggestion && (
          <>
            <span className={styles.why}>
              {suggestion.why}
              {suggestion.decisionId && (
                <>
                  {' '}
                  <Link to={`/decisions/${encodeURIComponent(suggestion.decisionId)}`}>{t.brain.whyHere}</Link>
                </>
              )}
            </span>
            <span>
              {t.brain.stepKinds[suggestion.kind]}
              {suggestion.kind !== 'BY_HAND' && (
                <>
                  {' '}
                  <code>{action}</code>
                </>
              )}
              {'. '}
              {suggestion.does}
            </span>
          </>
        )}
      </span>
      {mayOperate && (
        <span className={styles.actions}>
          <Operate operation={TASK_ACCEPT} id={task.id} label={t.brain.accept} />
          <Operate operation={TASK_CANCEL} id={task.id} label={t.brain.dismiss} />
        </span>
      )}
    </li>
  )
}
