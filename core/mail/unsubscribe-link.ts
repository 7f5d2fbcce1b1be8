import type { Core } from '../context.ts'
import { publicBase } from '../public-base.ts'
import { openSignedId, signedId } from '../signed-id.ts'

const PURPOSE = 'unsubscribe'

/**
 * The part of an address by which the reader of one letter unsubscribes: signed with the host's key, so nothing is stored, and
 * nobody can unsubscribe others. It never ends: a letter is read years later.
 */
export const unsubscribeToken = (core: Pick<Core, 'vault'>, messageId: string) => signedId(core, PURPOSE, messageId)

export const unsubscribeLink = (core: Pick<Core, 'vault' | 'config'>, messageId: string) =>
  `${publicBase(core.config)}/unsubscribe/${unsubscribeToken(core, messageId)}`

/** The letter, or undefined for a token that is none of ours. */
export const openUnsubscribeToken = (core: Pick<Core, 'vault'>, token: string) => openSignedId(core, PURPOSE, token)
