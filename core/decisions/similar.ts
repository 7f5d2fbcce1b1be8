import { readFields, roundedWord } from './learner/features.ts'

/** The words of a context, for comparing: numbers by their first digits. */
export function wordsOf(context: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  return new Set(
    readFields(context).map(({ name, value }) => `${name}=${typeof value === 'number' ? roundedWord(value) : value}`),
  )
}

/** What two contexts have in common, 0 to 1: Jaccard's index of their words. */
export function similarity(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size === 0 && b.size === 0) return 1
  let common = 0
  for (const word of a) if (b.has(word)) common++
  return common / (a.size + b.size - common)
}
