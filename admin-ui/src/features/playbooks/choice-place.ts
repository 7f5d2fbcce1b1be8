import { dashesOf, ENTRY, type Line, lineOf, placeOf } from './complete-playbook.ts'

/** An input of a step whose choices only its plugin knows. */
export interface ChoicePlace {
  /** As the step says: hubspot/get-contact. */
  readonly uses: string
  /** The place in its input, as `actionChoices` names it: properties[], filters[].property, properties.* for a key. */
  readonly field: string
  /** Where the word begins that a choice takes the place of, and what it is so far. */
  readonly from: number
  readonly word: string
  /** It is a key that stands there. */
  readonly isKey: boolean
}

/** Which input of which action stands at `position` of a playbook; undefined outside of the `with` of a step. */
export function choicePlaceAt(text: string, position: number): ChoicePlace | undefined {
  const raw = text.split('\n')
  const lines = raw.map(lineOf)
  const number = text.slice(0, position).split('\n').length - 1
  const start = text.lastIndexOf('\n', position - 1) + 1
  const written = /^( *(?:- +)*)(?:([\w.-]+): +)?["']?([\w.@-]*)$/.exec(text.slice(start, position))
  if (!written) return undefined
  const [, before, key, word] = written as unknown as [string, string, string | undefined, string]
  const { path } = placeOf(lines, number, before.length, dashesOf(before))
  const inputs = path.lastIndexOf('with')
  if (inputs < 0) return undefined
  const place = path.slice(inputs + 1).reduce((all, part) => (part === ENTRY ? `${all}[]` : `${all}.${part}`), '')
  const isKey = key === undefined && !place.endsWith(ENTRY)
  const field = `${place}${key === undefined ? '' : `.${key}`}${isKey ? '.*' : ''}`.slice(1)
  const uses = field === '*' ? undefined : usesAbove(raw, lines, number, before.length)
  return uses === undefined ? undefined : { uses, field, from: position - word.length, word, isKey }
}

/** What the step says whose `with` the line stands in. */
function usesAbove(raw: readonly string[], lines: readonly Line[], number: number, column: number): string | undefined {
  const at = lines.findLastIndex((line, i) => i < number && line.key === 'with' && line.column < column)
  const own = lines[at]?.column
  if (own === undefined) return undefined
  const usesOf = (i: number) =>
    lines[i]!.key === 'uses' && lines[i]!.column === own ? /uses: +["']?([\w/@.^~-]+)/.exec(raw[i]!)?.[1] : undefined
  for (let i = at; i >= 0 && lines[i]!.column >= own; i--) {
    const found = usesOf(i)
    if (found !== undefined) return found
    if (lines[i]!.column === own && lines[i]!.dashes.length > 0) break // the step begins here
  }
  for (let i = at + 1; i < lines.length && lines[i]!.column >= own && !lines[i]!.dashes.some(dash => dash < own); i++) {
    const found = usesOf(i)
    if (found !== undefined) return found
  }
  return undefined
}
