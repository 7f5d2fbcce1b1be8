import { createHash, randomInt, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'

/**
 * The text of an API key: `trae_live_<8-char id>_<43-char secret><6-char checksum>`, all in base 62. The prefix is for
 * scanners of leaked secrets, the id finds the row, 43 characters hold 256 bits, and the checksum (CRC-32 of all before
 * it) tells a typo without the database.
 */
export function newApiKeyText(publicId: string = randomText(8)): {
  readonly text: string
  readonly publicId: string
  readonly hash: string
} {
  const secret = randomText(43)
  const head = `${PREFIX}${publicId}_${secret}`
  return { text: head + checksum(head), publicId, hash: hashOf(secret) }
}

/** The halves of a key's text; undefined for what is no key, or one that was copied wrong. */
export function parseApiKey(text: string): { readonly publicId: string; readonly secret: string } | undefined {
  const [, head, publicId, secret, sum] = FORM.exec(text) ?? []
  return head !== undefined && checksum(head) === sum ? { publicId: publicId!, secret: secret! } : undefined
}

/** In constant time. */
export function apiKeyFits(secret: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(hashOf(secret), 'hex'), Buffer.from(hash, 'hex'))
}

/** What a key is called where it is listed: enough to find it, nothing to use it with. */
export const shownPrefix = (publicId: string) => `${PREFIX}${publicId}`

const PREFIX = 'trae_live_'
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const FORM = /^(trae_live_([0-9A-Za-z]{8})_([0-9A-Za-z]{43}))([0-9A-Za-z]{6})$/

const randomText = (length: number) => Array.from({ length }, () => DIGITS[randomInt(62)]).join('')

function checksum(head: string): string {
  let left = crc32(head)
  let text = ''
  for (let i = 0; i < 6; i++) [text, left] = [DIGITS[left % 62]! + text, Math.floor(left / 62)]
  return text
}

/** 256 random bits need no slow hash. */
const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex')
