import { builder } from '../builder.ts'

export interface ScoreFactor {
  readonly name: string
  readonly points: number
  readonly value: string
  readonly reason: string
  readonly source?: string | undefined
  readonly from?: string | undefined
}

export const ScoreFactorRef = builder.objectRef<ScoreFactor>('ScoreFactor').implement({
  description: 'One reason for a score: so many points for this value, and why.',
  fields: t => ({
    name: t.exposeString('name', { description: 'What was looked at.' }),
    points: t.exposeFloat('points', { description: 'What it adds; negative where it takes away.' }),
    value: t.exposeString('value', { description: 'What was found.' }),
    reason: t.exposeString('reason', { description: 'Why that counts.' }),
    source: t.string({
      nullable: true,
      description:
        'Where the value is known from: records, given, memory, computed; null where whoever scored did not say.',
      resolve: ({ source }) => source ?? null,
    }),
    from: t.string({
      nullable: true,
      description: 'Which record, answer or calculation that was.',
      resolve: ({ from }) => from ?? null,
    }),
  }),
})
