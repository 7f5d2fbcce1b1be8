import { type ConcurrencyPlace, REASON_CODES, REASONS, type Reason } from '../../core/runs/reason.ts'
import { builder } from '../builder.ts'
import { described } from '../described.ts'

interface RunError {
  readonly code: string
  readonly message: string
  readonly retryable: boolean
  readonly path?: string | null
}
export const RunErrorRef = builder.objectRef<RunError>('RunError').implement({
  description: 'Why something failed.',
  fields: t => ({
    code: t.exposeString('code', { description: 'For machines.' }),
    message: t.exposeString('message', { description: 'Names the thing, says what was found and what to do.' }),
    retryable: t.exposeBoolean('retryable', { description: 'Would the same later have a chance?' }),
    path: t.string({ nullable: true, description: 'The step it happened in.', resolve: error => error.path }),
  }),
})

const about = Object.fromEntries(REASON_CODES.map(code => [code, REASONS[code].about])) as Record<
  Reason['code'],
  string
>
export const RunReasonCode = builder.enumType('RunReasonCode', {
  description: 'Why a run or a step stands where it stands.',
  values: described(REASON_CODES, about),
})

const ConcurrencyPlaceRef = builder.objectRef<ConcurrencyPlace>('ConcurrencyPlace').implement({
  description: 'The place of a run under the `concurrency` of its playbook.',
  fields: t => ({
    key: t.exposeString('key', { description: 'Whose places these are; empty where all runs share them.' }),
    executing: t.exposeInt('executing', { description: 'Runs that execute under the key.' }),
    limit: t.exposeInt('limit', { description: 'How many may.' }),
    position: t.exposeInt('position', { description: 'Of this run in the queue, from 1; counted up to 1000.' }),
  }),
})

export const RunReasonRef = builder.objectRef<Reason>('RunReason').implement({
  description: 'Why a run or a step stands where it stands, and what would move it on.',
  fields: t => ({
    code: t.field({ type: RunReasonCode, description: 'For machines.', resolve: reason => reason.code }),
    message: t.exposeString('message', { description: 'For people.' }),
    nextAction: t.string({
      description: 'The one thing to do about it, for people.',
      resolve: reason => REASONS[reason.code].next,
    }),
    concurrency: t.field({
      type: ConcurrencyPlaceRef,
      nullable: true,
      description: 'Of a run that waits for a place: how many execute, and where it stands in the queue.',
      resolve: reason => reason.concurrency,
    }),
    until: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it moves on by itself.',
      resolve: reason => reason.until,
    }),
  }),
})
