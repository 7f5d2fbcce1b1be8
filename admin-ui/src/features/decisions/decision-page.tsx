import { useState } from 'react'
import { useLoaded } from '../../api/use-loaded.ts'
import { useStream } from '../../api/use-stream.ts'
import { Card } from '../../components/card.tsx'
import { Empty, LinkButton } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Page } from '../../components/page.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { DecisionCard } from './decision-card.tsx'
import { DECISION, DECISION_UPDATED } from './decision-operations.ts'

/** One decision, with its seven steps. */
export function DecisionPage({ id }: { id: string }) {
  const { t, locale } = useLanguage()
  const [ready, setReady] = useState(false)
  const loaded = useLoaded(DECISION, { id, locale }, ready)
  useStream(DECISION_UPDATED, () => ({}), {
    onReady: setReady,
    onData: ({ decisionUpdated: { decision } }) => decision.id === id && loaded.reload(),
    onResumed: () => loaded.reload(),
  })
  const decision = loaded.data?.decision
  return (
    <Page title={t.decisions.one} back={{ to: '/decisions', label: t.decisions.title }}>
      {loaded.error && <Failure error={loaded.error} onRetry={loaded.reload} />}
      {!loaded.data && !loaded.error && (
        <Card>
          <TextSkeleton lines={7} />
        </Card>
      )}
      {loaded.data && !decision && (
        <Empty icon="search" title={t.decisions.noMatchTitle} text={t.decisions.goneText}>
          <LinkButton to="/decisions" label={t.decisions.title} />
        </Empty>
      )}
      {decision && <DecisionCard key={id} decision={decision} onDone={loaded.reload} open />}
    </Page>
  )
}
