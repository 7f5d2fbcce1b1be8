import { Button } from '@mantine/core'
import { useState } from 'react'
import type { CustomerFilter } from '../../api/schema.ts'
import { useList } from '../../api/use-list.ts'
import { useSoon } from '../../api/use-soon.ts'
import { useStream } from '../../api/use-stream.ts'
import { Card, Stack } from '../../components/card.tsx'
import { Empty, LinkButton, Nothing } from '../../components/empty.tsx'
import { Factors } from '../../components/factors.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar, Search } from '../../components/filter-bar.tsx'
import { Page } from '../../components/page.tsx'
import { Narrowed, usePeriod } from '../../components/period.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { Score } from '../../components/score.tsx'
import { Status, type Tone } from '../../components/status.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link, useParameter } from '../../router.tsx'
import { SendingProblem } from '../../components/sending.tsx'
import { useChange } from '../../components/use-change.ts'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { ChangeCustomer } from './change-customer.tsx'
import { ANY_CUSTOMER_UPDATED, COMPUTE_HEALTH, type CustomerRow, CUSTOMERS } from './customer-operations.ts'
import styles from './customers.module.css'

/** At risk below 70, thriving above 75: what playbooks act on. */
const HEALTH = { risk: { healthMax: 69 }, thriving: { healthMin: 76 } } as const
const TONES: Record<CustomerRow['status'], Tone> = { ONBOARDING: 'live', ACTIVE: 'good', CHURNED: 'quiet' }

export function CustomersPage() {
  const { t, format } = useLanguage()
  const [health, setHealth] = useParameter('health')
  const [search, setSearch] = useParameter('q')
  const [givenWho, setWho] = useParameter('who')
  const period = usePeriod()
  const who = Object.hasOwn(t.customers.narrowed, givenWho) ? (givenWho as keyof typeof t.customers.narrowed) : ''
  const [ready, setReady] = useState(false)
  const soon = useSoon()
  const mayOperate = useMayOperate()
  const band = health === 'risk' || health === 'thriving' ? HEALTH[health] : {}
  const customers = useList(
    CUSTOMERS,
    { filter: { ...band, ...whoFilter(who, period), ...(search && { search }) } },
    ready,
  )
  useStream(ANY_CUSTOMER_UPDATED, () => ({}), {
    onReady: setReady,
    onData: () => soon(() => customers.reload()),
    onResumed: () => customers.reload(),
  })
  const filtered = Boolean(health || search || who)
  return (
    <Page
      title={t.customers.title}
      subtitle={t.customers.subtitle}
      actions={customers.nodes.length > 0 && mayOperate && <ComputeHealth />}
    >
      <FilterBar>
        <Search label={t.customers.searchLabel} value={search} onChange={setSearch} />
        <Choice label={t.customers.health} values={t.customers.bands} value={health} onChange={setHealth} />
      </FilterBar>
      {who && (
        <Narrowed
          onClear={() => {
            setWho('')
            period.clear()
          }}
        >
          {t.customers.narrowed[who](
            period.from ? format.dateTime(period.from) : '…',
            period.to ? format.dateTime(period.to) : '…',
          )}
        </Narrowed>
      )}
      {customers.error && <Failure error={customers.error} onRetry={customers.reload} />}
      {!customers.data && !customers.error && <RowsSkeleton />}
      {customers.data && customers.nodes.length === 0 && filtered && (
        <Empty icon="search" title={t.customers.noMatchTitle} text={t.customers.noMatchText} />
      )}
      {customers.data && customers.nodes.length === 0 && !filtered && (
        <Empty icon="customers" title={t.customers.emptyTitle} text={t.customers.emptyText}>
          <LinkButton to="/deals" label={t.customers.emptyAction} variant="filled" />
        </Empty>
      )}
      {customers.nodes.length > 0 && (
        <>
          <Stack>
            {customers.nodes.map(customer => (
              <CustomerCard key={customer.id} customer={customer} />
            ))}
          </Stack>
          <MoreButton list={customers} />
        </>
      )}
    </Page>
  )
}

function ComputeHealth() {
  const { t } = useLanguage()
  const compute = useChange(COMPUTE_HEALTH)
  return (
    <>
      <SendingProblem problem={compute.problem} />
      {compute.answer && <span role="status">{t.customers.computing}</span>}
      <Button
        variant="default"
        loading={compute.sending}
        onClick={() => void compute.now({ module: 'onboarding', action: 'watch-health' })}
      >
        {t.customers.compute}
      </Button>
    </>
  )
}

/** Whom the links of the dashboard mean. */
function whoFilter(
  who: 'staying' | 'started' | 'churned' | '',
  { from, to }: { from: string; to: string },
): CustomerFilter {
  switch (who) {
    case 'staying':
      return { statuses: ['ONBOARDING', 'ACTIVE'] }
    case 'started':
      return { ...(from && { startedAfter: from }), ...(to && { startedBefore: to }) }
    case 'churned':
      return { ...(from && { churnedAfter: from }), ...(to && { churnedBefore: to }) }
    case '':
      return {}
    default:
      return who satisfies never
  }
}

function CustomerCard({ customer }: { customer: CustomerRow }) {
  const { t, format } = useLanguage()
  const mayOperate = useMayOperate()
  const [changing, setChanging] = useState(false)
  return (
    <Card title={customer.name} aside={<Score score={customer.health?.score ?? null} size="large" />}>
      <p className={styles.meta}>
        <Status tone={TONES[customer.status]} label={t.customers.statuses[customer.status]} />
        <Link to={`/leads/${encodeURIComponent(customer.lead.id)}`}>{customer.lead.name}</Link>
        <Link to={`/deals?q=${encodeURIComponent(customer.name)}`}>{t.customers.deals}</Link>
        {customer.plan && <span>{customer.plan}</span>}
        {customer.mrr && <span>{t.customers.monthly(format.money(customer.mrr))}</span>}
        <span>
          {t.customers.since} <Time at={customer.startedAt} />
        </span>
        {customer.lastHeardAt && (
          <span>
            {t.customers.heard} <Time at={customer.lastHeardAt} />
          </span>
        )}
      </p>
      {mayOperate && (
        <Button size="xs" variant="default" onClick={() => setChanging(true)}>
          {t.customers.change}
        </Button>
      )}
      {changing && <ChangeCustomer customer={customer} onClose={() => setChanging(false)} />}
      {customer.health ? (
        <details className={styles.why}>
          <summary>{t.customers.why}</summary>
          <Factors factors={customer.health.factors} />
        </details>
      ) : (
        <div className={styles.why}>
          <Nothing>{t.customers.unknown}</Nothing>
        </div>
      )}
    </Card>
  )
}
