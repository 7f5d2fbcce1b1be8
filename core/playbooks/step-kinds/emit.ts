import { z } from 'zod'
import { placeIn } from '../compile-context.ts'
import { compileExpressionNode } from '../compile-scalar.ts'
import { compileTemplate, EMPTY_TEMPLATE } from '../compile-template.ts'
import { words } from '../playbook-file.ts'
import { isText, valueOf } from '../yaml-tree.ts'
import type { StepKind } from './step-kind.ts'

/** Says that something happened: other playbooks may start, waits may end. */
export const emit: StepKind<'emit'> = {
  kind: 'emit',
  key: 'emit',
  shape: () => ({
    emit: z
      .strictObject({
        event: words.eventType,
        data: z.record(z.string(), z.unknown()).optional().meta({ description: 'What the event carries.' }),
        subject: words.expression
          .optional()
          .meta({ description: 'Whom it is about; the subject of the run without it.' }),
      })
      .meta({ description: 'Says that something happened.' }),
  }),
  title: entry => {
    const event = valueOf(valueOf(entry, 'emit'), 'event')
    return `emit ${isText(event) ? event.value : ''}`.trim()
  },
  output: () => undefined,
  compile(entry, place, context) {
    const emitted = valueOf(entry, 'emit')
    const [event, data, subject] = ['event', 'data', 'subject'].map(name => valueOf(emitted, name))
    return {
      kind: 'emit',
      event: isText(event) ? event.value : '',
      data: data ? compileTemplate(data, placeIn(place, 'emit.data', context), context) : EMPTY_TEMPLATE,
      subject: subject && compileExpressionNode(subject, placeIn(place, 'emit.subject', context), context),
    }
  },
  docs: {
    example: `
- emit:
    event: lead.nurtured
    data: { leadId: '\${{ lead.id }}', score: '\${{ lead.score }}' }
`,
    text: 'The event and the outcome of the step are stored together: both are there, or neither. Playbooks whose trigger fits start after that; runs that wait for it go on.',
    output: '`{ eventId, type }`.',
  },
}
