import { createHash, randomBytes } from 'node:crypto'

/** What a link carries that lets one person do one thing once: 256 random bits, of which only the hash is kept. */
export function newLinkToken(): { readonly token: string; readonly hash: string } {
  const token = randomBytes(32).toString('base64url')
  return { token, hash: hashOfLink(token) }
}

export const hashOfLink = (token: string) => createHash('sha256').update(token).digest('hex')
