import type { Context } from './context.ts'
import { hasCode } from './plugin-error.ts'

/** A lead that was handed over, for `noteHandoff`. */
export interface Handoff {
  readonly leadId: string
  /** One line of the history. */
  readonly summary: string
  readonly closer: { readonly name: string; readonly email: string }
  /** Of the meeting that the briefing is for. */
  readonly meetingId?: string | undefined
  readonly briefing?: unknown
}

/**
 * Notes a handoff where people look for it: the briefing lies beside the meeting, where that is one of this host's own, else
 * in the history of the lead, which gets a line either way. Needs `meetings:write` and `activities:write`; once per step.
 */
export async function noteHandoff(
  ctx: Pick<Context, 'records'>,
  { leadId, summary, closer, meetingId, briefing }: Handoff,
): Promise<void> {
  const attached = await attach(ctx, meetingId, briefing)
  await ctx.records.activities.add({
    leadId,
    kind: 'HANDOFF',
    summary,
    data: {
      closer,
      ...(meetingId === undefined ? {} : { meetingId }),
      ...(attached || briefing === undefined ? {} : { briefing }),
    },
  })
}

/** True when the briefing lies beside the meeting. A meeting in another calendar is not ours to write on. */
async function attach(
  ctx: Pick<Context, 'records'>,
  meetingId: string | undefined,
  briefing: unknown,
): Promise<boolean> {
  if (meetingId === undefined || briefing === undefined || !OUR_ID.test(meetingId)) return false
  try {
    await ctx.records.meetings.attachBriefing({ id: meetingId, briefing })
    return true
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return false
    throw error
  }
}

const OUR_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
