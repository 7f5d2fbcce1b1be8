import { didYouMean } from '../did-you-mean.ts'
import type { ChoiceSource } from '../credentials/choice-source.ts'
import type { JsonSchema } from '../playbooks/catalog.ts'

interface Action {
  readonly effect: string
  readonly input: JsonSchema
  readonly output: JsonSchema
}

/** The place of a value in an input: `calendarId`, `filters[].property`; `properties.*` are the keys of a map. */
const PLACE = /^[A-Za-z][\w-]*(\[\])?(\.[A-Za-z][\w-]*(\[\])?)*(\.\*)?$/

/** Why there is no such place in an input; undefined where there is. */
export function placeProblem(input: JsonSchema, place: string): string | undefined {
  if (!PLACE.test(place)) return 'is no place in the input, as name, filters[].property or properties.*'
  let node: JsonSchema = input
  for (const part of place.replaceAll('[]', '.[]').split('.')) {
    const known = node.properties ?? {}
    const next: unknown = part === '[]' ? node.items : part === '*' ? node.additionalProperties : known[part]
    if (part === '*' && (next === true || (typeof next === 'object' && next !== null))) return undefined
    if (typeof next !== 'object' || next === null) {
      const meant = didYouMean(part, Object.keys(known))
      return `there is no ${JSON.stringify(part)} in the input at this place${meant ? `; did you mean ${meant}?` : ''}`
    }
    node = next as JsonSchema
  }
  return undefined
}

/** Why choices cannot come from there, one line a problem. */
export function sourceProblems(actions: Readonly<Record<string, Action>>, source: ChoiceSource): string[] {
  const action = Object.hasOwn(actions, source.action) ? actions[source.action] : undefined
  if (!action) {
    const meant = didYouMean(source.action, Object.keys(actions))
    return [
      `takes its choices from the action ${JSON.stringify(source.action)}, which the plugin has not${meant ? `; did you mean ${meant}?` : ''}`,
    ]
  }
  const problems: string[] = []
  if (action.effect !== 'none' && action.effect !== 'read')
    problems.push(
      `takes its choices from ${source.action}, whose effect is ${action.effect}; only none and read may be asked`,
    )
  const given = Object.keys(source.with ?? {})
  for (const name of action.input.required ?? [])
    if (!given.includes(name) && action.input.properties?.[name]?.default === undefined)
      problems.push(`takes its choices from ${source.action}, which needs ${name}: give it in with`)
  for (const name of given)
    if (action.input.properties?.[name] === undefined)
      problems.push(`gives ${source.action} ${JSON.stringify(name)}, which it does not take`)
  const list = action.output.properties?.[source.list]
  const entry = typeof list?.items === 'object' ? list.items : undefined
  if (!entry) return [...problems, `takes its choices from ${source.list} of ${source.action}, which is no list there`]
  for (const key of [source.value, source.label, ...(source.note === undefined ? [] : [source.note])])
    if (entry.properties?.[key] === undefined)
      problems.push(
        `takes ${key} of ${source.list} of ${source.action}, where entries have ${Object.keys(entry.properties ?? {}).join(', ') || 'nothing'}`,
      )
  return problems
}
