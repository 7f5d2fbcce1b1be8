import { TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Campaign, CampaignStatus } from '../../api/schema.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { plainAmount } from '../deals/plain-amount.ts'
import { type Day, PUT_CAMPAIGN, PUT_DAY } from './campaign-operations.ts'
import styles from './campaigns.module.css'

/** A new campaign, or the one given changed: its name says which it is, so that stays. */
export function CampaignDialog({
  campaign,
  onDone,
  onClose,
}: {
  campaign?: Campaign
  onDone: () => void
  onClose: () => void
}) {
  const { t } = useLanguage()
  const put = useChange(PUT_CAMPAIGN)
  const [name, setName] = useState(campaign?.name ?? '')
  const [channel, setChannel] = useState(campaign?.channel ?? '')
  const [currency, setCurrency] = useState(campaign?.currency ?? 'BRL')
  const [status, setStatus] = useState<CampaignStatus>(campaign?.status ?? 'ACTIVE')
  return (
    <ConfirmDialog
      title={campaign ? t.campaigns.changeTitle(campaign.name) : t.campaigns.add}
      confirm={t.campaigns.save}
      send={() => put.apply({ name, channel, status, currency: currency.toUpperCase() })}
      onDone={onDone}
      onClose={onClose}
    >
      {!campaign && (
        <TextInput
          required
          label={t.campaigns.name}
          description={t.campaigns.nameHelp}
          value={name}
          maxLength={200}
          onChange={event => setName(event.currentTarget.value)}
        />
      )}
      <TextInput
        required
        label={t.campaigns.channel}
        description={t.campaigns.channelHelp}
        value={channel}
        maxLength={50}
        onChange={event => setChannel(event.currentTarget.value)}
      />
      <TextInput
        required
        label={t.campaigns.currency}
        value={currency}
        maxLength={3}
        onChange={event => setCurrency(event.currentTarget.value)}
      />
      <label className={styles.field}>
        {t.campaigns.status}
        <select value={status} onChange={event => setStatus(event.currentTarget.value as CampaignStatus)}>
          {Object.entries(t.campaigns.statuses).map(([key, text]) => (
            <option key={key} value={key}>
              {text}
            </option>
          ))}
        </select>
      </label>
    </ConfirmDialog>
  )
}

const COUNTS = ['impressions', 'clicks', 'leads'] as const

export function DayDialog({
  campaign,
  days,
  today,
  onDone,
  onClose,
}: {
  campaign: Campaign
  /** What is known of days, to begin from. */
  days: readonly Day[]
  today: string
  onDone: () => void
  onClose: () => void
}) {
  const { t } = useLanguage()
  const put = useChange(PUT_DAY)
  const unit = 10 ** fractionDigits(campaign.currency)
  const known = (day: string) => {
    const found = days.find(one => one.day === day)
    return {
      impressions: String(found?.impressions ?? ''),
      clicks: String(found?.clicks ?? ''),
      leads: String(found?.leads ?? ''),
      spend: found ? String(found.spend / unit) : '',
    }
  }
  const [day, setDay] = useState(today)
  const [figures, setFigures] = useState(() => known(today))
  const send = () =>
    put.apply({
      campaignId: campaign.id,
      day,
      impressions: Number(figures.impressions),
      clicks: Number(figures.clicks),
      leads: Number(figures.leads),
      spend: Math.round(Number(plainAmount(figures.spend)) * unit),
    })
  const set = (field: keyof typeof figures, value: string) => setFigures(now => ({ ...now, [field]: value }))
  return (
    <ConfirmDialog
      title={t.campaigns.enterTitle(campaign.name)}
      confirm={t.campaigns.save}
      send={send}
      onDone={onDone}
      onClose={onClose}
    >
      <p>{t.campaigns.enterText}</p>
      <TextInput
        required
        type="date"
        label={t.campaigns.day}
        value={day}
        max={today}
        onChange={event => {
          setDay(event.currentTarget.value)
          setFigures(known(event.currentTarget.value))
        }}
      />
      {COUNTS.map(field => (
        <TextInput
          key={field}
          required
          inputMode="numeric"
          pattern="\d{1,10}"
          label={t.campaigns[field]}
          value={figures[field]}
          onChange={event => set(field, event.currentTarget.value)}
        />
      ))}
      <TextInput
        required
        inputMode="decimal"
        pattern="(R\$ ?)?\d[\d.]*(,\d{1,2})?"
        label={t.campaigns.spend}
        description={t.campaigns.spendHelp(campaign.currency)}
        value={figures.spend}
        onChange={event => set('spend', event.currentTarget.value)}
      />
    </ConfirmDialog>
  )
}

const fractionDigits = (currency: string) =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
