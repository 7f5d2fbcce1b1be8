/** What stands where a secret stood. */
const STARS = '•••'
/** A text as short as this is found in any answer; no secret of that length is taken. */
export const SHORTEST_SECRET = 6

/**
 * Hides secrets in texts: as they are, and as base64, percent-encoding or JSON would write them. What was made of several
 * (`user:password`) is given as a secret of its own.
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
    Buffer.from(secret).toString('base64url'),
  ]
}
