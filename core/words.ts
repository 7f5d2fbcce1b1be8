/** A word of a text: folded, and where it stands (UTF-16 units). */
export interface Word {
  readonly word: string
  readonly start: number
  readonly end: number
}

/** The words of a text as they are compared: lower case, without accents. Numbers are words, punctuation is none. */
export function wordsOf(text: string): Word[] {
  return Array.from(text.normalize('NFC').matchAll(/[\p{L}\p{N}]+/gu), ({ 0: found, index }) => ({
    word: fold(found),
    start: index,
    end: index + found.length,
  }))
}

/** The words alone. */
export function foldedWords(text: string): readonly string[] {
  // oxlint-disable-next-line no-control-regex -- plain ASCII, as many texts are
  if (/^[\u0000-\u007f]*$/.test(text)) return text.toLowerCase().match(/[a-z0-9]+/g) ?? []
  const whole = text.normalize('NFC')
  if (/\p{M}/u.test(whole)) return wordsOf(text).map(({ word }) => word) // a mark that no letter takes in parts words
  return fold(whole).match(/[\p{L}\p{N}]+/gu) ?? []
}

/** Text as it is compared: lower case, without accents. */
export const fold = (text: string) =>
  // oxlint-disable-next-line no-control-regex -- plain ASCII, as most words are
  /^[\u0000-\u007f]*$/.test(text) ? text.toLowerCase() : text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/** Text from outside as a database can hold it, in UTF-8 and in JSON: without U+0000, at most so many UTF-16 units, no half characters. */
export const storable = (text: string, longest: number): string =>
  text.replaceAll('\0', '').slice(0, longest).toWellFormed()

/** Words that say nothing of what a text is about, in Portuguese and English, folded. */
export const isStopWord = (word: string): boolean => STOP_WORDS.has(word)

const STOP_WORDS: ReadonlySet<string> = new Set(
  `a o as os um uma uns umas de da do das dos em na no nas nos num numa por pela pelo pelas pelos para pra com sem sob sobre e ou
   mas que se como quando onde qual quais quem cujo cuja ao aos esse essa este esta isto isso aquele aquela ele ela eles elas
   seu sua seus suas meu minha lhe me te nos vos foi era ser sao estao tem ter ha mais muito ja nao tambem so ate entre depois antes
   the an of in on at by for with from to and or but that this these those is are was were be been it its if then than so such
   not no which who whom what when where how has have had do does did can could may will would there their they he she we you i`
    .split(/\s+/)
    .filter(Boolean),
)
