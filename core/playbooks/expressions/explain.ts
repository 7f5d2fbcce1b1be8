import { didYouMean } from '../../did-you-mean.ts'
import { FUNCTIONS, REPLACED } from './functions.ts'
import { checkingEnvironment } from './environment.ts'

/** What is wrong with an expression, in the words of the people who write playbooks; offsets are in its source. */
export interface Fault {
  readonly code: 'EXPRESSION_SYNTAX' | 'EXPRESSION_TYPE' | 'EXPRESSION_LIMIT'
  readonly message: string
  readonly start: number
  readonly end: number
  readonly suggestion?: string | undefined
}

interface CelError {
  readonly name: string
  readonly code?: string
  readonly summary?: string
  readonly message: string
  readonly range?: { readonly start: number; readonly end: number }
}

/** The fault behind an error of cel-js or of one of our functions, raised by `source`. */
export function explain(error: unknown, source: string): Fault {
  const { name, code, range, summary, message } = error as CelError
  const start = Math.min(range?.start ?? 0, source.length)
  const end = Math.max(start + 1, Math.min(range?.end ?? source.length, source.length))
  if (code === 'limit_exceeded')
    return { code: 'EXPRESSION_LIMIT', message: `The expression is too large: ${summary}.`, start, end }
  if (name === 'ParseError')
    return (
      wordElsewhere(source, start) ?? {
        code: 'EXPRESSION_SYNTAX',
        message: syntaxMessage(code, summary ?? message, source, start),
        start,
        end,
      }
    )
  return { code: 'EXPRESSION_TYPE', start, end, ...typeMessage(code, summary ?? message) }
}

function syntaxMessage(code: string | undefined, summary: string, source: string, start: number): string {
  if (source.trim() === '') return 'The expression is empty; write one between ${{ and }}.'
  if (/got EOF|token: EOF/.test(summary)) {
    const expected = /Expected (\w+)/.exec(summary)?.[1]
    return `The expression ends too early${expected ? `: ${TOKENS[expected] ?? expected} is missing` : ''}.`
  }
  if (code === 'reserved_identifier')
    return `"${/: (.+)$/.exec(summary)?.[1]}" is a reserved word and cannot be used here.`
  if (code === 'invalid_macro_argument') return `${summary}.`
  if (/^("[^"]*|'[^']*)$/.test(source.slice(start).trim())) return 'The text that begins here is never closed.'
  const found = /^\S+/.exec(source.slice(start))?.[0] ?? ''
  if (found.startsWith('=')) {
    const sign = /[!=]*$/.exec(source.slice(0, start))![0] + /^=+/.exec(found)![0]
    return `A comparison is written ${sign.startsWith('!') ? '!=' : '=='}, not ${sign}.`
  }
  return found ? `This is not understood at ${JSON.stringify(found.slice(0, 20))}.` : `${summary}.`
}

/** Words and signs of other languages, and what is written here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  and: '&&',
  e: '&&',
  '&': '&&',
  or: '||',
  ou: '||',
  not: '!',
  não: '!',
  is: '==',
  '<>': '!=',
  mod: '%',
}

/** What means something elsewhere, at or just before the place that is not understood: `a and b`, `not a`, `a ?? b`, `a | upper`. */
function wordElsewhere(source: string, start: number): Fault | undefined {
  const code = 'EXPRESSION_SYNTAX'
  const here = source.startsWith('<>', start - 1) ? start - 1 : start
  const before = /(?<![.\p{L}\d])(\p{L}+)\s+$/u.exec(source.slice(0, start))
  for (const at of before ? [here, before.index] : [here]) {
    const word = /^(\p{L}+|<>|&)/u.exec(source.slice(at))?.[0] ?? ''
    const written = Object.hasOwn(ELSEWHERE, word.toLowerCase()) ? ELSEWHERE[word.toLowerCase()] : undefined
    if (written !== undefined)
      return {
        code,
        message: `"${word}" is written ${written} here.`,
        start: at,
        end: at + word.length,
        suggestion: written,
      }
  }
  if (source.startsWith('??', start - 1)) {
    const message = '"??" is a function here: the second where the first is null or missing.'
    return { code, message, start: start - 1, end: start + 1, suggestion: 'default(…, …)' }
  }
  if (source[start] !== '|') return undefined
  const message =
    '"|" is neither a filter nor an or here: a function stands around its value, upper(lead.name); or is written ||.'
  return { code, message, start, end: start + 1 }
}

const TOKENS: Readonly<Record<string, string>> = {
  RPAREN: ')',
  RBRACKET: ']',
  RBRACE: '}',
  COLON: ':',
  COMMA: ',',
  IDENTIFIER: 'a name',
}

