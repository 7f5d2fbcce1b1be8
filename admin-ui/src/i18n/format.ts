export interface Format {
  /** 22 de nov., 14:05 */
  readonly dateTime: (instant: string | Date) => string
  readonly fullDateTime: (instant: string | Date) => string
  readonly time: (instant: string | Date) => string
  /** With seconds: for journals. */
  readonly clock: (instant: string | Date) => string
  /** sábado, 22 de novembro */
  readonly day: (instant: string | Date) => string
  /** há 3 minutos */
  readonly relative: (instant: string | Date, now?: number) => string
  /** 340 ms, 2,4 s, 3 min, 2 d */
  readonly duration: (milliseconds: number) => string
  readonly number: (value: number) => string
  /** R$ 1.234,50 */
  readonly money: (value: { readonly amount: string; readonly currency: string }) => string
  /** The same from a whole number in the smallest unit of the currency. */
  readonly minor: (amount: number, currency: string) => string
  /** 1 de mar. de 2030, of a date without a time. */
  readonly date: (day: string) => string
  readonly percent: (ratio: number) => string
  /** 1500000 is 1.5 MB. */
  readonly bytes: (size: number) => string
}

/** Dates, times and numbers as people of the locale write them, in the time zone of the browser. */
export function createFormat(locale: string): Format {
  const dateTime = new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  })
  const fullDateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' })
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' })
  const clock = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
  })
  const day = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' })
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 })
  const unit = (value: number, unit: string) =>
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit,
      unitDisplay: 'short',
      maximumFractionDigits: value < 10 ? 1 : 0,
    }).format(value)

  return {
    dateTime: instant => dateTime.format(new Date(instant)),
    fullDateTime: instant => fullDateTime.format(new Date(instant)),
    time: instant => time.format(new Date(instant)),
    clock: instant => clock.format(new Date(instant)),
    day: instant => day.format(new Date(instant)),
    relative: (instant, now = Date.now()) => {
      const seconds = (new Date(instant).getTime() - now) / 1000
      const { value, unit } = largestUnit(seconds)
      return relative.format(value, unit)
    },
    duration: milliseconds => {
      if (milliseconds < 1000) return unit(Math.round(milliseconds), 'millisecond')
      if (milliseconds < 60_000) return unit(milliseconds / 1000, 'second')
      if (milliseconds < 3_600_000) return unit(Math.round(milliseconds / 60_000), 'minute')
      if (milliseconds < 48 * 3_600_000) return unit(milliseconds / 3_600_000, 'hour')
      return unit(milliseconds / 86_400_000, 'day')
    },
    number: value => number.format(value),
    // Text, not a number: what Intl formats is the exact amount
    money: ({ amount, currency }) =>
      new Intl.NumberFormat(locale, { style: 'currency', currency }).format(amount as Intl.StringNumericLiteral),
    minor: (amount, currency) => {
      const money = new Intl.NumberFormat(locale, { style: 'currency', currency })
      return money.format(amount / 10 ** (money.resolvedOptions().maximumFractionDigits ?? 2))
    },
    date: day => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(day)),
    percent: ratio => percent.format(ratio),
    bytes: size => {
      if (size < 1e6) return unit(size / 1e3, 'kilobyte')
      return size < 1e9 ? unit(size / 1e6, 'megabyte') : unit(size / 1e9, 'gigabyte')
    },
  }
}

function largestUnit(seconds: number): { value: number; unit: Intl.RelativeTimeFormatUnit } {
  const size = Math.abs(seconds)
  if (size < 5) return { value: 0, unit: 'second' }
  if (size < 60) return { value: Math.trunc(seconds), unit: 'second' }
  if (size < 3600) return { value: Math.trunc(seconds / 60), unit: 'minute' }
  if (size < 86_400) return { value: Math.round(seconds / 3600), unit: 'hour' }
  return { value: Math.round(seconds / 86_400), unit: 'day' }
}
