import { useEffect, useState } from 'react'
import { nodesOf, withNode } from '../../api/connection.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { useStream } from '../../api/use-stream.ts'
import { Card, Columns } from '../../components/card.tsx'
import { Empty, LinkButton, Nothing } from '../../components/empty.tsx'
import { Factors } from '../../components/factors.tsx'
import { Failure } from '../../components/failure.tsx'
import { Page } from '../../components/page.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { Score } from '../../components/score.tsx'
import { LeadStatusBadge } from '../../components/status.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { navigate } from '../../router.tsx'
import { StartCall } from '../calls/start-call.tsx'
import { LeadDeals } from '../deals/lead-deals.tsx'
import { ANY_RUN_UPDATED } from '../runs/run-operations.ts'
import { LeadDuplicates } from './lead-duplicates.tsx'
import { LeadFacts } from './lead-facts.tsx'
import { LEAD, LEAD_UPDATED, type LeadDetails } from './lead-operations.ts'
import { LeadMeetings, LeadMessages, LeadRuns } from './lead-related.tsx'
import { LeadTimeline } from './lead-timeline.tsx'
import styles from './lead.module.css'

export function LeadPage({ id }: { id: string }) {
  const { t } = useLanguage()
  const [ready, setReady] = useState(false)
  const loaded = useLoaded(LEAD, { id }, ready)
  useStream(LEAD_UPDATED, () => ({ id }), {
    key: id,
    onReady: setReady,
    onData: ({ leadUpdated: { lead } }) => loaded.change(() => ({ node: { __typename: 'Lead', ...lead } })),
    onResumed: () => loaded.reload(),
  })
  useStream(ANY_RUN_UPDATED, () => ({}), {
    onData: ({ runUpdated: { run } }) =>
      run.lead?.id === id &&
      loaded.change(data =>
        isLead(data.node) ? { node: { ...data.node, runs: withNode(data.node.runs, run) } } : data,
      ),
  })
  const back = { to: '/leads', label: t.leads.title }
  const lead = isLead(loaded.data?.node) ? loaded.data.node : undefined
  const into = lead && lead.id !== id ? lead.id : undefined // this one was merged
  useEffect(() => {
    if (into !== undefined) navigate(`/leads/${encodeURIComponent(into)}`, { replace: true })
  }, [into])

  if (lead) {
    const role = [lead.jobTitle, lead.company].filter(Boolean).join(' · ')
    return (
      <Page
        title={lead.name}
        subtitle={role || lead.email}
        back={back}
        badge={<LeadStatusBadge status={lead.status} />}
        actions={<StartCall of={{ leadId: lead.id }} />}
      >
        <Columns
          main={<LeadStory lead={lead} />}
          side={
            <>
              <LeadDuplicates lead={lead} onMerged={loaded.reload} />
              <LeadFacts lead={lead} />
            </>
          }
        />
      </Page>
    )
  }
  return (
    <Page title={loaded.data ? t.leads.notFoundTitle : t.leads.title} back={back}>
      {loaded.error && <Failure error={loaded.error} onRetry={loaded.reload} />}
      {loaded.data && !loaded.error && (
        <Empty icon="leads" title={t.leads.notFoundTitle} text={t.leads.notFoundText}>
          <LinkButton to="/leads" label={t.leads.title} />
        </Empty>
      )}
      {!loaded.data && !loaded.error && (
        <Columns
          main={
            <Card>
              <TextSkeleton lines={7} />
            </Card>
          }
          side={
            <Card>
              <TextSkeleton lines={5} />
            </Card>
          }
        />
      )}
    </Page>
  )
}

function isLead(
  node: { readonly __typename: string } | null | undefined,
): node is { readonly __typename: 'Lead' } & LeadDetails {
  return node?.__typename === 'Lead'
}

function LeadStory({ lead }: { lead: LeadDetails }) {
  const { t } = useLanguage()
  return (
    <>
      <Card
        title={t.lead.score}
        note={lead.scoreFactors.length > 0 ? t.lead.scoreWhy : undefined}
        aside={<Score score={lead.score} size="large" />}
      >
        <div className={styles.score}>
          {lead.scoreFactors.length > 0 ? (
            <Factors factors={lead.scoreFactors} />
          ) : (
            <Nothing>{t.lead.scoreEmpty}</Nothing>
          )}
        </div>
      </Card>
      <LeadDeals lead={lead} />
      <LeadMeetings meetings={nodesOf(lead.meetings)} />
      <LeadMessages lead={lead} messages={nodesOf(lead.messages)} />
      <Card title={t.lead.timeline}>
        <LeadTimeline activities={nodesOf(lead.activities)} />
      </Card>
      <LeadRuns runs={nodesOf(lead.runs)} />
    </>
  )
}
