/**
 * A phone number as E.164 (`+5511987654321`), or undefined where it is none. A number without a country code is read
 * as Brazilian (DDD and 8 or 9 digits), the market this product is made for.
 */
export function normalizePhone(text: string): string | undefined {
  const digits = text.replace(/\D/g, '')
  if (/^\s*(\+|00)/.test(text)) {
    const international = text.trim().startsWith('00') ? digits.slice(2) : digits
    return /^[1-9]\d{7,14}$/.test(international) ? `+${international}` : undefined
  }
  const national = digits.replace(/^0(?:\d{2}(?=\d{10,11}$))?/, '') // a trunk zero, perhaps with a carrier code
  if (/^[1-9][1-9]\d{8,9}$/.test(national)) return `+55${national}`
  if (/^55[1-9][1-9]\d{8,9}$/.test(national)) return `+${national}`
  return undefined
}

/**
 * How one number may be written: a Brazilian mobile with its ninth digit and without it, for WhatsApp goes on calling many by the number
 * that they had before there was one.
 */
export function writingsOf(phone: string): readonly string[] {
  const [, area, rest] = /^\+55(\d{2})9?([6-9]\d{7})$/.exec(phone) ?? []
  return area === undefined ? [phone] : [`+55${area}9${rest}`, `+55${area}${rest}`]
}
