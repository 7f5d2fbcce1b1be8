import type { Amounts, FigurePeriod } from './figures.ts'

/** The days before an instant (now without it), as the figures take a period. */
export function lastDays(days: number, at?: string | null): FigurePeriod {
  const end = at ? Date.parse(at) : Date.now()
  return { from: new Date(end - days * 86_400_000).toISOString(), to: new Date(end).toISOString() }
}

/** `2030-01-01/2030-03-31`: a period as the source of a fact. */
export const sayPeriod = ({ from, to }: FigurePeriod): string => `${from.slice(0, 10)}/${to.slice(0, 10)}`

/** 0.125 → `12,5 %` */
export const sayShare = (share: number, locale: string): string =>
  new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: share < 0.1 ? 1 : 0 }).format(share)

/** An amount in the currency's main unit, as people of this locale write it. */
export const sayMoney = (amount: number | string, currency: string, locale: string): string =>
  new Intl.NumberFormat(locale, { style: 'currency', currency }).format(Number(amount))

/** Amounts of several currencies, the largest first; `–` where there is none. */
export const sayAmounts = (amounts: Amounts, locale: string): string =>
  Object.entries(amounts)
    .sort(([, a], [, b]) => Number(b) - Number(a))
    .map(([currency, amount]) => sayMoney(amount, currency, locale))
    .join(' + ') || '–'

/**
 * A share and the limits between which it lies with 95 % certainty: Wilson's score interval, which holds for few cases as well. Without
 * cases nothing is known: share null, 0 to 1.
 */
export function shareOf(cases: number, all: number): { share: number | null; low: number; high: number } {
  if (all === 0) return { share: null, low: 0, high: 1 }
  const z = 1.96
  const share = cases / all
  const centre = share + (z * z) / (2 * all)
  const half = z * Math.sqrt((share * (1 - share)) / all + (z * z) / (4 * all * all))
  const whole = 1 + (z * z) / all
  return { share, low: Math.max(0, (centre - half) / whole), high: Math.min(1, (centre + half) / whole) }
}
