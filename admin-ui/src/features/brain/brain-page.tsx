import { Button } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import type { BrainStatus, Module, ScoreFactor } from '../../api/schema.ts'
import { Card, Columns } from '../../components/card.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Nothing } from '../../components/empty.tsx'
import { explain, Failure, refusalText } from '../../components/failure.tsx'
import { Factors } from '../../components/factors.tsx'
import { Page } from '../../components/page.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { ModuleStatusBadge, Status } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import type { Messages } from '../../i18n/pt-BR.ts'
import { Link } from '../../router.tsx'
import { BRAIN_START, BRAIN_STOP, useBrain } from './brain-status.tsx'
import { InboxCard } from './inbox-card.tsx'
import { IncidentsCard } from './incidents-card.tsx'
import { ModuleMode } from './module-mode.tsx'
import { ScalingCard } from './scaling-card.tsx'
import { NextStepsCard } from './next-steps-card.tsx'
import { TasksCard } from './tasks-card.tsx'
import { moduleName } from './module-name.ts'
import styles from './brain.module.css'

export function BrainPage() {
  const { t } = useLanguage()
  const { data, error, reload } = useBrain()
  const brain = data?.brain
  return (
    <Page
      title={t.brain.title}
      subtitle={t.brain.subtitle}
      badge={
        brain && (
          <Status tone={brain.running ? 'live' : 'quiet'} label={brain.running ? t.brain.running : t.brain.stopped} />
        )
      }
      actions={brain && <Switch running={brain.running} />}
    >
      {error && !brain && <Failure error={error} onRetry={reload} />}
      {!error && !brain && <RowsSkeleton />}
      {brain && (
        <Columns
          main={
            <>
              <InboxCard />
              <NextStepsCard />
              <Modules modules={brain.modules} />
              <TasksCard modules={brain.modules} />
            </>
          }
          side={
            <>
              <Health brain={brain} />
              <IncidentsCard />
              <ScalingCard scaling={brain.scaling} />
            </>
          }
        />
      )}
    </Page>
  )
}

function Health({ brain }: { brain: BrainStatus }) {
  const { t } = useLanguage()
  return (
    <>
      <Card title={t.brain.health}>
        <div className={styles.health}>
          <Gauge score={brain.healthScore} />
          <dl>
            <dt>{t.brain.queue}</dt>
            <dd>{brain.queueSize}</dd>
          </dl>
          {brain.leader && <small className={styles.leader}>{t.brain.leader(brain.leader.process)}</small>}
        </div>
      </Card>
      <Card title={t.brain.factors}>
        {brain.healthFactors.length > 0 ? (
          <Factors factors={brain.healthFactors.map(factor => translated(factor, t))} />
        ) : (
          <Nothing>{t.brain.noFactors}</Nothing>
        )}
      </Card>
    </>
  )
}

/** The engine names what takes points away; its names have words here. */
function translated(factor: ScoreFactor, t: Messages): ScoreFactor {
  const { name } = factor
  if (!isKnownFactor(name, t)) return factor
  return { ...factor, name: t.brain.factorNames[name], reason: t.brain.factorReasons[name] }
}

function isKnownFactor(name: string, t: Messages): name is keyof Messages['brain']['factorNames'] {
  return name in t.brain.factorNames
}

const RADIUS = 42
const ROUND = 2 * Math.PI * RADIUS

function Gauge({ score }: { score: number }) {
  const { t } = useLanguage()
  return (
    <div className={styles.gauge} role="img" aria-label={t.brain.healthOf(score)}>
      <svg viewBox="0 0 100 100" aria-hidden="true">
        <circle cx="50" cy="50" r={RADIUS} className={styles.ring} />
        <circle
          cx="50"
          cy="50"
          r={RADIUS}
          className={styles.filled}
          data-low={score < 80}
          strokeDasharray={`${(score / 100) * ROUND} ${ROUND}`}
        />
      </svg>
      <strong aria-hidden="true">{score}</strong>
    </div>
  )
}

function Modules({ modules }: { modules: readonly Module[] }) {
  const { t, format } = useLanguage()
  return (
    <Card title={t.brain.modules} flush>
      <ul className={styles.modules}>
        {modules.map(module => (
          <li key={module.key} data-manual={module.manual}>
            <span className={styles.module}>
              <Link to={`/brain/modules/${module.key}`}>
                <strong>{moduleName(module.key, t)}</strong>
              </Link>
              <code>{module.key}</code>
              {module.feeds.length > 0 && (
                <small>{t.brain.feeds(module.feeds.map(key => moduleName(key, t)).join(', '))}</small>
              )}
              {module.manualReason && <small data-manual="true">{module.manualReason}</small>}
            </span>
            <ModuleStatusBadge status={module.status} />
            <span className={styles.figure}>
              <span>{t.brain.queue}</span> {module.queueSize}
            </span>
            <span className={styles.figure} data-bad={module.errorRate > 0.05}>
              <span>{t.brain.errorRate}</span> {format.percent(module.errorRate)}
            </span>
            <span className={styles.figure}>
              {module.lastExecutedAt ? <Time at={module.lastExecutedAt} /> : t.brain.never}
            </span>
            <span className={styles.figure}>
              <span>{t.brain.health}</span> {module.healthScore}
            </span>
            <span className={styles.mode}>
              <ModuleMode module={module} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

/** Starting is harmless; stopping asks first and says what will happen. */
function Switch({ running }: { running: boolean }) {
  const { t } = useLanguage()
  const { change } = useBrain()
  const [asking, setAsking] = useState(false)
  const [problem, setProblem] = useState<string>()
  const [starting, start] = useMutation(BRAIN_START)
  const [stopping, stop] = useMutation(BRAIN_STOP)

  const execute = async (order: typeof start) => {
    setProblem(undefined)
    const { data, error } = await order({})
    const status = data?.payload.status
    if (status) change(() => ({ brain: status }))
    const [refused] = data?.payload.userErrors ?? []
    const text = (refused && refusalText(refused, t)) ?? (error && explain(error, t).text)
    if (text) setProblem(text)
    else setAsking(false)
  }

  return (
    <>
      {problem && !asking && <span role="alert">{problem}</span>}
      {running ? (
        <Button variant="default" onClick={() => setAsking(true)}>
          {t.brain.stop}
        </Button>
      ) : (
        <Button loading={starting.fetching} onClick={() => void execute(start)}>
          {t.brain.start}
        </Button>
      )}
      {asking && (
        <Dialog title={t.brain.stopTitle} onClose={() => setAsking(false)}>
          <p>{t.brain.stopText}</p>
          {problem && <p role="alert">{problem}</p>}
          <div className={styles.answers}>
            <Button variant="default" onClick={() => setAsking(false)}>
              {t.common.cancel}
            </Button>
            <Button color="red" loading={stopping.fetching} onClick={() => void execute(stop)}>
              {t.brain.stop}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  )
}
