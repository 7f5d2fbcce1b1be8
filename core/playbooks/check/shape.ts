import { z } from 'zod'
import { didYouMean } from '../../did-you-mean.ts'
import type { Findings } from '../diagnostic.ts'
import { likelyDuration, whyNoDuration } from '../duration.ts'
import { likelyTimeOfDay, likelyWeekday, likelyZone } from '../local-time.ts'
import { join } from '../parse-yaml.ts'
import { WANTED } from '../playbook-file.ts'
import { TIME_OF_DAY } from '../time-words.ts'
import { meantBy } from '../words-elsewhere.ts'
import { describeNode, plainOf, type YamlMap, type YamlNode, type YamlSpan } from '../yaml-tree.ts'

type Issue = z.core.$ZodIssue

/** Where it stands in the document. */
export interface ShapePlace {
  readonly path: string
}

/** Holds a part of the tree against its schema and reports what does not fit: unknown and missing keys, types, values, ranges. */
export function checkShape(node: YamlNode, schema: z.ZodType, place: ShapePlace, findings: Findings): void {
  const result = schema.safeParse(plainOf(node))
  if (result.success) return
  const issues = ofOneChoice(result.error.issues)
  const explained = new Set<string>()
  for (const issue of issues)
    if (issue.code === 'unrecognized_keys') reportUnknown(issue, node, schema, place, findings, explained)
  for (const issue of issues)
    if (issue.code !== 'unrecognized_keys' && !explained.has(issue.path.join('.')))
      reportIssue(issue, node, place, findings)
}

/** Of a value that may be one thing or another: what is wrong with it as the first choice that it is at all. */
function ofOneChoice(issues: readonly Issue[]): Issue[] {
  return issues.flatMap(issue => {
    if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue]
    const isOther = (choice: readonly Issue[]) =>
      choice.some(({ code, path }) => (code === 'invalid_type' || code === 'invalid_value') && path.length === 0)
    const choice = issue.errors.find(choice => !isOther(choice)) ?? issue.errors[0]!
    return ofOneChoice(choice.map(inner => ({ ...inner, path: [...issue.path, ...inner.path] })))
  })
}

/** `explained` gets the paths of keys that are missing only because they were misspelt, or that belong to a later version. */
function reportUnknown(
  issue: Issue & { readonly code: 'unrecognized_keys' },
  root: YamlNode,
  schema: z.ZodType,
  place: ShapePlace,
  findings: Findings,
  explained: Set<string>,
): void {
  const parent = nodeAt(root, issue.path) as YamlMap
  const known = keysAt(schema, issue.path)
  for (const key of issue.keys) {
    const span = parent.entries.get(key)!.key
    const path = [...issue.path, key].reduce<string>((path, part) => join(path, part as string | number), place.path)
    const suggestion = meantBy(key, known)
    if (HYPHEN.test(key)) {
      for (const { name, value } of parent.entries.values())
        if (value.kind === 'scalar' && value.value === null) explained.add([...issue.path, name].join('.'))
      const message = `After the hyphen of "${key}" a space is missing.`
      findings.add({ code: 'UNKNOWN_KEY', message, path, span, suggestion: `- ${key.slice(1)}` })
      continue
    }
    if (suggestion !== undefined) explained.add([...issue.path, suggestion].join('.'))
    const rest = suggestion === undefined && known.length > 0 ? ` It may have ${known.join(', ')}.` : ''
    findings.add({ code: 'UNKNOWN_KEY', message: `"${key}" is not known here.${rest}`, path, span, suggestion })
  }
}

function reportIssue(issue: Issue, root: YamlNode, place: ShapePlace, findings: Findings): void {
  const path = issue.path.reduce<string>((path, key) => join(path, key as string | number), place.path)
  const key = issue.path.at(-1)
  const label =
    key === undefined
      ? place.path === ''
        ? 'A playbook'
        : 'This'
      : typeof key === 'number'
        ? `Entry ${key + 1}`
        : `"${String(key)}"`
  const node = nodeAt(root, issue.path)
  if (!node) {
    const parent = nearest(root, issue.path)
    findings.add({
      code: 'MISSING_KEY',
      message: `${label} is missing${wanted(issue)}.`,
      path,
      span: headOf(parent, findings),
    })
    return
  }
  const { code, message, suggestion } = fault(issue, node, label)
  const misnamed =
    issue.code === 'invalid_key'
      ? (nodeAt(root, issue.path.slice(0, -1)) as YamlMap).entries.get(String(key))?.key
      : undefined
  findings.add({ code, message, path, span: misnamed ?? spanOf(node, findings), suggestion })
}

