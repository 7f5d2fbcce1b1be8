/**
 * `1.234,50` and `1234.50` are the same amount, and `20.000` is twenty thousand: no amount has three decimals. What cannot be
 * read goes as it is: the host says what is wrong.
 */
export function plainAmount(text: string): string {
  const bare = text.trim().replace(/^R\$\s*/, '')
  if (/^\d{1,3}(\.\d{3})+$/.test(bare)) return bare.replaceAll('.', '')
  return bare.includes(',') ? bare.replaceAll('.', '').replace(',', '.') : bare
}
