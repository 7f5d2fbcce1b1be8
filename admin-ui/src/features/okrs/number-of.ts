/** What somebody typed, with a point or a comma before the decimals and points or blanks between the thousands; null for nothing. NaN is refused by the host. */
export function numberOf(text: string): number | null {
  const given = text.replaceAll(/\s/g, '')
  if (given === '') return null
  const isComma = given.lastIndexOf(',') > given.lastIndexOf('.')
  return Number(isComma ? given.replaceAll('.', '').replace(',', '.') : given.replaceAll(',', ''))
}