function fault(
  issue: Issue,
  node: YamlNode,
  label: string,
): {
  code: 'WRONG_TYPE' | 'WRONG_VALUE' | 'OUT_OF_RANGE' | 'BAD_DURATION' | 'BAD_TIMEZONE'
  message: string
  suggestion?: string | undefined
} {
  const found = describeNode(node)
  const value = node.kind === 'scalar' ? node.value : undefined
  switch (issue.code) {
    case 'invalid_type':
      if (issue.message === WANTED.duration) return noDuration(value, label, found)
      if (issue.message === TIME_OF_DAY)
        return {
          code: 'WRONG_VALUE',
          message: `${label} must be ${TIME_OF_DAY}; found ${found}.`,
          suggestion: likelyTimeOfDay(value),
        }
      if (issue.message === WANTED.expression)
        return { code: 'WRONG_TYPE', message: `${label} must be ${WANTED.expression}; found ${found}.` }
      if (issue.expected === 'int')
        return { code: 'OUT_OF_RANGE', message: `${label} must be a whole number, found ${found}.` }
      return {
        code: 'WRONG_TYPE',
        message: `${label} must be ${TYPES[issue.expected] ?? issue.expected}, found ${found}.${issue.expected === 'array' ? withoutSpace(node) : ''}`,
        suggestion: issue.expected === 'boolean' ? likelyBoolean(value) : undefined,
      }
    case 'invalid_value':
      return {
        code: 'WRONG_VALUE',
        message: `${label} must be one of ${issue.values.join(', ')}; found ${found}.`,
        suggestion: typeof value === 'string' ? likelyWord(value, issue.values.map(String)) : undefined,
      }
    case 'too_small':
      return {
        code: 'OUT_OF_RANGE',
        message: `${label} must ${atLeast(issue.origin, issue.minimum)}, found ${size(node)}.`,
      }
    case 'too_big':
      return {
        code: 'OUT_OF_RANGE',
        message: `${label} must ${atMost(issue.origin, issue.maximum)}, found ${size(node)}.`,
      }
    case 'custom':
      if (issue.params?.['code'] === 'BAD_DURATION') return noDuration(value, label, found)
      if (typeof issue.params?.['wanted'] === 'string')
        return {
          code: issue.params['code'] as 'WRONG_VALUE' | 'OUT_OF_RANGE' | 'BAD_TIMEZONE',
          message: `${label} must be ${issue.params['wanted']}; found ${found}.`,
          suggestion: likelyTime(value, issue.params),
        }
      return { code: 'OUT_OF_RANGE', message: `${label} must have at least one key, found none.` }
    case 'invalid_format':
      return {
        code: 'WRONG_VALUE',
        message: `${label} ${formatRule(issue)}, found ${found}.`,
        suggestion: rewritten(value, issue),
      }
    case 'invalid_key':
      return {
        code: 'WRONG_VALUE',
        message:
          issue.issues[0]?.code === 'custom'
            ? `The name ${label} must be ${String(issue.issues[0].params?.['wanted'])}.`
            : `The name ${label} has letters, digits and _ only, and begins with a letter.`,
      }
    default:
      return { code: 'WRONG_VALUE', message: `${label}: ${issue.message}` }
  }
}

function noDuration(value: unknown, label: string, found: string) {
  return {
    code: 'BAD_DURATION',
    message: `${label} must be ${WANTED.duration}; found ${found}.${whyNoDuration(value)}`,
    suggestion: likelyDuration(value),
  } as const
}

function likelyTime(value: unknown, { code, wanted }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof value !== 'string') return undefined
  if (code === 'BAD_TIMEZONE') return likelyZone(value)
  return wanted === TIME_OF_DAY ? likelyTimeOfDay(value) : undefined
}

/** `yes` and `on` are text to YAML 1.2. */
function likelyBoolean(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  if (/^(y|yes|on|sim|s)$/i.test(value)) return 'true'
  return /^(n|no|off|não|nao)$/i.test(value) ? 'false' : undefined
}

function likelyWord(value: string, words: readonly string[]): string | undefined {
  const day = words.includes('mon') ? likelyWeekday(value) : undefined
  return day ?? didYouMean(value, words)
}

