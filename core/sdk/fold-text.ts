/**
 * Text for comparing: lower case, no accents, plain apostrophes and spaces. Character i of the answer is character i of
 * `text.normalize('NFC')`, so that what was found can be shown as it was written.
 */
export function foldText(text: string): string {
  let folded = ''
  for (const unit of text.normalize('NFC').split('')) folded += FOLDED[unit] ?? foldUnit(unit)
  return folded
}

const FOLDED: Readonly<Record<string, string>> = {
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  '\u00a0': ' ',
  '–': '-',
  '—': '-',
}

function foldUnit(unit: string): string {
  if (unit <= '\u007f') return unit.toLowerCase()
  const plain = unit.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
  return plain.length === 1 ? plain : unit // ligatures and halves of an emoji stay: one unit in, one unit out
}
