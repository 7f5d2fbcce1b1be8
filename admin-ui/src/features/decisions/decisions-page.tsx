import { useState } from 'react'
import type { DecisionFilter, DecisionReach } from '../../api/schema.ts'
import { useList } from '../../api/use-list.ts'
import { useStream } from '../../api/use-stream.ts'
import { Card, Stack } from '../../components/card.tsx'
import { Empty, LinkButton } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar } from '../../components/filter-bar.tsx'
import { Page } from '../../components/page.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link, useParameter } from '../../router.tsx'
import { DecisionCard } from './decision-card.tsx'
import { DECISION_UPDATED, DECISIONS } from './decision-operations.ts'
import styles from './decisions.module.css'

/** What people are asked, what was decided and why, as it changes. */
export function DecisionsPage() {
  const { t, locale } = useLanguage()
  const [which, setWhich] = useParameter('which')
  const [term, setTerm] = useParameter('term')
  const [ready, setReady] = useState(false)
  const filter: DecisionFilter = {
    ...(which === 'pending' && { statuses: ['PENDING'] }),
    ...(which === 'people' && { automatic: false, statuses: ['DECIDED'] }),
    ...(which === 'automatic' && { automatic: true }),
    ...(which === 'known' && { hasOutcome: true }),
    ...(Object.hasOwn(t.decisions.terms, term) && { types: [term as DecisionReach] }),
  }
  const decisions = useList(DECISIONS, { filter, locale }, ready)
  useStream(DECISION_UPDATED, () => ({}), {
    onReady: setReady,
    onData: () => decisions.reload(),
    onResumed: () => decisions.reload(),
  })
  return (
    <Page
      title={t.decisions.title}
      subtitle={t.decisions.subtitle}
      actions={
        <Link to="/decisions/models" className={styles.models}>
          {t.decisions.models}
        </Link>
      }
    >
      <FilterBar>
        <Choice
          label={t.decisions.which}
          all={t.common.allFeminine}
          values={t.decisions.filters}
          value={which}
          onChange={setWhich}
        />
        <Choice
          label={t.decisions.term}
          all={t.common.allFeminine}
          values={t.decisions.terms}
          value={term}
          onChange={setTerm}
        />
      </FilterBar>
      {decisions.error && <Failure error={decisions.error} onRetry={decisions.reload} />}
      {!decisions.data && !decisions.error && (
        <Card>
          <TextSkeleton lines={5} />
        </Card>
      )}
      {decisions.data &&
        decisions.nodes.length === 0 &&
        (which !== '' || term !== '' ? (
          <Empty icon="search" title={t.decisions.noMatchTitle} text={t.decisions.noMatchText} />
        ) : (
          <Empty icon="decisions" title={t.decisions.emptyTitle} text={t.decisions.emptyText}>
            <LinkButton to="/playbooks" label={t.decisions.emptyAction} />
          </Empty>
        ))}
      {decisions.nodes.length > 0 && (
        <Stack>
          {decisions.nodes.map(decision => (
            <DecisionCard key={decision.id} decision={decision} onDone={decisions.reload} />
          ))}
          <MoreButton list={decisions} />
        </Stack>
      )}
    </Page>
  )
}
