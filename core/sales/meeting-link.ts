import type { Core } from '../context.ts'
import { publicBase } from '../public-base.ts'
import { openSignedId, signedId } from '../signed-id.ts'

const PURPOSE = 'meeting'

/**
 * The address of the page on which a lead moves or cancels its meeting, for whoever has it. It never ends: who comes late reads that
 * the meeting is over.
 */
export const changeLink = (core: Pick<Core, 'vault' | 'config'>, meetingId: string) =>
  `${publicBase(core.config)}/meetings/${signedId(core, PURPOSE, meetingId)}`

/** The meeting that a token of an address names; undefined for a token that is none of ours. */
export const openChangeLink = (core: Pick<Core, 'vault'>, token: string) => openSignedId(core, PURPOSE, token)
