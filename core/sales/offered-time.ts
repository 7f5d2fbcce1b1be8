import type { Core } from '../context.ts'
import { isSignatureOf } from '../signed-id.ts'

const OFFERED = /^(\S{1,40}) ([\w-]{43})$/

/**
 * A time that the page of a meeting offers, signed: what comes back was offered for this very meeting, also when the vendor's calendar cannot be asked
 * again at that moment.
 */
export const offeredTime = ({ vault }: Pick<Core, 'vault'>, meetingId: string, startsAt: Date): string =>
  `${startsAt.toISOString()} ${vault.derive(signed(meetingId, startsAt.toISOString()))}`

/** The time in it; undefined for one that was not offered for this meeting. */
export function openOfferedTime({ vault }: Pick<Core, 'vault'>, meetingId: string, offer: string): Date | undefined {
  const [, startsAt, signature] = OFFERED.exec(offer) ?? []
  if (startsAt === undefined || signature === undefined) return undefined
  return isSignatureOf({ vault }, signed(meetingId, startsAt), signature) ? new Date(startsAt) : undefined
}

const signed = (meetingId: string, startsAt: string) => `meeting-time|${meetingId}|${startsAt}`
