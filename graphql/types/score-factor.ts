import { builder } from '../builder.ts'

export interface ScoreFactor {
  readonly name: string
  readonly points: number
  readonly value: string
  readonly reason: string
}

export const ScoreFactorRef = builder.objectRef<ScoreFactor>('ScoreFactor').implement({
  description: 'One reason for a score: so many points for this value, and why.',
  fields: t => ({
    name: t.exposeString('name', { description: 'What was looked at.' }),
    points: t.exposeFloat('points', { description: 'What it adds; negative where it takes away.' }),
    value: t.exposeString('value', { description: 'What was found.' }),
    reason: t.exposeString('reason', { description: 'Why that counts.' }),
  }),
})
