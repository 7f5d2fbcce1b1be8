import { Button } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import type { ModuleAction } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { useStream } from '../../api/use-stream.ts'
import { Card, Stack } from '../../components/card.tsx'
import { CodeText } from '../../components/code-text.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Empty, LinkButton } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { FilterBar, Search } from '../../components/filter-bar.tsx'
import { JsonView } from '../../components/json-view.tsx'
import { Page } from '../../components/page.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { SchemaForm, schemaFields, valuesOfSchema } from '../../components/schema-form.tsx'
import type { Sent } from '../../components/sending.tsx'
import { ModuleStatusBadge, Status } from '../../components/status.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link, useParameter } from '../../router.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { FindingsView, hasFindings } from './findings-view.tsx'
import { MODULE, MODULE_EXECUTE, TASK_RESULT } from './skill-operations.ts'
import { TASK_UPDATED } from './task-operations.ts'
import { TASK_TONES } from './tasks-card.tsx'
import { moduleName } from './module-name.ts'
import styles from './module-page.module.css'

/** One module: what its agent can do, each to be run by hand, and what the last one came to. */
export function ModulePage({ id: moduleKey = '' }: { id?: string }) {
  const { t } = useLanguage()
  const { data, error, reload } = useLoaded(MODULE, { key: moduleKey })
  const [taskId, setTaskId] = useParameter('task')
  const module = data?.module
  return (
    <Page
      title={moduleName(moduleKey, t)}
      subtitle={t.skills.subtitle}
      back={{ to: '/brain', label: t.brain.title }}
      badge={module && <ModuleStatusBadge status={module.status} />}
    >
      {error && !module && <Failure error={error} onRetry={reload} />}
      {!error && !module && <RowsSkeleton />}
      {module && (
        <Stack>
          {taskId && <Result taskId={taskId} actions={module.actions} onClose={() => setTaskId('')} />}
          <Skills moduleKey={module.key} actions={module.actions} onRun={setTaskId} />
        </Stack>
      )}
    </Page>
  )
}

function Skills({
  moduleKey,
  actions,
  onRun,
}: {
  moduleKey: string
  actions: readonly ModuleAction[]
  onRun: (taskId: string) => void
}) {
  const { t } = useLanguage()
  const mayRun = useMayOperate()
  const [search, setSearch] = useParameter('search')
  const [asked, setAsked] = useState<ModuleAction>()
  const wanted = search.trim().toLowerCase()
  const shown = actions.filter(({ key, title, description }) =>
    `${key} ${title} ${description ?? ''}`.toLowerCase().includes(wanted),
  )
  if (actions.length === 0)
    return (
      <Empty icon="plugins" title={t.skills.noneTitle} text={t.brain.noActions}>
        <LinkButton to="/plugins" label={t.skills.toPlugins} />
      </Empty>
    )
  return (
    <Card title={t.skills.title} note={t.skills.note} flush>
      {actions.length > 4 && (
        <div className={styles.filters}>
          <FilterBar>
            <Search label={t.skills.search} value={search} onChange={setSearch} />
          </FilterBar>
        </div>
      )}
      <ul className={styles.skills}>
        {shown.map(action => (
          <li key={action.key}>
            <div>
              <strong>{action.title}</strong>
              <code>{action.key}</code>
              {action.description && (
                <p>
                  <CodeText text={action.description} />
                </p>
              )}
            </div>
            {mayRun && (
              <Button size="xs" variant="default" onClick={() => setAsked(action)}>
                {t.skills.run}
              </Button>
            )}
          </li>
        ))}
        {shown.length === 0 && <li>{t.skills.noMatch}</li>}
      </ul>
      {asked && (
        <RunDialog
          moduleKey={moduleKey}
          action={asked}
          onClose={() => setAsked(undefined)}
          onRun={id => {
            setAsked(undefined)
            onRun(id)
          }}
        />
      )}
    </Card>
  )
}

function RunDialog({
  moduleKey,
  action,
  onClose,
  onRun,
}: {
  moduleKey: string
  action: ModuleAction
  onClose: () => void
  onRun: (taskId: string) => void
}) {
  const { t } = useLanguage()
  const [, execute] = useMutation(MODULE_EXECUTE)
  const [idempotencyKey] = useState(() => crypto.randomUUID()) // a second click answers with the same task
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({})
  const [bad, setBad] = useState<readonly string[]>([])
  const fields = schemaFields(action.inputSchema)

  const send = async (): Promise<Sent> => {
    const read = valuesOfSchema(fields, typed)
    setBad(read.bad)
    if (read.bad.length > 0)
      return { answer: { userErrors: [{ code: 'INVALID', message: t.skills.badFields(read.bad.join(', ')) }] } }
    const input = { moduleKey, action: action.key, params: read.values, idempotencyKey }
    const { data, error } = await execute({ input })
    if (data?.answer.task) onRun(data.answer.task.id)
    return { error, answer: data?.answer }
  }
  return (
    <ConfirmDialog title={action.title} confirm={t.skills.run} send={send} onClose={onClose}>
      {action.description && (
        <p>
          <CodeText text={action.description} />
        </p>
      )}
      {fields.length === 0 && <p>{t.skills.noInputs}</p>}
      <SchemaForm fields={fields} typed={typed} onType={setTyped} bad={bad} />
    </ConfirmDialog>
  )
}

const OVER: ReadonlySet<string> = new Set(['COMPLETED', 'FAILED', 'CANCELLED'])

function Result({
  taskId,
  actions,
  onClose,
}: {
  taskId: string
  actions: readonly ModuleAction[]
  onClose: () => void
}) {
  const { t } = useLanguage()
  const [ready, setReady] = useState(false)
  const { data, error, reload } = useLoaded(TASK_RESULT, { id: taskId }, ready)
  useStream(TASK_UPDATED, () => ({}), {
    onReady: setReady,
    onData: ({ taskUpdated: { task } }) => task.id === taskId && reload(),
    onResumed: reload,
  })
  const task = data?.task
  const title = actions.find(({ key }) => key === task?.action)?.title ?? task?.action ?? ''
  return (
    <Card
      title={t.skills.result(title)}
      aside={
        <Button size="xs" variant="subtle" onClick={onClose}>
          {t.skills.close}
        </Button>
      }
    >
      {error && !task && <Failure error={error} onRetry={reload} />}
      {!error && !task && (data ? <p>{t.skills.gone}</p> : <RowsSkeleton />)}
      {task && (
        <div className={styles.result}>
          <p className={styles.state}>
            <Status tone={TASK_TONES[task.status]} label={t.brain.taskStatuses[task.status]} />
            {task.run && <Link to={`/runs/${encodeURIComponent(task.run.id)}`}>{t.skills.toRun}</Link>}
          </p>
          {!OVER.has(task.status) && <p>{t.skills.working}</p>}
          {task.error && <p role="alert">{task.error.message}</p>}
          {task.result !== null &&
            (hasFindings(task.result) ? (
              <FindingsView result={task.result} />
            ) : (
              <JsonView value={task.result} label={t.skills.output} />
            ))}
        </div>
      )}
    </Card>
  )
}
