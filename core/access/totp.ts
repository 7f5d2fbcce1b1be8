import { createHmac, randomBytes } from 'node:crypto'

/** Seconds of a step, digits of a code: what every authenticator app takes. */
const STEP = 30
const DIGITS = 6
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** A key as RFC 4226 has it for SHA-1: 160 bits. */
export const newTotpKey = () => randomBytes(20)

export const totpStep = (at: Date) => Math.floor(at.getTime() / 1000 / STEP)

/** The code of a time step (RFC 6238, SHA-1). */
export function totpCode(key: Buffer, step: number, digits = DIGITS): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', key).update(counter).digest()
  const offset = mac[mac.length - 1]! & 0xf
  const number = mac.readUInt32BE(offset) & 0x7fffffff
  return String(number % 10 ** digits).padStart(digits, '0')
}

/** The step that a code is of: this one, the one before or the one after, for clocks that differ. Undefined: of none. */
export function stepOfCode(key: Buffer, code: string, at: Date): number | undefined {
  const now = totpStep(at)
  return [now, now - 1, now + 1].find(step => totpCode(key, step) === code)
}

/** A key as people type it into an app (RFC 4648, without padding). */
export function base32(key: Buffer): string {
  let bits = ''
  for (const byte of key) bits += byte.toString(2).padStart(8, '0')
  return (bits.match(/.{1,5}/g) ?? []).map(five => BASE32[Number.parseInt(five.padEnd(5, '0'), 2)]).join('')
}

/** What the picture for the app says. */
export function otpauthUri(key: Buffer, email: string, issuer: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(email)}`
  return `otpauth://totp/${label}?secret=${base32(key)}&issuer=${encodeURIComponent(issuer)}&digits=${DIGITS}&period=${STEP}`
}
