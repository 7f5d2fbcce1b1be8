/** Whose national holidays a send window keeps. */
export const HOLIDAY_CALENDARS = ['BR', 'none'] as const
export type HolidayCalendar = (typeof HOLIDAY_CALENDARS)[number]

/** Is this day a national holiday of the calendar? Carnival and Corpus Christi are none by law. */
export function isHoliday(
  { year, month, day }: { readonly year: number; readonly month: number; readonly day: number },
  calendar: HolidayCalendar,
): boolean {
  if (calendar === 'none') return false
  const fixed = FIXED.find(holiday => holiday.month === month && holiday.day === day)
  if (fixed && year >= (fixed.since ?? 0)) return true
  const friday = easter(year)
  friday.setUTCDate(friday.getUTCDate() - 2)
  return friday.getUTCMonth() + 1 === month && friday.getUTCDate() === day
}

/**
 * Of Brazil: Law 662 of 1949 in the wording of Law 10.607 of 2002, Law 6.802 of 1980 (October 12th) and Law 14.759 of
 * 2023 (November 20th). Good Friday, from Easter, is the one movable holiday: Law 9.093 of 1995, article 2.
 */
const FIXED: readonly { readonly month: number; readonly day: number; readonly since?: number }[] = [
  { month: 1, day: 1 }, // Confraternização Universal
  { month: 4, day: 21 }, // Tiradentes
  { month: 5, day: 1 }, // Dia do Trabalho
  { month: 9, day: 7 }, // Independência
  { month: 10, day: 12, since: 1980 }, // Nossa Senhora Aparecida
  { month: 11, day: 2 }, // Finados
  { month: 11, day: 15 }, // Proclamação da República
  { month: 11, day: 20, since: 2024 }, // Zumbi e Consciência Negra
  { month: 12, day: 25 }, // Natal
]

/** Easter Sunday of the Gregorian calendar, midnight UTC: the algorithm of Meeus, Jones and Butcher. */
function easter(year: number): Date {
  const a = year % 19
  const b = Math.floor(year / 100)
  const c = year % 100
  const d = Math.floor(b / 4)
  const e = b % 4
  const g = Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3)
  const h = (19 * a + b - d - g + 15) % 30
  const l = (32 + 2 * e + 2 * Math.floor(c / 4) - h - (c % 4)) % 7
  const m = Math.floor((a + 11 * h + 22 * l) / 451)
  const month = Math.floor((h + l - 7 * m + 114) / 31)
  const day = ((h + l - 7 * m + 114) % 31) + 1
  return new Date(Date.UTC(year, month - 1, day))
}
