import { Button, Textarea, TextInput } from '@mantine/core'
import type { CurrencyCode, ProposalTextInput, UserError } from '../../api/schema.ts'
import { Card } from '../../components/card.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { plainAmount } from '../deals/plain-amount.ts'
import type { ProposalDetails } from './proposal-operations.ts'
import styles from './proposals.module.css'

/** What is being typed; prices as people write them. */
export interface Typed {
  readonly title: string
  readonly introduction: string
  readonly items: readonly { readonly description: string; readonly quantity: string; readonly unitPrice: string }[]
  readonly currency: CurrencyCode
  readonly validUntil: string
  readonly terms: string
}

export const EMPTY_TEXT: Typed = {
  title: '',
  introduction: '',
  items: [{ description: '', quantity: '1', unitPrice: '' }],
  currency: 'BRL',
  validUntil: '',
  terms: '',
}

export function typedOf(proposal: ProposalDetails, locale: string): Typed {
  const written = (amount: string) => (locale === 'pt-BR' ? amount.replace('.', ',') : amount)
  return {
    title: proposal.title,
    introduction: proposal.introduction ?? '',
    items: proposal.items.map(({ description, quantity, unitPrice }) => ({
      description,
      quantity: String(quantity),
      unitPrice: written(unitPrice),
    })),
    currency: proposal.currency as CurrencyCode,
    validUntil: proposal.validUntil ?? '',
    terms: proposal.terms ?? '',
  }
}

/** As the host takes it. What cannot be read goes as 0 pieces or as it is: the host says what is wrong with it. */
export const textOf = (typed: Typed): ProposalTextInput => ({
  ...typed,
  validUntil: typed.validUntil || null,
  items: typed.items.map(({ description, quantity, unitPrice }) => ({
    description,
    quantity: /^\d{1,6}$/.test(quantity.trim()) ? Number(quantity) : 0,
    unitPrice: plainAmount(unitPrice),
  })),
})

export function ProposalForm({
  typed,
  change,
  errors,
}: {
  typed: Typed
  change: (patch: Partial<Typed>) => void
  errors: readonly UserError[]
}) {
  const { t, format } = useLanguage()
  const wrong = (path: string) => errors.some(({ field }) => field?.slice(2).join('.') === path)
  const problem = (path: string) =>
    wrong(path) ? (t.proposals.problems[path.split('.').at(-1)!] ?? t.proposals.problems['other']) : undefined
  const put = (index: number, patch: Partial<Typed['items'][number]>) =>
    change({ items: typed.items.map((item, at) => (at === index ? { ...item, ...patch } : item)) })
  const cents = typed.items.map(({ quantity, unitPrice }) => {
    const amount = plainAmount(unitPrice)
    return /^\d{1,12}(\.\d{1,2})?$/.test(amount) && /^\d{1,6}$/.test(quantity)
      ? Math.round(Number(amount) * 100) * Number(quantity)
      : NaN
  })
  const total = cents.reduce((sum, one) => sum + one, 0)
  const money = (value: number) =>
    Number.isFinite(value)
      ? format.money({ amount: (value / 100).toFixed(2), currency: typed.currency })
      : t.common.none

  return (
    <>
      <Card title={t.proposals.parts.what}>
        <div className={styles.form}>
          <TextInput
            label={t.proposals.texts.title}
            value={typed.title}
            maxLength={255}
            error={problem('title')}
            onChange={event => change({ title: event.currentTarget.value })}
          />
          <Textarea
            label={t.proposals.texts.introduction}
            autosize
            minRows={3}
            maxLength={20_000}
            value={typed.introduction}
            onChange={event => change({ introduction: event.currentTarget.value })}
          />
        </div>
      </Card>
      <Card
        title={t.proposals.parts.items}
        aside={
          <select
            className={styles.select}
            aria-label={t.proposals.texts.currency}
            value={typed.currency}
            onChange={event => change({ currency: event.currentTarget.value as CurrencyCode })}
          >
            {['BRL', 'USD', 'EUR'].map(code => (
              <option key={code}>{code}</option>
            ))}
          </select>
        }
      >
        <div className={styles.form}>
          {typed.items.map((item, index) => (
            <section key={index} className={styles.item} aria-label={t.proposals.item(index + 1)}>
              <TextInput
                label={t.proposals.texts.description}
                value={item.description}
                maxLength={500}
                error={problem(`items.${index}.description`)}
                onChange={event => put(index, { description: event.currentTarget.value })}
              />
              <TextInput
                label={t.proposals.texts.quantity}
                inputMode="numeric"
                value={item.quantity}
                error={problem(`items.${index}.quantity`)}
                onChange={event => put(index, { quantity: event.currentTarget.value })}
              />
              <TextInput
                label={t.proposals.texts.unitPrice}
                inputMode="decimal"
                placeholder={t.proposals.priceExample}
                value={item.unitPrice}
                error={problem(`items.${index}.unitPrice`)}
                onChange={event => put(index, { unitPrice: event.currentTarget.value })}
              />
              <p className={styles.price}>
                <span>{t.proposals.total}</span>
                {money(cents[index]!)}
              </p>
              <Button
                size="compact-xs"
                variant="default"
                disabled={typed.items.length === 1}
                aria-label={t.proposals.remove(index + 1)}
                onClick={() => change({ items: typed.items.toSpliced(index, 1) })}
              >
                ✕
              </Button>
            </section>
          ))}
          <div className={styles.sum}>
            <Button
              size="xs"
              variant="default"
              onClick={() => change({ items: [...typed.items, EMPTY_TEXT.items[0]!] })}
            >
              + {t.proposals.addItem}
            </Button>
            <p>
              {t.proposals.total} <strong>{money(total)}</strong>
            </p>
          </div>
        </div>
      </Card>
      <Card title={t.proposals.parts.terms}>
        <div className={styles.form}>
          <TextInput
            type="date"
            label={t.proposals.texts.validUntil}
            description={t.proposals.validHelp}
            value={typed.validUntil}
            error={problem('validUntil')}
            onChange={event => change({ validUntil: event.currentTarget.value })}
          />
          <Textarea
            label={t.proposals.texts.terms}
            autosize
            minRows={3}
            maxLength={20_000}
            value={typed.terms}
            onChange={event => change({ terms: event.currentTarget.value })}
          />
        </div>
      </Card>
    </>
  )
}
