/** The part of the JSON Schema of playbooks that completion reads. */
export interface LanguageSchema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, LanguageSchema>>
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, LanguageSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | LanguageSchema
  readonly items?: LanguageSchema
  readonly anyOf?: readonly LanguageSchema[]
  /** What kind of text a value is. */
  readonly 'x-trae-value'?: string
  /** Of the whole: event types of the product; what expressions can read, and what that is. */
  readonly 'x-trae-events'?: readonly string[]
  readonly 'x-trae-roots'?: Readonly<Record<string, string>>
}

/** Something that `uses` can name: `sdr/lead-scoring`, `email/send`. */
export interface Callable {
  readonly name: string
  readonly description: string
}

export interface Choice {
  readonly label: string
  readonly description: string
  /** What is written; the label without it. */
  readonly insert?: string
  /** Stands before the others: what makes a step the step it is. */
  readonly first?: boolean
}

export interface Completion {
  /** Where the word begins that a choice takes the place of. */
  readonly from: number
  readonly choices: readonly Choice[]
}

/**
 * What may stand at `position` of a playbook: keys, values, or names of an expression; undefined where nothing is known.
 * Reads lines and their indentation, not YAML: while somebody types, the text seldom is any.
 */
export function completePlaybook(
  text: string,
  position: number,
  schema: LanguageSchema,
  callables: readonly Callable[],
): Completion | undefined {
  const lines = text.split('\n').map(lineOf)
  const number = text.slice(0, position).split('\n').length - 1
  const start = text.lastIndexOf('\n', position - 1) + 1
  const written = text.slice(start, position)
  const expression = /\$\{\{((?!\}\}).)*$/.exec(written)
  if (expression) return inExpression(expression[0], position, text.slice(0, start), schema)

  const word = /^( *(?:- +)*)([\w.-]*)$/.exec(written)
  if (word) {
    const place = placeOf(lines, number, word[1]!.length, dashesOf(word[1]!))
    const nodes = nodesAt(schema, place.path)
    const choices = [...keysOf(nodes, place), ...valuesOf(nodes, place.path, schema, callables)]
    return answer(position - word[2]!.length, choices)
  }
  const value = /^( *(?:- +)*)([\w.-]+): +(["']?)([\w./@^-]*)$/.exec(written)
  if (!value) return undefined
  const path = [...placeOf(lines, number, value[1]!.length, dashesOf(value[1]!)).path, value[2]!]
  return answer(position - value[4]!.length, valuesOf(nodesAt(schema, path), path, schema, callables))
}

const answer = (from: number, choices: readonly Choice[]) => (choices.length > 0 ? { from, choices } : undefined)

/** An entry of a list on the way. */
export const ENTRY = '[]'

export interface Line {
  /** Columns of the dashes that begin entries. */
  readonly dashes: readonly number[]
  /** Column of what stands after them; Infinity where the line is empty or a comment. */
  readonly column: number
  readonly key: string | undefined
}

interface Place {
  readonly path: readonly string[]
  readonly column: number
  /** Keys that stand in the same map already. */
  readonly beside: ReadonlySet<string>
}

export function lineOf(line: string): Line {
  const [, before, rest] = /^( *(?:- +|-$)*)(.*)$/s.exec(line)!
  const empty = (rest === '' && !before!.includes('-')) || rest!.startsWith('#')
  return {
    dashes: dashesOf(before!),
    column: empty ? Infinity : before!.length,
    key: /^["']?([\w.-]+)["']?:(\s|$)/.exec(rest!)?.[1],
  }
}

export function dashesOf(before: string): number[] {
  return [...before.matchAll(/-/g)].map(({ index }) => index)
}

/** The way from the top of the file to the map in which a key at `column` of a line stands. */
export function placeOf(lines: readonly Line[], number: number, column: number, dashes: readonly number[]): Place {
  const path: string[] = []
  const beside = new Set<string>()
  let edge = column
  let entry = false // is `edge` the column of a dash?
  const enter = (dash: number) => {
    path.unshift(ENTRY)
    edge = dash
    entry = true
  }
  const own = () => edge === column && !entry
  for (const dash of dashes.toReversed()) enter(dash)
  for (const line of lines.slice(0, number).toReversed()) {
    if (line.column === Infinity) continue
    const { key } = line
    if (key !== undefined && own() && line.column === column) beside.add(key)
    if (key !== undefined && (line.column < edge || (entry && line.column === edge && line.dashes.length === 0))) {
      path.unshift(key)
      edge = line.column
      entry = false
    }
    for (const dash of line.dashes.toReversed()) if (dash < edge) enter(dash)
  }
  for (const line of lines.slice(number + 1)) {
    if (line.column === Infinity) continue
    if (line.column < column || line.dashes.some(dash => dash < column)) break
    if (line.column === column && line.key !== undefined) beside.add(line.key)
  }
  return { path, column, beside }
}

/** What the schema says of a place: one answer for each alternative that has it. */
function nodesAt(schema: LanguageSchema, path: readonly string[]): readonly LanguageSchema[] {
  const resolve = (node: LanguageSchema): readonly LanguageSchema[] => {
    const target = node.$ref === undefined ? undefined : schema.$defs?.[node.$ref.replace('#/$defs/', '')]
    if (target) return resolve(target)
    return node.anyOf ? node.anyOf.flatMap(resolve) : [node]
  }
  const below = (node: LanguageSchema, part: string): LanguageSchema | undefined => {
    if (part === ENTRY) return node.items
    const open = typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined
    return node.properties?.[part] ?? open
  }
  return path.reduce(
    (nodes, part) =>
      nodes.flatMap(node => {
        const next = below(node, part)
        return next ? resolve(next) : []
      }),
    resolve(schema),
  )
}

function keysOf(nodes: readonly LanguageSchema[], { beside, column }: Place): Choice[] {
  const known = [...beside].filter(key => nodes.some(({ properties = {} }) => key in properties))
  const fits = nodes.filter(({ properties }) => properties && known.every(key => key in properties))
  const keys = new Map<string, Choice>()
  for (const { properties, required } of fits)
    for (const [key, node] of Object.entries(properties!)) {
      if (beside.has(key) || keys.get(key)?.first) continue
      const first = required?.includes(key) ?? false
      const nested = node.type === 'object' && node.properties !== undefined
      const insert = nested ? `${key}:\n${' '.repeat(column + 2)}` : `${key}: `
      keys.set(key, { label: key, description: described(node), insert, first })
    }
  return [...keys.values()]
}

function described({ description = '', default: value }: LanguageSchema): string {
  return value === undefined ? description : `${description} (${JSON.stringify(value)})`.trim()
}

function valuesOf(
  nodes: readonly LanguageSchema[],
  path: readonly string[],
  schema: LanguageSchema,
  callables: readonly Callable[],
): Choice[] {
  if (path.at(-1) === 'uses') return callables.map(({ name, description }) => ({ label: name, description }))
  const choices = new Map<string, Choice>()
  for (const node of nodes) {
    const { description = '' } = node
    const values = node.const !== undefined ? [node.const] : (node.enum ?? (node.type === 'boolean' ? BOOLEANS : []))
    for (const value of values) choices.set(String(value), { label: String(value), description })
    if (node['x-trae-value'] !== 'an event type') continue
    for (const type of schema['x-trae-events'] ?? []) choices.set(type, { label: type, description })
  }
  return [...choices.values()]
}

const BOOLEANS = [true, false]

/** Names of the expression that is open: its roots, and after `steps.` the ids that stand before. */
function inExpression(written: string, position: number, before: string, schema: LanguageSchema) {
  const id = /\bsteps\.(\w*)$/.exec(written)
  if (id) return answer(position - id[1]!.length, idsOf(before))
  const root = /(?:^|[^\w."'])(\w*)$/.exec(written)
  if (!root) return undefined
  const roots = Object.entries(schema['x-trae-roots'] ?? {})
  return answer(
    position - root[1]!.length,
    roots.map(([label, description]) => ({ label, description })),
  )
}

/** Ids of steps: those of triggers and of the playbook stand before `steps:`. */
function idsOf(before: string): Choice[] {
  const steps = before.slice(Math.max(0, before.search(/^steps:/m)))
  const entries = [...steps.matchAll(/^ *(?:- +)*id: +(\w+)(?:.*\n +name: +(.+))?/gm)]
  return entries.map(([, label, name]) => ({ label: label!, description: name ?? '' }))
}
