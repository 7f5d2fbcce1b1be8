/** Text in the type of code; `cell` makes it fit for a table. */
export function code(text: string): string {
  return `\`${text}\``
}

export function yaml(text: string): string {
  return `\`\`\`yaml\n${text.trim()}\n\`\`\``
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.map(cell).join(' | ')} |`).join('\n')
}

/** A bar ends a cell, in code too. */
function cell(text: string): string {
  return text.replaceAll('\n', ' ').replaceAll('|', '\\|')
}
