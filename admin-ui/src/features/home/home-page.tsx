import { useState } from 'react'
import { useLoaded } from '../../api/use-loaded.ts'
import { useSoon } from '../../api/use-soon.ts'
import { useStream } from '../../api/use-stream.ts'
import { Card, Stack } from '../../components/card.tsx'
import { Nothing } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Page } from '../../components/page.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { Score } from '../../components/score.tsx'
import { LeadStatusBadge, RunStatusBadge } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { ANY_RUN_UPDATED } from '../runs/run-operations.ts'
import { useSession } from '../sign-in/session.tsx'
import { FirstSteps } from './first-steps.tsx'
import { FIGURES_UPDATED, HOME, progressOf, type HomeData, type HomeFigures } from './home-operations.ts'
import styles from './home.module.css'

export function HomePage() {
  const { t } = useLanguage()
  const { viewer, workspace } = useSession()
  const soon = useSoon()
  const [ready, setReady] = useState(false)
  const home = useLoaded(HOME, {}, ready)
  useStream(ANY_RUN_UPDATED, () => ({}), {
    // Runs touch everything shown here; one load after a burst is enough.
    onReady: setReady,
    onData: () => soon(() => home.reload()),
    onResumed: () => home.reload(),
  })
  const [figures, setFigures] = useState<HomeFigures>()
  useStream(FIGURES_UPDATED, () => ({}), {
    onData: ({ figuresUpdated }) => {
      setFigures(figuresUpdated.figures)
      soon(() => home.reload()) // something happened to a lead: the sample may be gone
    },
  })
  const { data } = home
  return (
    <Page title={t.home.hello(viewer.name.split(' ')[0] ?? viewer.name)} subtitle={t.home.subtitle(workspace.name)}>
      {home.error && <Failure error={home.error} onRetry={home.reload} />}
      {!data && !home.error && (
        <Card>
          <TextSkeleton lines={8} />
        </Card>
      )}
      {data && (
        <Stack>
          <FirstSteps progress={progressOf(data)} onChanged={home.reload} />
          <Figures figures={figures} />
          <div className={styles.recent}>
            <RecentRuns data={data} />
            <RecentLeads data={data} />
          </div>
        </Stack>
      )}
    </Page>
  )
}

function Figures({ figures }: { figures: HomeFigures | undefined }) {
  const { t, format } = useLanguage()
  const runs = figures && figures.runsCompleted + figures.runsFailed + figures.runsOpen
  const shown = [
    { name: t.home.figures.leads, to: '/leads', count: figures?.leadsProcessed },
    { name: t.home.figures.runs, to: '/runs', count: runs },
    { name: t.home.figures.messages, to: '/mailbox', count: figures?.messagesSent },
    { name: t.home.figures.meetings, to: '/meetings', count: figures?.meetingsScheduled },
  ]
  return (
    <section aria-label={t.home.figures.period}>
      <ul className={styles.figures}>
        {shown.map(({ name, to, count }) => (
          <li key={to}>
            <Link to={to}>
              <strong>{count === undefined ? '–' : format.number(count)}</strong>
              <span>{name}</span>
            </Link>
          </li>
        ))}
      </ul>
      <p className={styles.period}>{t.home.figures.period}</p>
    </section>
  )
}

function RecentRuns({ data }: { data: HomeData }) {
  const { t } = useLanguage()
  return (
    <Card title={t.home.recentRuns} flush aside={<Link to="/runs">{t.home.seeAll}</Link>}>
      {data.runs.edges.length === 0 && (
        <div className={styles.pad}>
          <Nothing>{t.runs.emptyText}</Nothing>
        </div>
      )}
      <ul>
        {data.runs.edges.map(({ node: run }) => (
          <li key={run.id}>
            <Link to={`/runs/${encodeURIComponent(run.id)}`} className={styles.line}>
              <span>
                <strong>{run.lead?.name ?? t.runs.withoutLead}</strong>
                <span>
                  {run.playbook.name} · <Time at={run.createdAt} />
                </span>
              </span>
              <RunStatusBadge status={run.status} />
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function RecentLeads({ data }: { data: HomeData }) {
  const { t } = useLanguage()
  return (
    <Card title={t.home.recentLeads} flush aside={<Link to="/leads">{t.home.seeAll}</Link>}>
      {data.leads.edges.length === 0 && (
        <div className={styles.pad}>
          <Nothing>{t.leads.emptyText}</Nothing>
        </div>
      )}
      <ul>
        {data.leads.edges.map(({ node: lead }) => (
          <li key={lead.id}>
            <Link to={`/leads/${encodeURIComponent(lead.id)}`} className={styles.line}>
              <span>
                <strong>{lead.name}</strong>
                <span>{[lead.jobTitle, lead.company].filter(Boolean).join(' · ') || lead.email}</span>
              </span>
              <Score score={lead.score} />
              <span className={styles.wide}>
                <LeadStatusBadge status={lead.status} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  )
}