/** Where a list was meant: an entry whose hyphen stands too near makes a map. */
function withoutSpace(node: YamlNode): string {
  const key = node.kind === 'map' ? [...node.entries.keys()].find(name => HYPHEN.test(name)) : undefined
  return key === undefined ? '' : ` After the hyphen of "${key}" a space is missing.`
}
const HYPHEN = /^-\w/

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
}

/** The keys that the schema has at a path: through optionals, lists and records. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let inner: unknown = schema
  for (const key of [undefined, ...path]) {
    if (key !== undefined) {
      if (inner instanceof z.ZodObject) inner = inner.shape[String(key)]
      else if (inner instanceof z.ZodArray) inner = inner.element
      else if (inner instanceof z.ZodRecord) inner = inner.valueType
    }
    while (inner instanceof z.ZodOptional) inner = inner.unwrap()
    if (inner instanceof z.ZodUnion) inner = inner.options.find(option => option instanceof z.ZodObject)
  }
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : []
}

function nodeAt(root: YamlNode, path: readonly PropertyKey[]): YamlNode | undefined {
  let node: YamlNode | undefined = root
  for (const key of path) {
    if (node?.kind === 'map') node = node.entries.get(String(key))?.value
    else if (node?.kind === 'list') node = node.items[Number(key)]
    else return undefined
  }
  return node
}

function nearest(root: YamlNode, path: readonly PropertyKey[]): YamlNode {
  for (let length = path.length - 1; length > 0; length--) {
    const node = nodeAt(root, path.slice(0, length))
    if (node) return node
  }
  return root
}

/** Where something that is missing is pointed at: the first line of what should hold it. */
export function headOf(node: YamlNode, findings: Findings): YamlSpan {
  const first = node.kind === 'map' ? node.entries.values().next().value?.key : undefined
  return first ?? spanOf(node, findings)
}

/** A node, cut at the end of its first line: a caret under ten lines points at nothing. */
export function spanOf(node: YamlSpan, findings: Findings): YamlSpan {
  const lineEnd = findings.text.indexOf('\n', node.start)
  return { start: node.start, end: lineEnd === -1 ? node.end : Math.min(node.end, lineEnd) }
}

function wanted(issue: Issue): string {
  return issue.code === 'invalid_value' ? `; it must be one of ${issue.values.join(', ')}` : ''
}

function atLeast(origin: string, minimum: number | bigint): string {
  if (origin === 'array') return minimum === 1 ? 'have an entry' : `have at least ${minimum} entries`
  return origin === 'string'
    ? `have at least ${minimum} ${minimum === 1 ? 'character' : 'characters'}`
    : `be at least ${minimum}`
}

function atMost(origin: string, maximum: number | bigint): string {
  return origin === 'string' ? `have at most ${maximum} characters` : `be at most ${maximum}`
}

function size(node: YamlNode): string {
  if (node.kind === 'list') return node.items.length === 0 ? 'none' : String(node.items.length)
  if (node.kind === 'map') return String(node.entries.size)
  return typeof node.value === 'string' ? `${node.value.length} characters` : String(node.value)
}

function formatRule(issue: Issue & { code: 'invalid_format' }): string {
  const pattern = 'pattern' in issue ? String(issue.pattern) : ''
  if (pattern.includes('\\.')) return 'must be an event type such as lead.captured'
  if (pattern.includes('[A-Z0-9_]')) return 'must be an error code in capital letters, such as TIMEOUT or NO_ANSWER'
  if (pattern.includes('A-Z'))
    return 'must have letters, digits and _ only and begin with a letter (it is written in expressions)'
  return 'must be in lower case with hyphens, such as qualify-and-schedule'
}

function rewritten(value: unknown, issue: Issue & { code: 'invalid_format' }): string | undefined {
  if (typeof value !== 'string') return undefined
  const pattern = 'pattern' in issue ? String(issue.pattern) : ''
  if (pattern.includes('\\.')) return undefined
  const words = value
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9]+/g, ' ')
    .trim()
    .split(' ')
  const text = words.join(pattern.includes('A-Z') ? '_' : '-')
  if (pattern.includes('[A-Z0-9_]')) return text.toUpperCase() === value ? undefined : text.toUpperCase()
  const result = pattern.includes('A-Z') ? text : text.toLowerCase()
  return /^[A-Za-z]/.test(result) && result !== value ? result : undefined
}
