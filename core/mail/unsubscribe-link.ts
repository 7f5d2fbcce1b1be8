import { timingSafeEqual } from 'node:crypto'
import type { Core } from '../context.ts'
import { publicBase } from '../public-base.ts'

/** Which letter a token of an address is of, whose reader wants no more. */
const TOKEN = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})-([\w-]{43})$/

/**
 * The part of an address by which the reader of one letter unsubscribes: signed with the host's key, so nothing is stored, and
 * nobody can unsubscribe others. It never ends: a letter is read years later.
 */
export function unsubscribeToken(core: Pick<Core, 'vault'>, messageId: string): string {
  return `${messageId.replaceAll('-', '')}-${core.vault.derive(`unsubscribe|${messageId}`)}`
}

export const unsubscribeLink = (core: Pick<Core, 'vault' | 'config'>, messageId: string) =>
  `${publicBase(core.config)}/unsubscribe/${unsubscribeToken(core, messageId)}`

/** The letter, or undefined for a token that is none of ours. */
export function openUnsubscribeToken(core: Pick<Core, 'vault'>, token: string): string | undefined {
  const match = TOKEN.exec(token)
  if (!match) return undefined
  const messageId = match.slice(1, 6).join('-')
  const wanted = core.vault.derive(`unsubscribe|${messageId}`)
  return timingSafeEqual(Buffer.from(wanted), Buffer.from(match[6]!)) ? messageId : undefined
}
