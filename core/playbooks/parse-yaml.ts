import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  type Pair,
  parseDocument,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
  type YAMLError,
  type YAMLSeq,
  visit,
} from 'yaml'
import type { Findings } from './diagnostic.ts'
import { splitTemplate } from './expressions/split-template.ts'
import type { YamlEntry, YamlMap, YamlNode, YamlScalar, YamlSpan } from './yaml-tree.ts'

/** A playbook is written by hand; what is larger is no playbook, and checking it would hold up everybody else. */
export const MAX_SOURCE_LENGTH = 500_000
export const MAX_DEPTH = 60

/**
 * The tree of a YAML text (1.2, one document), or undefined with findings: what follows a syntax error is guesswork, so
 * nothing else is said then. Anchors and aliases are refused: a value would have two places.
 */
export function parseYaml(findings: Findings): YamlNode | undefined {
  const { text } = findings
  const whole = { start: 0, end: Math.min(text.length, 1) }
  if (text.length > MAX_SOURCE_LENGTH) {
    findings.add({
      code: 'TOO_LARGE',
      message: `A playbook may have ${MAX_SOURCE_LENGTH} characters, found ${text.length}.`,
      path: '',
      span: whole,
    })
    return undefined
  }
  const document = parse(findings)
  if (!document) {
    findings.add({ code: 'TOO_LARGE', message: 'The YAML is nested too deeply.', path: '', span: whole })
    return undefined
  }
  reportSyntax([...document.errors, ...document.warnings], document, findings)
  if (findings.hasErrors) return undefined
  if (!document.contents) {
    findings.add({
      code: 'YAML_SYNTAX',
      message: 'The file is empty; a playbook begins with its id.',
      path: '',
      span: whole,
    })
    return undefined
  }
  const reading: Reading = { findings, complete: true }
  const root = treeOf(document.contents as ParsedNode, '', 0, reading)
  return reading.complete ? root : undefined
}

interface Reading {
  readonly findings: Findings
  /** Turns false when a part could not be read: what would be said about the rest may be wrong. */
  complete: boolean
}

