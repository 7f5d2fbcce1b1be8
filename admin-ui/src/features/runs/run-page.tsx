import { useState } from 'react'
import { useLoaded } from '../../api/use-loaded.ts'
import { useStream } from '../../api/use-stream.ts'
import { Card, Columns } from '../../components/card.tsx'
import { Empty, LinkButton, Nothing } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { JsonView } from '../../components/json-view.tsx'
import { Page } from '../../components/page.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { Rows } from '../../components/rows.tsx'
import { RunStatusBadge } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { nodesOf } from '../../api/connection.ts'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { RunAsTest } from './run-as-test.tsx'
import { RunActions } from './run-actions.tsx'
import { RunDuration, RunLine } from './run-line.tsx'
import { RunJournal } from './run-journal.tsx'
import { RUN, RUN_UPDATED, type RunDetails } from './run-operations.ts'
import { RunProblem, RunStands } from './run-reason.tsx'
import { RunTimingCard } from './run-timing.tsx'
import { RunSteps } from './run-steps.tsx'
import styles from './run.module.css'

export function RunPage({ id }: { id: string }) {
  const { t } = useLanguage()
  const mayOperate = useMayOperate()
  const [ready, setReady] = useState(false)
  const loaded = useLoaded(RUN, { id }, ready)
  useStream(RUN_UPDATED, () => ({ id }), {
    key: id,
    onReady: setReady,
    onData: ({ runUpdated: { run } }) =>
      loaded.change(data =>
        isRun(data.node) && data.node.updatedAt > run.updatedAt ? data : { node: { __typename: 'Run', ...run } },
      ),
    onResumed: () => loaded.reload(),
  })
  const back = { to: '/runs', label: t.runs.title }
  const run = isRun(loaded.data?.node) ? loaded.data.node : undefined

  if (run) {
    return (
      <Page
        title={run.playbook.name}
        back={back}
        badge={<RunStatusBadge status={run.status} />}
        actions={
          <>
            {run.event && <RunAsTest runId={run.id} />}
            {mayOperate && <RunActions run={run} />}
          </>
        }
        subtitle={<RunSubject run={run} />}
      >
        <Columns
          main={<RunStory run={run} mayOperate={mayOperate} />}
          side={
            <>
              <RunTimingCard timing={run.timing} />
              <RunJournal id={run.id} steps={run.steps} />
            </>
          }
        />
      </Page>
    )
  }
  return (
    <Page title={loaded.data ? t.runs.notFoundTitle : t.runs.title} back={back}>
      {loaded.error && <Failure error={loaded.error} onRetry={loaded.reload} />}
      {loaded.data && !loaded.error && (
        <Empty icon="runs" title={t.runs.notFoundTitle} text={t.runs.notFoundText}>
          <LinkButton to="/runs" label={t.runs.title} />
        </Empty>
      )}
      {!loaded.data && !loaded.error && (
        <Card>
          <TextSkeleton lines={8} />
        </Card>
      )}
    </Page>
  )
}

function isRun(
  node: { readonly __typename: string } | null | undefined,
): node is { readonly __typename: 'Run' } & RunDetails {
  return node?.__typename === 'Run'
}

/** For whom, since when, by what: one line under the title. */
function RunSubject({ run }: { run: RunDetails }) {
  const { t, format } = useLanguage()
  return (
    <span className={styles.subject}>
      {run.lead && <Link to={`/leads/${encodeURIComponent(run.lead.id)}`}>{run.lead.name}</Link>}
      <span>
        <Time at={run.createdAt} as="dateTime" />
      </span>
      <span>
        <RunDuration run={run} />
      </span>
      {run.slaDueAt !== null && !run.slaBreached && run.finishedAt === null && (
        <span>{t.run.slaDue(format.dateTime(run.slaDueAt))}</span>
      )}
      {run.parent && (
        <span>
          {t.run.startedBy}{' '}
          <Link to={`/runs/${encodeURIComponent(run.parent.id)}`}>{t.run.parent(run.parent.playbook.name)}</Link>
        </span>
      )}
      {run.event && !run.parent && (
        <span>
          {t.run.startedBy} <code>{run.event.type}</code>
        </span>
      )}
      {run.origin && (
        <span>
          {t.run.replayOf} <RunLink run={run.origin} /> {t.run.replayFrom} <code>{run.originPath}</code>
        </span>
      )}
      {nodesOf(run.replays).length > 0 && (
        <span>
          {t.run.replayedIn}{' '}
          {nodesOf(run.replays).map((replay, index) => (
            <span key={replay.id}>
              {index > 0 && ', '}
              <RunLink run={replay} />
            </span>
          ))}
        </span>
      )}
      <Link to={`/playbooks/${encodeURIComponent(run.playbook.slug)}`}>{t.run.version(run.version.number)}</Link>
    </span>
  )
}

function RunLink({ run }: { run: Pick<RunDetails, 'id' | 'createdAt'> }) {
  return (
    <Link to={`/runs/${encodeURIComponent(run.id)}`}>
      <Time at={run.createdAt} as="dateTime" />
    </Link>
  )
}

function RunStory({ run, mayOperate }: { run: RunDetails; mayOperate: boolean }) {
  const { t, format } = useLanguage()
  return (
    <>
      {run.error && (
        <RunProblem
          error={run.error}
          slug={run.playbook.slug}
          step={run.steps.find(step => step.path === run.error!.path)?.kind}
        />
      )}
      {!run.error && run.reason && (
        <RunStands
          runId={run.id}
          reason={run.reason}
          steps={run.steps}
          isOver={run.finishedAt !== null}
          cancellation={run.cancellation}
        />
      )}
      {run.slaBreached && run.slaDueAt !== null && (
        <p className={styles.recovered}>
          <strong>{t.run.slaBreached}.</strong> {t.run.slaBreachedText(format.dateTime(run.slaDueAt), !run.finishedAt)}
        </p>
      )}
      {run.recoveries > 0 && (
        <p className={styles.recovered}>
          <strong>{t.run.recoveries(run.recoveries)}.</strong> {t.run.recoveriesText}
        </p>
      )}
      <Card title={t.run.steps} flush>
        {run.steps.length > 0 ? (
          <RunSteps run={run} operable={mayOperate} />
        ) : (
          <div className={styles.pad}>
            <Nothing>{t.run.stepsEmpty}</Nothing>
          </div>
        )}
      </Card>
      {run.inputs !== null && <JsonView value={run.inputs} label={t.run.inputs} />}
      {run.children.length > 0 && (
        <section className={styles.children}>
          <h2>{t.run.children}</h2>
          <Rows
            columns="minmax(0,1.6fr) minmax(0,1.4fr) 120px 90px"
            label={t.run.children}
            heads={Object.values(t.runs.columns)}
          >
            {run.children.map(child => (
              <RunLine key={child.id} run={child} />
            ))}
          </Rows>
        </section>
      )}
      {run.output !== null && <JsonView value={run.output} label={t.run.result} />}
    </>
  )
}
