/** A text cut at its `${{ … }}`: plain text, or the source of an expression and where it begins in the text. */
export type TemplatePart = { readonly text: string } | { readonly expression: string; readonly start: number }

export interface SplitTemplate {
  readonly parts: readonly TemplatePart[]
  /** Where a `${{` stands that nothing closes. */
  readonly unclosed?: number
}

/** Cuts a text at its expressions. `$${{` is a `${{` that is meant as text. Braces inside CEL's own text and maps do not end it. */
export function splitTemplate(text: string): SplitTemplate {
  const parts: TemplatePart[] = []
  let plain = ''
  let at = 0
  for (;;) {
    const open = text.indexOf('${{', at)
    if (open === -1) break
    if (text[open - 1] === '$' && open > at) {
      plain += `${text.slice(at, open - 1)}\${{`
      at = open + 3
      continue
    }
    const close = endOfExpression(text, open + 3)
    if (close === undefined) return { parts, unclosed: open }
    plain += text.slice(at, open)
    if (plain) parts.push({ text: plain })
    plain = ''
    parts.push({ expression: text.slice(open + 3, close), start: open + 3 })
    at = close + 2
  }
  plain += text.slice(at)
  if (plain) parts.push({ text: plain })
  return { parts }
}

export function hasExpression(value: unknown): boolean {
  return typeof value === 'string' && value.includes('${{')
}

/** Where the `}}` begins that closes the expression starting at `from`; undefined when nothing does. */
function endOfExpression(text: string, from: number): number | undefined {
  let depth = 0
  for (let i = from; i < text.length; i++) {
    const char = text[i]!
    if (char === '"' || char === "'") {
      const end = endOfQuote(text, i)
      if (end === undefined) break
      i = end
    } else if (char === '{') depth++
    else if (char === '}') {
      if (depth > 0) depth--
      else if (text[i + 1] === '}') return i
    }
  }
  // Quotes or braces that do not pair up: take the first `}}`, so that the finding is about the expression itself.
  const fallback = text.indexOf('}}', from)
  return fallback === -1 ? undefined : fallback
}

function endOfQuote(text: string, start: number): number | undefined {
  const quote = text[start]!
  const raw = /[rR]/.test(text[start - 1] ?? '') && !/[\w.]/.test(text[start - 2] ?? '')
  const triple = text.startsWith(quote.repeat(3), start)
  const closing = triple ? quote.repeat(3) : quote
  for (let i = start + closing.length; i < text.length; i++) {
    if (text[i] === '\\' && !raw) i++
    else if (text.startsWith(closing, i)) return i + closing.length - 1
  }
  return undefined
}
