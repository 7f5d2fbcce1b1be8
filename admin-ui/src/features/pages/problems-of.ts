import type { UserError } from '../../api/schema.ts'
import type { Messages } from '../../i18n/pt-BR.ts'

/** What the host refused, by the path into the content, in the words of the interface. */
export function problemsOf(errors: readonly UserError[], t: Messages): Record<string, string> {
  return Object.fromEntries(
    errors.flatMap(({ field }) => {
      const path = field?.slice(2) ?? [] // input.content.…
      const last = path.at(-1)
      if (path.length === 0 || last === undefined) return []
      const words: Readonly<Record<string, string>> = t.pages.problems
      if (path[0] === 'embedOrigins' || path[0] === 'points')
        return [[path[0], words[path[0]] ?? t.pages.problems.other]]
      if (path.length === 3 && last === 'key') return [['fields', t.pages.problems.fields]]
      if (path.includes('choices')) return [[path.slice(0, 3).join('.'), t.pages.problems.choices]]
      return [[path.join('.'), words[last] ?? t.pages.problems.other]]
    }),
  )
}
