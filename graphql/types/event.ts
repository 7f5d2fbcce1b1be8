import type { EventRecord } from '../../core/runs/read-events.ts'
import { builder } from '../builder.ts'
import { Node, nodeId } from './node.ts'

export const EventRef = builder.objectRef<EventRecord>('Event').implement({
  description: 'Something that happened, and may start playbooks.',
  interfaces: [Node],
  fields: t => ({
    id: t.id(nodeId('Event', ({ id }) => id)),
    type: t.exposeString('type', { description: 'As lead.captured.' }),
    data: t.field({ type: 'JSON', description: 'What is known of it.', resolve: event => event.data }),
    source: t.exposeString('source', { description: 'Who told it: rest, graphql, webhook:leads, run:<id>.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was stored.' }),
  }),
})