function typeMessage(code: string | undefined, summary: string): { message: string; suggestion?: string | undefined } {
  if (code === 'no_such_overload') return operatorMessage(summary)
  if (code === 'no_matching_overload') return functionMessage(summary)
  const key = /^No such key: (.+)$/.exec(summary)?.[1]
  if (key?.startsWith('index out of bounds'))
    return { message: `The list has no such item (${key.replace(/^.*?, /, '')}).` }
  if (key)
    return { message: `There is no "${key}" here.`, suggestion: 'default(…, "") gives a value where there is none' }
  const variable = /^Unknown variable: (.+)$/.exec(summary)?.[1]
  if (variable) return { message: `There is no "${variable}" in this run.` }
  if (code === 'invalid_index_type' && summary.startsWith('List index'))
    return { message: 'A position in a list must be a whole number.', suggestion: 'int(…)' }
  if (code === 'invalid_logical_operand')
    return { message: `"&&" and "||" stand between true/false, found ${typesIn(summary)}.` }
  if (code === 'invalid_condition_type')
    return { message: `What decides here must be true/false, found ${typesIn(summary)}.` }
  return { message: `${readable(summary)}.` }
}

function operatorMessage(summary: string): { message: string; suggestion?: string | undefined } {
  const [, sign, operand] = /^no such overload: ([!-])(\S+)$/.exec(summary) ?? []
  if (sign && operand) return { message: `"${sign}" does not work on ${typeName(operand)}.` }
  const [, left, operator, right] = /^no such overload: (.+?) (\S+) (.+)$/.exec(summary) ?? []
  if (!left || !operator || !right)
    return { message: `${readable(summary.replace('no such overload: ', 'This operator does not take '))}.` }
  const message = `"${operator}" does not work between ${typeName(left)} and ${typeName(right)}.`
  if (/\bnull\b/.test(left + right)) return { message, suggestion: 'give it a value where it is null: default(…, 0)' }
  if (/\bstring\b.*(Timestamp|Duration)|(Timestamp|Duration).*\bstring\b/.test(`${left} ${right}`))
    return { message, suggestion: 'make a time of the text: timestamp(…)' }
  if (operator === '+' && /string/.test(left + right))
    return { message, suggestion: 'put the value into the text, "Score: ${{ … }}", or write string(…)' }
  return { message }
}

function functionMessage(summary: string): { message: string; suggestion?: string | undefined } {
  const [, receiver, written = '', given] = /'(?:(.+)\.)?(\w+)\((.*)\)'/.exec(summary) ?? []
  const name = written.replace(/^_/, '')
  const known = functionNames()
  if (!known.has(written)) {
    const meant = Object.hasOwn(FUNCTIONS_ELSEWHERE, name) ? FUNCTIONS_ELSEWHERE[name] : undefined
    if (meant !== undefined) return { message: `There is no function "${name}".`, suggestion: meant }
    const near = didYouMean(
      name,
      [...known].filter(known => !known.startsWith('_')),
    )
    return { message: `There is no function "${name}".`, suggestion: near }
  }
  const types = given ? given.split(', ').map(typeName).join(', ') : 'nothing'
  const hint =
    /\bnull\b/.test(given ?? '') || receiver === 'null' ? 'give it a value where it is null: default(…, "")' : undefined
  return {
    message: `${receiver ? `${typeName(receiver)} has no ` : ''}${name}() ${receiver ? 'that takes' : 'does not take'} ${types}.`,
    suggestion: hint,
  }
}

/** Functions of other languages, and what to write here. */
const FUNCTIONS_ELSEWHERE: Readonly<Record<string, string>> = {
  includes: 'contains(…) of a text; value in list',
  toUpperCase: 'upper()',
  toLowerCase: 'lower()',
  uppercase: 'upper()',
  lowercase: 'lower()',
  length: 'size(…)',
  len: 'size(…)',
  count: 'size(…)',
  toString: 'string(…)',
  str: 'string(…)',
  parseInt: 'int(…)',
  parseFloat: 'double(…)',
  Number: 'double(…)',
  concat: 'a + b',
  slice: 'substring(…, …)',
  find: 'filter(item, …)',
  some: 'exists(item, …)',
  any: 'exists(item, …)',
  every: 'all(item, …)',
  coalesce: 'default(…, …)',
  ifNull: 'default(…, …)',
  isEmpty: '== ""',
  not: '!(…)',
  now: 'timestamp(run.startedAt), when the run began; for later, wait',
  today: 'timestamp(run.startedAt), when the run began; for later, wait',
}

let names: ReadonlySet<string> | undefined
function functionNames(): ReadonlySet<string> {
  names ??= new Set([
    ...checkingEnvironment()
      .getDefinitions()
      .functions.map(known => known.name),
    ...FUNCTIONS.map(known => /(\w+)\(/.exec(known.signature)![1]!),
    ...REPLACED.keys(),
  ])
  return names
}

function typesIn(summary: string): string {
  return Array.from(summary.matchAll(/'([^']+)'/g), match => typeName(match[1]!)).join(' and ')
}

function readable(summary: string): string {
  return summary.replace(/'([\w.<>, ]+)'/g, (_, type: string) => typeName(type))
}

/** `dyn<string>` → text */
export function typeName(type: string): string {
  const inner = /^dyn<(.+)>$/.exec(type)?.[1] ?? type
  return TYPE_NAMES[inner.replace(/<.*$/, '')] ?? (/^[A-Z]\w*$/.test(inner) ? 'an object' : inner)
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a number',
  uint: 'a number',
  double: 'a number',
  bool: 'true/false',
  null: 'nothing (null)',
  list: 'a list',
  map: 'an object',
  dyn: 'an unknown value',
  optional: 'an optional value',
  'google.protobuf.Timestamp': 'a time',
  'google.protobuf.Duration': 'a duration',
}
