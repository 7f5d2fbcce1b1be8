import type { Diagnostic } from './diagnostic.ts'

/** Findings as text for people, each with its line of the source and a caret; or as JSON for programs. */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  source: string,
  format: 'text' | 'json' = 'text',
): string {
  if (format === 'json') return JSON.stringify(diagnostics, undefined, 2)
  if (diagnostics.length === 0) return 'No findings.'
  const lines = source.split(/\r?\n/)
  return `${diagnostics.map(diagnostic => formatOne(diagnostic, lines)).join('\n\n')}\n\n${summary(diagnostics)}`
}

function formatOne(diagnostic: Diagnostic, lines: readonly string[]): string {
  const { source, line, column, severity, message, code, suggestion } = diagnostic
  const help = suggestion === undefined ? '' : `\n${' '.repeat(gutter(line).length)}= ${advice(suggestion)}`
  return `${source}:${line}:${column}: ${severity}: ${message} [${code}]\n${excerpt(diagnostic, lines[line - 1] ?? '')}${help}`
}

function excerpt({ line, column, endLine, endColumn }: Diagnostic, text: string): string {
  const lead = text.slice(0, column - 1).replace(/[^\t]/g, ' ') // tabs stay, so that the caret stands under its character
  const width = Math.max(1, (endLine === line ? endColumn : text.length + 1) - column)
  return `${gutter(line)}| ${text}\n${' '.repeat(gutter(line).length)}| ${lead}${'^'.repeat(width)}`
}

/** Most suggestions are the text that was meant; some are advice, and hold a … to be filled in. */
function advice(suggestion: string): string {
  return suggestion.includes('…') ? `try: ${suggestion}` : `did you mean ${suggestion}?`
}

function gutter(line: number): string {
  return `${String(line).padStart(5)} `
}

function summary(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: Diagnostic['severity'], one: string, many: string): string[] => {
    const number = diagnostics.filter(diagnostic => diagnostic.severity === severity).length
    return number === 0 ? [] : [`${number} ${number === 1 ? one : many}`]
  }
  return `${[...count('error', 'error', 'errors'), ...count('warning', 'warning', 'warnings'), ...count('info', 'note', 'notes')].join(', ')}.`
}
