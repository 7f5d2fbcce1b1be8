import { Button } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useMutation } from 'urql'
import { useList } from '../../api/use-list.ts'
import { useSoon } from '../../api/use-soon.ts'
import { Card } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Nothing } from '../../components/empty.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { DealCard } from './deal-card.tsx'
import { DealFields } from './deal-fields.tsx'
import { DEALS, OPEN_DEAL } from './deal-operations.ts'
import styles from './deals.module.css'
import { plainAmount } from './plain-amount.ts'

/** The deals with one lead, on the page of that lead; asked for again with each news of it. */
export function LeadDeals({
  lead,
}: {
  lead: { readonly id: string; readonly name: string; readonly company: string | null }
}) {
  const { t } = useLanguage()
  const [opening, setOpening] = useState(false)
  const deals = useList(DEALS, { filter: { leadId: lead.id } })
  const { reload } = deals
  const soon = useSoon()
  const shown = useRef(lead)
  useEffect(() => {
    if (shown.current !== lead) soon(reload)
    shown.current = lead
  }, [lead, soon, reload])
  return (
    <Card
      title={t.deals.title}
      aside={
        <Button size="xs" variant="default" onClick={() => setOpening(true)}>
          {t.deals.open}
        </Button>
      }
    >
      {deals.nodes.length === 0 && <Nothing>{t.deals.leadEmpty}</Nothing>}
      <ul className={styles.list}>
        {deals.nodes.map(deal => (
          <li key={deal.id}>
            <DealCard deal={deal} named={false} />
          </li>
        ))}
      </ul>
      {opening && <OpenDeal lead={lead} onClose={() => setOpening(false)} />}
    </Card>
  )
}

function OpenDeal({
  lead,
  onClose,
}: {
  lead: { readonly id: string; readonly name: string; readonly company: string | null }
  onClose: () => void
}) {
  const { t } = useLanguage()
  const [, open] = useMutation(OPEN_DEAL)
  const [title, setTitle] = useState(lead.company ?? lead.name)
  const [amount, setAmount] = useState('')
  // One dialog, one deal: sending it again after a lost answer opens no second one
  const [idempotencyKey] = useState(() => crypto.randomUUID())
  const send = async () => {
    const value = amount.trim() === '' ? {} : { value: { amount: plainAmount(amount), currency: 'BRL' as const } }
    const { data, error } = await open({ input: { leadId: lead.id, title, idempotencyKey, ...value } })
    return { error, answer: data?.dealOpen }
  }
  return (
    <ConfirmDialog title={t.deals.openTitle(lead.name)} confirm={t.deals.open} send={send} onClose={onClose}>
      <DealFields
        title={title}
        onTitle={setTitle}
        amount={amount}
        onAmount={setAmount}
        label={t.deals.value}
        description={t.deals.valueHelp}
      />
    </ConfirmDialog>
  )
}
