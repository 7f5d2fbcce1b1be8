import { Button } from '@mantine/core'
import { useState } from 'react'
import type { Campaign, CampaignStatus } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { Card, Stack } from '../../components/card.tsx'
import { Empty, Nothing } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar } from '../../components/filter-bar.tsx'
import { Page } from '../../components/page.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { Status, type Tone } from '../../components/status.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useParameter } from '../../router.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { CampaignDialog, DayDialog } from './campaign-dialogs.tsx'
import { CAMPAIGNS, type Day } from './campaign-operations.ts'
import styles from './campaigns.module.css'

const TONES: Record<CampaignStatus, Tone> = { ACTIVE: 'good', PAUSED: 'wait', ENDED: 'quiet' }
const DAY_MS = 86_400_000
const PERIODS = ['7', '30', '90'] as const

export function CampaignsPage() {
  const { t } = useLanguage()
  const mayOperate = useMayOperate()
  const [status, setStatus] = useParameter('status')
  const [period, setPeriod] = useParameter('days')
  const [adding, setAdding] = useState(false)
  const [today] = useState(() => new Date())
  const days = PERIODS.find(one => one === period) ?? '30'
  const from = isoDay(new Date(today.getTime() - (Number(days) - 1) * DAY_MS))
  const loaded = useLoaded(CAMPAIGNS, { from, to: isoDay(today) })
  const campaigns = loaded.data?.campaigns ?? []
  const shown = campaigns.filter(campaign => !status || campaign.status === status)
  return (
    <Page
      title={t.campaigns.title}
      subtitle={t.campaigns.subtitle}
      actions={mayOperate && <Button onClick={() => setAdding(true)}>{t.campaigns.add}</Button>}
    >
      <FilterBar>
        <Choice
          label={t.campaigns.status}
          all={t.common.allFeminine}
          values={t.campaigns.statuses}
          value={status}
          onChange={setStatus}
        />
        <select
          className={styles.period}
          aria-label={t.campaigns.period}
          value={days}
          onChange={event => setPeriod(event.currentTarget.value === '30' ? '' : event.currentTarget.value)}
        >
          {PERIODS.map(one => (
            <option key={one} value={one}>
              {t.campaigns.days[one]}
            </option>
          ))}
        </select>
      </FilterBar>
      {loaded.error && <Failure error={loaded.error} onRetry={loaded.reload} />}
      {!loaded.data && !loaded.error && <RowsSkeleton />}
      {loaded.data && campaigns.length === 0 && (
        <Empty icon="campaigns" title={t.campaigns.emptyTitle} text={t.campaigns.emptyText}>
          {mayOperate && <Button onClick={() => setAdding(true)}>{t.campaigns.add}</Button>}
        </Empty>
      )}
      {campaigns.length > 0 && shown.length === 0 && (
        <Empty icon="search" title={t.campaigns.noMatchTitle} text={t.campaigns.noMatchText} />
      )}
      <Stack>
        {shown.map(campaign => (
          <CampaignCard
            key={campaign.id}
            campaign={campaign}
            days={loaded.data!.campaignDays.filter(day => day.campaignId === campaign.id)}
            today={isoDay(today)}
            onChanged={loaded.reload}
          />
        ))}
      </Stack>
      {adding && (
        <CampaignDialog
          onDone={() => {
            setAdding(false)
            loaded.reload()
          }}
          onClose={() => setAdding(false)}
        />
      )}
    </Page>
  )
}

/** The day where the person is. */
const isoDay = (at: Date) => new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 10)

function CampaignCard({
  campaign,
  days,
  today,
  onChanged,
}: {
  campaign: Campaign
  days: readonly Day[]
  today: string
  onChanged: () => void
}) {
  const { t, format } = useLanguage()
  const mayOperate = useMayOperate()
  const [open, setOpen] = useState<'change' | 'day'>()
  const sum = (field: 'impressions' | 'clicks' | 'leads' | 'spend') => days.reduce((all, day) => all + day[field], 0)
  const money = (amount: number) => format.minor(amount, campaign.currency)
  const leads = sum('leads')
  const facts: readonly (readonly [string, string])[] = [
    [t.campaigns.impressions, format.number(sum('impressions'))],
    [t.campaigns.clicks, format.number(sum('clicks'))],
    [t.campaigns.leads, format.number(leads)],
    [t.campaigns.spend, money(sum('spend'))],
    [t.campaigns.perLead, leads > 0 ? money(sum('spend') / leads) : t.common.none],
  ]
  const done = () => {
    setOpen(undefined)
    onChanged()
  }
  return (
    <Card
      title={campaign.name}
      note={campaign.channel}
      aside={<Status tone={TONES[campaign.status]} label={t.campaigns.statuses[campaign.status]} />}
    >
      {days.length === 0 ? (
        <Nothing>{t.campaigns.noFigures}</Nothing>
      ) : (
        <dl className={styles.facts}>
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {mayOperate && (
        <div className={styles.actions}>
          <Button size="xs" variant="default" onClick={() => setOpen('day')}>
            {t.campaigns.enter}
          </Button>
          <Button size="xs" variant="subtle" onClick={() => setOpen('change')}>
            {t.campaigns.change}
          </Button>
        </div>
      )}
      {open === 'change' && <CampaignDialog campaign={campaign} onDone={done} onClose={() => setOpen(undefined)} />}
      {open === 'day' && (
        <DayDialog campaign={campaign} days={days} today={today} onDone={done} onClose={() => setOpen(undefined)} />
      )}
    </Card>
  )
}
