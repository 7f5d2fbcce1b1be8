/** Markup that is safe to send: made by `html` only, so whatever a visitor typed has been escaped on its way in. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = Html | string | number | boolean | null | undefined | readonly Part[]

/** A template of markup. Texts are escaped, `Html` goes in as it is, lists are joined, `false` and nothing leave no trace. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((text, index) => text + (index < parts.length ? render(parts[index]) : '')).join(''))
}

function render(part: Part): string {
  if (part instanceof Html) return part.text
  if (Array.isArray(part)) return part.map(render).join('')
  if (part === null || part === undefined || typeof part === 'boolean') return ''
  return escape(String(part))
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escape = (text: string) => text.replace(/[&<>"']/g, sign => ENTITIES[sign]!)

/** An address of the web, without what ends the sentence around it. */
const ADDRESS = /https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]}]/g

/** A line of text whose addresses of the web are links. */
export function linked(line: string): (Html | string)[] {
  const parts: (Html | string)[] = []
  let end = 0
  for (const { 0: address, index } of line.matchAll(ADDRESS)) {
    parts.push(line.slice(end, index), html`<a href="${address}">${address}</a>`)
    end = index + address.length
  }
  return [...parts, line.slice(end)]
}