function parse(findings: Findings): Document.Parsed | undefined {
  try {
    return parseDocument(findings.text, {
      version: '1.2',
      schema: 'core',
      resolveKnownTags: false,
      uniqueKeys: false, // found below, with the place of both
      prettyErrors: false,
      logLevel: 'error', // silent would also hide a second document,
    }) as Document.Parsed
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/**
 * One finding for each error. An expression without quotes, and a quote that never closes, make errors of the lines that follow: of what comes
 * after them, only other expressions without quotes are told.
 */
function reportSyntax(errors: readonly YAMLError[], document: Document.Parsed, findings: Findings): void {
  const { text } = findings
  const unquotedLines = new Set<number>()
  for (const { code, message, pos } of errors) {
    const [start, end] = pos
    const lineStart = text.lastIndexOf('\n', start - 1) + 1
    if (unquotedLines.has(lineStart)) continue
    const unquoted = code === 'MULTIPLE_DOCS' ? [] : unquotedExpressions(text, lineStart)
    if (unquoted.length > 0) unquotedLines.add(lineStart)
    else if (unquotedLines.size > 0) continue
    for (const span of unquoted) {
      const suggestion = `'${text.slice(span.start, span.end).replaceAll("'", "''")}'`
      findings.add({
        code: 'YAML_SYNTAX',
        message: 'YAML misreads this expression; put it in quotes.',
        path: '',
        span,
        suggestion,
      })
    }
    if (unquoted.length > 0) continue
    const opens = /^Missing closing ["']quote/.test(message) ? lastQuote(document) : undefined
    if (opens) {
      const message = `The quote that opens here is never closed; end the text with ${text[opens.start]}.`
      findings.add({ code: 'YAML_SYNTAX', message, path: '', span: opens })
      return
    }
    findings.add({
      code: 'YAML_SYNTAX',
      message: syntaxMessage(code, message),
      path: '',
      span: { start, end: Math.max(end, start + 1) },
    })
  }
}

/** The expressions in the line that begins here, where no quotes stand around them. */
function unquotedExpressions(text: string, lineStart: number): YamlSpan[] {
  const line = /^[^\n]*/.exec(text.slice(lineStart))![0]
  return Array.from(line.matchAll(/(?:[:-]\s+|[,[{]\s*)\$\{\{/g), open => {
    const start = open.index + open[0].length - 3
    const [first] = splitTemplate(line.slice(start)).parts
    if (!first || !('expression' in first)) return []
    return { start: lineStart + start, end: lineStart + start + first.start + first.expression.length + 2 }
  }).flat()
}

/** The mark that opens the last text in quotes: what comes after one that is never closed is part of it. */
function lastQuote(document: Document.Parsed): YamlSpan | undefined {
  let last: YamlSpan | undefined
  visit(document, {
    Scalar(_key, { type, range }) {
      if (range && (type === 'QUOTE_SINGLE' || type === 'QUOTE_DOUBLE')) last = { start: range[0], end: range[0] + 1 }
    },
  })
  return last
}

function syntaxMessage(code: string, message: string): string {
  if (code === 'TAB_AS_INDENT') return 'YAML is indented with spaces, found a tab.'
  if (code === 'MULTIPLE_DOCS') return 'A file holds one playbook; found a second document after ---.'
  return /[.!?]$/.test(message) ? message : `${message}.`
}

function treeOf(node: ParsedNode | Alias, path: string, depth: number, reading: Reading): YamlNode | undefined {
  const span = { start: node.range![0], end: node.range![1] }
  if (isAlias(node) || node.anchor !== undefined) {
    reading.complete = false
    reading.findings.add({
      code: 'YAML_SYNTAX',
      message: 'Anchors and aliases (& and *) are not read in playbooks; write the value out.',
      path,
      span,
    })
    return undefined
  }
  if (depth > MAX_DEPTH) {
    reading.complete = false
    reading.findings.add({ code: 'TOO_LARGE', message: `Values may be nested ${MAX_DEPTH} deep.`, path, span })
    return undefined
  }
  if (isScalar(node)) return scalarOf(node as Scalar.Parsed, span)
  if (isMap(node)) return mapOf(node as YAMLMap.Parsed, span, path, depth, reading)
  const items = (node as YAMLSeq.Parsed).items.map((item, index) =>
    treeOf(item as ParsedNode, join(path, index), depth + 1, reading),
  )
  return { kind: 'list', items: items.filter(item => item !== undefined), ...trimmed(span, reading.findings.text) }
}

function mapOf(node: YAMLMap.Parsed, span: YamlSpan, path: string, depth: number, reading: Reading): YamlMap {
  const { findings } = reading
  const entries = new Map<string, YamlEntry>()
  for (const pair of node.items as Pair<ParsedNode, ParsedNode | null>[]) {
    const key = { start: pair.key.range[0], end: pair.key.range[1] }
    if (!isScalar(pair.key)) {
      reading.complete = false
      findings.add({ code: 'YAML_SYNTAX', message: 'A key must be text.', path, span: key })
      continue
    }
    const name = String(pair.key.value)
    if (name === '__proto__') {
      findings.add({ code: 'UNKNOWN_KEY', message: 'A key cannot be called "__proto__".', path, span: key })
      continue
    }
    const value = pair.value
      ? treeOf(pair.value, join(path, name), depth + 1, reading)
      : ({ kind: 'scalar', value: null, style: 'plain', ...key } as const)
    const first = entries.get(name)
    if (first)
      findings.add({
        code: 'DUPLICATE_KEY',
        message: `"${name}" stands here twice; the first is in line ${findings.position(first.key.start).line}.`,
        path: join(path, name),
        span: key,
      })
    else if (value) entries.set(name, { name, key, value })
  }
  return { kind: 'map', entries, ...trimmed(span, findings.text) }
}

const STYLES = {
  PLAIN: 'plain',
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_LITERAL: 'literal',
  BLOCK_FOLDED: 'folded',
} as const

function scalarOf(node: Scalar.Parsed, span: YamlSpan): YamlScalar {
  const value = node.value
  const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
  return { kind: 'scalar', value: plain, style: STYLES[node.type ?? 'PLAIN'], ...span }
}

/** A block collection's range runs into the blank space before what follows. */
function trimmed({ start, end }: YamlSpan, text: string): YamlSpan {
  let last = end
  while (last > start && /\s/.test(text[last - 1]!)) last--
  return { start, end: last }
}

export function join(path: string, key: string | number): string {
  return path === '' ? String(key) : `${path}.${key}`
}
