import type { Messages } from '../i18n/pt-BR.ts'

/** Where a value is known from, in words: `records`, `given`, `memory`, `computed`; anything else as it is. */
export function sourceOf(source: string, t: Messages): string {
  const words: Readonly<Record<string, string>> = t.skills.sources
  return words[source] ?? source
}
