import type { YamlScalar } from './yaml-tree.ts'

/**
 * Where the characters of a scalar's value stand in the file. Quotes, escapes, folded lines and indentation make the two
 * differ; the walk below follows both side by side. Answers a function from offset in the value to offset in the file.
 */
export function scalarOffsets(node: YamlScalar, text: string): (offset: number) => number {
  const value = String(node.value)
  if (node.style === 'plain' && node.end - node.start === value.length)
    return offset => Math.min(node.start + offset, node.end)
  let offsets: number[] | undefined
  return offset => {
    offsets ??= align(value, node, text)
    return offsets[Math.min(Math.max(offset, 0), value.length)] ?? node.end
  }
}

function align(value: string, node: YamlScalar, text: string): number[] {
  const offsets: number[] = []
  let at = bodyStart(node, text)
  for (let i = 0; i < value.length; i++) {
    const char = value[i]!
    if (node.style === 'double' && text[at] === '\\') {
      while (/^\\\r?\n/.test(text.slice(at, at + 3))) at = skipSpace(text, text.indexOf('\n', at) + 1) // a line continued
      if (text[at] === '\\') {
        offsets.push(at)
        at += escapeLength(text, at)
        continue
      }
    }
    if (text[at] !== char) at = resynchronise(char, at, node, text)
    offsets.push(at)
    at += node.style === 'single' && char === "'" ? 2 : 1
  }
  offsets.push(Math.min(at, node.end))
  return offsets
}

function bodyStart(node: YamlScalar, text: string): number {
  if (node.style === 'single' || node.style === 'double') return node.start + 1
  if (node.style === 'plain') return node.start
  return text.indexOf('\n', node.start) + 1 // after the line of the header, `|-`
}

/** Line ends and indentation are fewer in the value than in the file, and a folded line end is a space. */
function resynchronise(char: string, at: number, node: YamlScalar, text: string): number {
  if (char === ' ' && (text[at] === '\n' || text[at] === '\r')) return skipSpace(text, at) - 1
  let next = at
  while (next < node.end && /\s/.test(text[next]!) && text[next] !== char) next++
  return text[next] === char ? next : at
}

function skipSpace(text: string, at: number): number {
  let next = at
  while (next < text.length && /\s/.test(text[next]!)) next++
  return next
}

function escapeLength(text: string, at: number): number {
  const kind = text[at + 1]
  return kind === 'x' ? 4 : kind === 'u' ? 6 : kind === 'U' ? 10 : 2
}
