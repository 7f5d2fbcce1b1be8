import { z } from 'zod'
import { EMPTY_TEMPLATE } from '../compile-template.ts'
import { BY_HAND } from '../match-playbooks.ts'
import type { TriggerKind } from './trigger-kind.ts'

/** A person, or another playbook, starts it. */
export const manual: TriggerKind<'manual'> = {
  kind: 'manual',
  shape: { manual: z.literal(true).meta({ description: 'Says that people start it.' }) },
  event: () => 'manual.started',
  compile: () => ({ kind: 'manual', key: BY_HAND, inputs: EMPTY_TEMPLATE }),
  docs: {
    example: `
inputs:
  days: { type: integer, default: 3 }
triggers:
  - manual: true
`,
    text: 'Any playbook may be started by hand, in the admin, with `trae playbook run` or `runStart`; this says that it is meant to be. Whoever starts it gives the inputs and, where it is about one, the lead: `event.lead` and `event.leadId` are there as for `lead.captured`.',
  },
}
