import { foldText } from 'trae-os/sdk'

/** When somebody said they can. What was not said is not there. */
export interface Wish {
  /** 1 is Monday. */
  readonly weekdays: readonly number[]
  /** Days from today; `tomorrow` is 1. */
  readonly inDays: readonly number[]
  readonly nextWeek: boolean
  /** Hours of the day, local: from, and before. */
  readonly from: number | undefined
  readonly until: number | undefined
  /** The words that were understood, as they were written. */
  readonly words: readonly string[]
}

const WEEKDAYS: readonly (readonly [number, RegExp])[] = [
  [1, /\b(segunda(-feira)?|monday|mon)\b/g],
  [2, /\b(terca(-feira)?|tuesday|tue)\b/g],
  [3, /\b(quarta(-feira)?|wednesday|wed)\b/g],
  [4, /\b(quinta(-feira)?|thursday|thu)\b/g],
  [5, /\b(sexta(-feira)?|friday|fri)\b/g],
  [6, /\b(sabado|saturday|sat)\b/g],
  [7, /\b(domingo|sunday|sun)\b/g],
]
const PARTS: readonly (readonly [number, number, RegExp])[] = [
  [0, 12, /\b((de|pela|na|a) manha|cedo|morning|before lunch|antes do almoco)\b/g],
  [12, 18, /\b((a|de|pela|na) tarde|afternoon|depois do almoco|after lunch)\b/g],
  [18, 24, /\b((a|de|pela) noite|evening)\b/g],
]
const HOUR = '(\\d{1,2})(?:[:h](\\d{2}))?\\s*(?:h(?:oras?)?|am|pm)?'
const AFTER = new RegExp(`\\b(?:depois das?|apos as?|a partir das?|after|from)\\s+${HOUR}`, 'g')
const BEFORE = new RegExp(`\\b(?:antes das?|ate as?|before|until|by)\\s+${HOUR}`, 'g')
const AT = /\b(?:as|at)\s+(\d{1,2})(?:[:h](\d{2}))?\s*(?:h(?:oras?)?|am|pm)?/g

/** Reads days and hours in Portuguese and English: `quinta de manhã`, `amanhã depois das 14h`, `next week`. Pure; guesses nothing. */
export function readTimes(text: string): Wish {
  const written = text.normalize('NFC')
  const folded = foldText(written)
  const words: string[] = []
  const find = (of: RegExp) => {
    const hits = [...folded.matchAll(of)]
    for (const hit of hits) words.push(written.slice(hit.index, hit.index + hit[0].length).trim())
    return hits
  }
  const weekdays = WEEKDAYS.filter(([, of]) => find(of).length > 0).map(([day]) => day)
  // `depois de amanhã` is no tomorrow, and `amanhã de manhã` has a morning in it
  const later = find(/\b(depois de amanha|day after tomorrow)\b/g).length > 0
  const tomorrow = find(/(?<!depois de |day after )\b(amanha|tomorrow)\b/g).length > 0
  const today = find(/\b(hoje|today)\b/g).length > 0
  const nextWeek = find(/\b(semana que vem|proxima semana|next week)\b/g).length > 0
  const after = find(AFTER)[0]
  const before = find(BEFORE)[0]
  const exact = after || before ? undefined : find(AT)[0]
  const part = PARTS.find(([, , of]) => find(of).length > 0)
  const from = hourOf(after) ?? hourOf(exact) ?? part?.[0]
  const until = hourOf(before) ?? (exact ? hourOf(exact)! + 1 : part?.[1])
  return {
    weekdays,
    inDays: [...(today ? [0] : []), ...(tomorrow ? [1] : []), ...(later ? [2] : [])],
    nextWeek,
    from,
    until,
    words,
  }
}

function hourOf(hit: RegExpMatchArray | undefined): number | undefined {
  if (!hit) return undefined
  const hour = Number(hit[1])
  const half = Number(hit[2] ?? 0) / 60
  return (/pm\s*$/.test(hit[0]) && hour < 12 ? hour + 12 : hour) + half
}
