import type { JsonSchema } from '../catalog.ts'
import { triggerKinds } from '../trigger-kinds.ts'
import { keyTable } from './key-table.ts'
import { yaml } from './markdown.ts'

/** What starts a run. */
export function triggerSection(schema: JsonSchema): string {
  const kinds = triggerKinds.map(kind => {
    const { example, text } = kind.docs
    return `### ${kind.kind}\n\n${yaml(example)}\n\n${keyTable(schema.$defs![`trigger-${kind.kind}`]!)}\n\n${text}`
  })
  return `## Triggers

Any of the triggers starts a run; when several of one playbook fit an event, it starts once. In a trigger there is no run yet: its
expressions see \`event\` only. \`triggers: []\` says that only people and other playbooks start this one.

${kinds.join('\n\n')}`
}

/** What a run can be given at its start. */
export function inputSection(schema: JsonSchema): string {
  const input = schema.properties!['inputs']!.additionalProperties as JsonSchema
  return `## Inputs

${yaml(`
inputs:
  days: { type: integer, default: 3, description: How long to wait for an answer. }
  tone: { type: string, enum: [formal, friendly], default: friendly }
  since: { type: date }
triggers:
  - event: lead.captured
    inputs: { tone: formal }
steps:
  - wait: \${{ days(inputs.days) }}
`)}

${keyTable(input)}

They are checked when a run starts: a run whose inputs do not fit is stored as failed, with the code \`VALIDATION\`, and says which input,
what was found and what is wanted. An input that is neither required nor has a default is null where it is not given. A date is a text
like \`2026-03-02\`, a datetime one like \`2026-03-02T09:00:00-03:00\`.`
}
