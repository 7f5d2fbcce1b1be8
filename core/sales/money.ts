import { z } from 'zod'

export const CURRENCIES = ['BRL', 'USD', 'EUR'] as const
export type Currency = (typeof CURRENCIES)[number]

/** An amount as text, so that no cent is lost: `"1234.50"`, at most 999,999,999,999.99, never negative. */
const amount = z
  .string()
  .regex(/^(0|[1-9]\d{0,11})(\.\d{1,2})?$/, 'must be an amount such as "1234.50", with at most two decimals')
const currency = z.enum(CURRENCIES)
/** As people and plugins hand money in. */
export const moneyInput = z.strictObject({ amount, currency: currency.default('BRL') })

export interface Money {
  readonly amount: string
  readonly currency: Currency
}

export const money = (amount: string | null, currency: Currency): Money | null =>
  amount === null ? null : { amount, currency }

/** "1990.5" as 199050: the smallest unit of a currency that has two decimals. */
export function centsOf(amount: string): number {
  const [whole = '', decimals = ''] = amount.split('.')
  return Number(whole + decimals.padEnd(2, '0'))
}

/** 199050 as "1990.50". */
export const amountOf = (cents: number): string =>
  `${Math.trunc(cents / 100)}.${String(Math.abs(cents % 100)).padStart(2, '0')}`
