import { isId } from '../../core/ids.ts'
import type { Cancellation } from '../../core/runs/read-runs.ts'
import { builder } from '../builder.ts'
import { renamed } from '../described.ts'
import { UserRef } from './workspace.ts'

const CAUSES = {
  person: 'Somebody, who is named in `by`.',
  sla: 'It was not over in time, and the `sla` of its playbook wants that it stops.',
  concurrency: 'A newer run takes its place, by `concurrency` of its playbook.',
  publishing: 'The run that started it was begun anew when a version was published.',
  parent: 'The run that started it needs it no longer.',
}
const CancellationCause = builder.enumType('RunCancellationCause', {
  description: 'What asked a run to stop.',
  values: renamed(CAUSES),
})

export const RunCancellationRef = builder.objectRef<Cancellation>('RunCancellation').implement({
  description: 'Who asked a run to stop, and why.',
  fields: t => ({
    cause: t.field({ type: CancellationCause, description: 'What asked.', resolve: ({ by }) => causeOf(by) }),
    by: t.field({
      type: UserRef,
      nullable: true,
      description: 'The person who asked; null where it was none, or they are no longer here.',
      resolve: ({ by }, _args, c) => (isId(by) ? c.loaders.user.load(by) : null),
    }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'Why, in their words; null where they said nothing.',
    }),
    requestedAt: t.expose('requestedAt', { type: 'DateTime', description: 'When.' }),
  }),
})

function causeOf(by: string): keyof typeof CAUSES {
  if (by === 'sla' || by === 'concurrency' || by === 'publishing') return by
  return by.startsWith('run:') ? 'parent' : 'person'
}
