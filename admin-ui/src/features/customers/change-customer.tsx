import { TextInput } from '@mantine/core'
import { useState } from 'react'
import type { CustomerStatus } from '../../api/schema.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { CHANGE_CUSTOMER, type CustomerRow } from './customer-operations.ts'
import styles from './customers.module.css'

/** What health is made of, as far as a person knows it without a product that tells. */
const FACTS = ['activeUsers', 'seats', 'openTickets', 'overdueDays', 'nps'] as const

/** Says where a customer stands and what is known of how they are doing. What is left empty stays as it is. */
export function ChangeCustomer({ customer, onClose }: { customer: CustomerRow; onClose: () => void }) {
  const { t } = useLanguage()
  const change = useChange(CHANGE_CUSTOMER)
  const [status, setStatus] = useState<CustomerStatus>(customer.status)
  const known = (customer.facts ?? {}) as Record<string, unknown>
  const [facts, setFacts] = useState(() =>
    Object.fromEntries(FACTS.map(name => [name, typeof known[name] === 'number' ? String(known[name]) : ''])),
  )
  return (
    <ConfirmDialog
      title={t.customers.changeTitle(customer.name)}
      confirm={t.customers.save}
      send={() =>
        change.apply({
          customerId: customer.id,
          patch: {
            status,
            facts: Object.fromEntries(
              Object.entries(facts).flatMap(([name, text]) => (text.trim() === '' ? [] : [[name, Number(text)]])),
            ),
          },
        })
      }
      onClose={onClose}
    >
      <p>{t.customers.changeText}</p>
      <label className={styles.field}>
        {t.customers.status}
        <select value={status} onChange={event => setStatus(event.currentTarget.value as CustomerStatus)}>
          {(Object.entries(t.customers.statuses) as [CustomerStatus, string][]).map(([key, name]) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {FACTS.map(name => (
        <TextInput
          key={name}
          type="number"
          min={0}
          label={t.customers.facts[name]}
          value={facts[name] ?? ''}
          onChange={event => {
            const { value } = event.currentTarget
            setFacts(before => ({ ...before, [name]: value }))
          }}
        />
      ))}
    </ConfirmDialog>
  )
}
