import type { AnalyticsOverview } from '../../core/brain/analytics.ts'
import { lookAtFigures } from '../../core/brain/figures.ts'
import { keptOverview } from '../../core/brain/kept-figures.ts'
import { TraeError } from '../../core/errors.ts'
import { builder, guarded } from '../builder.ts'
import { type Context, workspaceOf } from '../context.ts'
import { follow } from '../follow.ts'

const FiguresRef = builder.objectRef<AnalyticsOverview>('Figures').implement({
  description: 'What happened in a period, counted from the rows.',
  fields: t => ({
    from: t.field({ type: 'DateTime', description: 'Where the period begins.', resolve: ({ period }) => period.from }),
    to: t.field({ type: 'DateTime', description: 'Where it ends.', resolve: ({ period }) => period.to }),
    leadsProcessed: t.exposeInt('leadsProcessed', { description: 'Leads that came in.' }),
    leadsQualified: t.exposeInt('leadsQualified', { description: 'Of those, who is qualified or a customer by now.' }),
    leadsNurtured: t.exposeInt('leadsNurtured', { description: 'Of those, who is kept warm.' }),
    messagesSent: t.exposeInt('messagesSent', {
      description: 'Messages of ours that have left: not those that wait for a person or for the mail server.',
    }),
    repliesReceived: t.exposeInt('repliesReceived', { description: 'Messages of leads.' }),
    meetingsScheduled: t.exposeInt('meetingsScheduled', { description: 'Meetings that were booked.' }),
    conversionRate: t.exposeFloat('conversionRate', {
      nullable: true,
      description: 'Meetings by leads, 0 to 1 and more; null without leads.',
    }),
    runsCompleted: t.int({ description: 'Runs that came to their end.', resolve: ({ runs }) => runs.completed }),
    runsFailed: t.int({ description: 'Runs that failed, or wait for a person.', resolve: ({ runs }) => runs.failed }),
    runsOpen: t.int({ description: 'Runs under way.', resolve: ({ runs }) => runs.open }),
  }),
})

/** Throws `BAD_USER_INPUT`. */
function acceptedDays(days: number | null | undefined): number {
  const given = days ?? 30
  if (given < 1 || given > 366) throw new TraeError('BAD_USER_INPUT', `days must be from 1 to 366, found ${given}.`)
  return given
}

builder.queryField('figures', t =>
  t.field({
    type: FiguresRef,
    ...guarded('analytics:read', 'The figures of the last days.'),
    args: { days: t.arg.int({ defaultValue: 30, description: 'How many days, 1 to 366.' }) },
    resolve: (_root, { days }, c) => keptOverview(c.core, workspaceOf(c), acceptedDays(days)),
  }),
)

const FiguresUpdatedPayload = builder.objectRef<{ figures: AnalyticsOverview }>('FiguresUpdatedPayload').implement({
  description: 'Figures that have changed.',
  fields: t => ({
    figures: t.field({ type: FiguresRef, description: 'As they are now.', resolve: payload => payload.figures }),
  }),
})

builder.subscriptionField('figuresUpdated', t =>
  t.field({
    type: FiguresUpdatedPayload,
    ...guarded(
      'analytics:read',
      'The figures of the last days: at once as they are, then whenever they change, at most once a second. Counted once for all who look.',
    ),
    args: { days: t.arg.int({ defaultValue: 30, description: 'How many days, 1 to 366.' }) },
    subscribe: (_root, { days }, c) => followFigures(c, acceptedDays(days)),
    resolve: payload => payload,
  }),
)

function followFigures(c: Context, days: number) {
  const look = lookAtFigures(c.core, workspaceOf(c), days)
  return follow(
    c,
    'figures.changed',
    async detail => (detail.days === days ? [{ figures: await look.latest() }] : []),
    {
      async *start() {
        yield [{ figures: await look.read() }]
      },
      over: () => look.leave(),
    },
  )
}
