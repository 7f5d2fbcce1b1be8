import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import type { Span } from '../sales/availability.ts'
import type { MeetingOfLink } from '../sales/meeting-of-link.ts'
import { offeredSpan } from '../sales/meeting-times.ts'
import { type ActionCall, callAction, type CallCore } from './call-action.ts'
import { providerAction } from './provider-action.ts'

/** Somebody looks at a page meanwhile. */
const PATIENCE_MS = 8_000
/** The most that the service answers with. */
const MOST = 250

/**
 * Other times that the calendar of a provider has for a meeting of its own at `now`, earliest first, as it answers to `calendar/find-slots`. Asks the vendor: throws what
 * the call throws, `UNAVAILABLE` after eight seconds.
 */
export async function providerTimes(
  core: CallCore & Pick<Core, 'clock'>,
  workspaceId: WorkspaceId,
  meeting: Pick<MeetingOfLink, 'id' | 'startsAt' | 'endsAt'> & {
    readonly provider: NonNullable<MeetingOfLink['provider']>
  },
  now: Date,
): Promise<Span[]> {
  const { id, provider, startsAt, endsAt } = meeting
  const workspace = await getWorkspace(core, workspaceId)
  const { from, to } = offeredSpan(meeting, now)
  const minutes = (endsAt.getTime() - startsAt.getTime()) / 60_000
  const call: ActionCall = {
    workspaceId,
    action: await providerAction(core, workspaceId, provider, 'find-slots'),
    account: provider.account,
    input: { duration: `${minutes}m`, earliest: from.toISOString(), latest: to.toISOString(), limit: MOST },
    run: { id: newId(), path: 'meeting', attempt: 1, key: `meeting:${id}`, playbookId: '' },
    locale: workspace.locale,
    timeZone: workspace.timeZone,
    workspaceLocale: workspace.locale,
    workspaceName: workspace.name,
    signal: AbortSignal.timeout(PATIENCE_MS),
  }
  const { slots } = (await callAction(core, call)).output as { slots: { startsAt: string; endsAt: string }[] }
  return slots
    .map(slot => ({ startsAt: new Date(slot.startsAt), endsAt: new Date(slot.endsAt) }))
    .filter(slot => slot.startsAt >= from && slot.startsAt.getTime() !== startsAt.getTime())
}
