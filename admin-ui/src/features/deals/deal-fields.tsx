import { TextInput } from '@mantine/core'
import { useLanguage } from '../../i18n/messages.tsx'

/** What a deal is opened with and changed by: what is sold, and its value as people write amounts. */
export function DealFields({
  title,
  onTitle,
  amount,
  onAmount,
  label,
  description,
}: {
  title: string
  onTitle: (title: string) => void
  amount: string
  onAmount: (amount: string) => void
  /** Of the value. */
  label: string
  description: string
}) {
  const { t } = useLanguage()
  return (
    <>
      <TextInput
        required
        label={t.deals.what}
        value={title}
        maxLength={255}
        onChange={event => onTitle(event.currentTarget.value)}
      />
      <TextInput
        label={label}
        description={description}
        inputMode="decimal"
        value={amount}
        onChange={event => onAmount(event.currentTarget.value)}
      />
    </>
  )
}
