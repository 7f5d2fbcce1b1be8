import { dashesOf, ENTRY, type Line, lineOf, placeOf } from './complete-playbook.ts'

/** An input of a step whose choices only its plugin knows. */
export interface ChoicePlace {
  /** As the step says: hubspot/get-contact. */
  readonly uses: string
  /** The account that it names; undefined for the plugin's default one. */
  readonly account: string | undefined
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
  const call = field === '*' ? undefined : callAbove(raw, lines, number, before.length)
  return call && { ...call, field, from: position - word.length, word, isKey }
}

/** What the step says whose `with` the line stands in; undefined where it says not whom it calls. */
function callAbove(
  raw: readonly string[],
  lines: readonly Line[],
  number: number,
  column: number,
): Pick<ChoicePlace, 'uses' | 'account'> | undefined {
  const at = lines.findLastIndex((line, i) => i < number && line.key === 'with' && line.column < column)
  const own = lines[at]?.column
  if (own === undefined) return undefined
  let begin = at
  const isBegin = (i: number) => lines[i]!.column === own && lines[i]!.dashes.length > 0
  while (begin > 0 && !isBegin(begin) && lines[begin - 1]!.column >= own) begin--
  let end = at + 1
  while (end < lines.length && lines[end]!.column >= own && !lines[end]!.dashes.some(dash => dash < own)) end++
  const said = (key: string) => {
    const found = lines.findIndex((line, i) => i >= begin && i < end && line.column === own && line.key === key)
    return /^[\s-]*\w+: +["']?([\w/@.^~-]+)/.exec(raw[found] ?? '')?.[1]
  }
  const [uses, account] = [said('uses'), said('account')]
  return uses === undefined ? undefined : { uses, account }
}
