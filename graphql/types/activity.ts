import { type Activity, ACTIVITY_KINDS } from '../../core/sales/activities.ts'
import { builder, guarded } from '../builder.ts'
import { connectionOf } from '../connection.ts'
import { sortInput } from '../sorting.ts'
import { described } from '../described.ts'
import { Node, nodeId } from './node.ts'
import { RunRef } from './refs.ts'

const ActivityKind = builder.enumType('ActivityKind', {
  description: 'What kind of thing happened.',
  values: described(ACTIVITY_KINDS, {
    CAPTURED: 'The lead came in.',
    ENRICHED: 'More became known.',
    SCORED: 'The score was computed.',
    STATUS_CHANGED: 'The status changed.',
    EMAIL_SENT: 'We wrote.',
    EMAIL_RECEIVED: 'The lead wrote.',
    EMAIL_BOUNCED: 'A letter of ours came back.',
    MESSAGE_SENT: 'A person sent an SMS or WhatsApp message by hand.',
    MESSAGE_RECEIVED: 'The lead answered by SMS or WhatsApp.',
    MEETING_ANSWERED: 'The lead answered the invitation to a meeting.',
    MEETING_MOVED: 'A meeting got another time.',
    MEETING_CANCELLED: 'A meeting was called off.',
    MEETING_HELD: 'A meeting took place.',
    MEETING_MISSED: 'The lead did not come to a meeting.',
    MEETING: 'A meeting was booked.',
    HANDOFF: 'A closer took over.',
    DEAL: 'A deal was opened or moved.',
    CUSTOMER: 'They became a customer, or their health or status changed.',
    MERGED: 'Another record of the same person was merged into this one.',
    NOTE: 'Something was written down.',
  }),
})

const ActivityRef = builder.objectRef<Activity>('Activity').implement({
  description: 'One thing that happened to a lead, told to people.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('Activity', ({ id }) => id)),
    kind: t.field({ type: ActivityKind, description: 'What kind of thing.', resolve: activity => activity.kind }),
    summary: t.exposeString('summary', { description: 'In a few words.' }),
    data: t.field({ type: 'JSON', description: 'The facts.', resolve: activity => activity.data }),
    run: t.field({
      type: RunRef,
      nullable: true,
      ...guarded('runs:read', 'The run that did it.'),
      resolve: (activity, _args, c) => (activity.runId ? c.loaders.run.load(activity.runId) : null),
    }),
    occurredAt: t.expose('occurredAt', { type: 'DateTime', description: 'When.' }),
  }),
})

export const ActivityConnection = connectionOf<Activity>('Activity', ActivityRef)

export const ActivityFilterInput = builder.inputType('ActivityFilter', {
  description: 'Which activities. All conditions must hold.',
  fields: t => ({
    kinds: t.field({ type: [ActivityKind], description: 'Of one of these kinds.' }),
    search: t.string({ description: 'With this anywhere in the summary.' }),
    occurredAfter: t.field({ type: 'DateTime', description: 'Of this moment or later.' }),
    occurredBefore: t.field({ type: 'DateTime', description: 'Before this moment.' }),
  }),
})
export const ActivitySort = sortInput('Activity', { occurredAt: 'When it happened.' })
