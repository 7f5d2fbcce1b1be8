import { timingSafeEqual } from 'node:crypto'
import type { Core } from './context.ts'

const SIGNED = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})-([\w-]{43})$/

/**
 * The id of a row as the part of an address that nobody can guess: signed with the host's key, so nothing is stored. One made for
 * one `purpose` opens nothing of another.
 */
export const signedId = ({ vault }: Pick<Core, 'vault'>, purpose: string, id: string): string =>
  `${id.replaceAll('-', '')}-${vault.derive(`${purpose}|${id}`)}`

/** The id in it; undefined for one that is none of ours. Whether there is such a row is another question. */
export function openSignedId({ vault }: Pick<Core, 'vault'>, purpose: string, token: string): string | undefined {
  const match = SIGNED.exec(token)
  if (!match) return undefined
  const id = match.slice(1, 6).join('-')
  return isSignatureOf({ vault }, `${purpose}|${id}`, match[6]!) ? id : undefined
}

/** Is this what `vault.derive` makes of that text? Takes as long whatever it is; it has 43 characters. */
export function isSignatureOf({ vault }: Pick<Core, 'vault'>, text: string, signature: string): boolean {
  return timingSafeEqual(Buffer.from(vault.derive(text)), Buffer.from(signature))
}
