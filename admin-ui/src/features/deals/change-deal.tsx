import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { DealFields } from './deal-fields.tsx'
import { type DealRow, UPDATE_DEAL } from './deal-operations.ts'
import { plainAmount } from './plain-amount.ts'

/** What is being sold, what it is worth, and until when: proposals and the forecast go by it. */
export function ChangeDeal({ deal }: { deal: DealRow }) {
  const { t } = useLanguage()
  const [asking, setAsking] = useState(false)
  if (!useMayOperate()) return null
  return (
    <>
      <Button size="xs" variant="default" aria-label={t.deals.changeTitle(deal.title)} onClick={() => setAsking(true)}>
        {t.deals.change}
      </Button>
      {asking && <Asked deal={deal} onClose={() => setAsking(false)} />}
    </>
  )
}

function Asked({ deal, onClose }: { deal: DealRow; onClose: () => void }) {
  const { t, locale } = useLanguage()
  const [, update] = useMutation(UPDATE_DEAL)
  const [title, setTitle] = useState(deal.title)
  const [amount, setAmount] = useState(
    locale === 'pt-BR' ? (deal.value?.amount.replace('.', ',') ?? '') : (deal.value?.amount ?? ''),
  )
  const [closesOn, setClosesOn] = useState(deal.expectedCloseOn ?? '')
  const send = async () => {
    const value =
      amount.trim() === '' ? null : { amount: plainAmount(amount), currency: deal.value?.currency ?? ('BRL' as const) }
    const patch = { title, value, expectedCloseOn: closesOn || null }
    const { data, error } = await update({ input: { dealId: deal.id, patch } })
    return { error, answer: data?.dealUpdate }
  }
  return (
    <ConfirmDialog title={t.deals.changeTitle(deal.title)} confirm={t.deals.save} send={send} onClose={onClose}>
      <DealFields
        title={title}
        onTitle={setTitle}
        amount={amount}
        onAmount={setAmount}
        label={deal.value ? t.deals.valueIn(deal.value.currency) : t.deals.value}
        description={t.deals.valueUse}
      />
      <TextInput
        type="date"
        label={t.deals.closesOn}
        value={closesOn}
        onChange={event => setClosesOn(event.currentTarget.value)}
      />
    </ConfirmDialog>
  )
}
