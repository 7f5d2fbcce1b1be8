/** What stands where a secret stood. */
const STARS = '•••'
/** A text as short as this is found in any answer; no secret of that length is taken. */
export const SHORTEST_SECRET = 6

/**
 * Hides secrets in texts: as they are, and as base64 (also in the midst of something longer), hexadecimal, percent-encoding or
 * JSON would write them. What was made of several (`user:password`) is given as a secret of its own.
 */
export function maskOf(secrets: readonly string[]): (text: string) => string {
  const written = new Set(secrets.filter(secret => secret.length >= SHORTEST_SECRET).flatMap(spellings))
  const ordered = [...written].sort((a, b) => b.length - a.length) // the longest first: it may hold a shorter one
  return text => ordered.reduce((masked, spelling) => masked.replaceAll(spelling, STARS), text)
}

function spellings(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64')
  const json = JSON.stringify(secret).slice(1, -1)
  return [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ s: secret }).toString().slice(2),
    json,
    json.replaceAll('/', '\\/'),
    base64.replace(/=+$/, ''), // with its padding, too: that stands behind
    base64.slice(0, Math.floor((Buffer.byteLength(secret) * 8) / 6)), // with something else behind it
    Buffer.from(secret)
      .toString('base64url')
      .slice(0, Math.floor((Buffer.byteLength(secret) * 8) / 6)),
    Buffer.from(secret).toString('base64url'),
    ...[1, 2].flatMap(before => within(secret, before)),
    hex(secret),
    hex(secret).toUpperCase(),
  ]
}

const hex = (secret: string) => Buffer.from(secret).toString('hex')

/**
 * As base64 writes a secret behind so many bytes of something else, 1 or 2 of three: the letters that are the secret's alone. Its
 * first and last letters are partly its neighbours'.
 */
function within(secret: string, before: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)])
  const letters = bytes.toString('base64').slice(before + 1, Math.floor((bytes.length * 8) / 6))
  return [letters, letters.replaceAll('+', '-').replaceAll('/', '_')]
}
