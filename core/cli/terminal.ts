import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Where a command speaks. Colour only where stdout is a terminal and NO_COLOR is unset; with `json`, nothing but JSON. */
export interface Terminal {
  readonly json: boolean
  /** A line for a person; nothing in JSON mode. */
  line(text?: string): void
  /** Something that takes time has begun; nothing in JSON mode. */
  progress(text: string): void
  /** One JSON value in a line; nothing for a person. */
  data(value: unknown): void
  paint(style: Style, text: string): string
}

export function openTerminal(json: boolean, out: NodeJS.WriteStream = process.stdout): Terminal {
  const paint = (style: Style, text: string) => styleText(style, text, { stream: out })
  return {
    json,
    line: (text = '') => void (json || out.write(`${text}\n`)),
    progress: text => void (json || out.write(`${paint('dim', `· ${text}`)}\n`)),
    data: value => void (json && out.write(`${JSON.stringify(value)}\n`)),
    paint,
  }
}

/** Lines in a frame, as wide as the longest of them. */
export function boxed(lines: readonly string[]): string {
  const width = Math.max(...lines.map(line => line.length))
  const edge = '─'.repeat(width + 2)
  return [`┌${edge}┐`, ...lines.map(line => `│ ${line.padEnd(width)} │`), `└${edge}┘`].join('\n')
}

/** Left column padded so that the right one stands in line. */
export function inColumns(rows: readonly (readonly [string, string])[], indent = '  '): string {
  const width = Math.max(0, ...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `${indent}${left.padEnd(width)}  ${right}`.trimEnd()).join('\n')
}
