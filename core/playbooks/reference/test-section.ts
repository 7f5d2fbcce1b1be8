import { z } from 'zod'
import type { JsonSchema } from '../catalog.ts'
import { FLAT_TEST, EXPECTATION_SCHEMAS, LATER_SCHEMA, OUTCOME_SCHEMA } from '../tests/test-file.ts'
import { keyTable } from './key-table.ts'
import { code, yaml } from './markdown.ts'

/** A playbook with its test, small enough to be read at once. */
const EXAMPLE = `
steps:
  - id: letter
    uses: email/send
    with: { to: '\${{ lead.email }}', subject: Olá, body: Podemos conversar?, leadId: '\${{ lead.id }}' }
    retry: { maxAttempts: 3 }
  - id: answer
    waitFor:
      any: [{ event: message.received, correlate: { leadId: '\${{ lead.id }}' } }]
      timeout: 5d
  - if: \${{ steps.answer.output.timedOut }}
    then:
      - return: { outcome: no-answer }
  - return: { outcome: answered }

tests:
  - name: a lead that answers on day three
    event: { type: lead.captured, lead: { name: Ana Souza, email: ana@example.com } }
    fixtures:
      email/send: done
    events:
      - { at: 3d, type: message.received, text: 'Sim, podemos conversar' }
    expect:
      - { run: completed, output: { outcome: answered } }
      - { effects: [{ email/send: { to: ana@example.com } }] }
      - { step: answer, at: 3d }

  - name: the mailbox is away at first, and nobody answers
    fixtures:
      letter:
        - { error: { code: UNAVAILABLE } }
        - { output: { id: m1 } }
    expect:
      - { run: completed, output: { outcome: no-answer } }
      - { step: letter, attempts: 2 }
      - { step: answer, at: 5d }
`

export function testSection(): string {
  const schema = (one: z.ZodType) => z.toJSONSchema(one, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  const expectations = Object.entries(EXPECTATION_SCHEMAS).map(
    ([name, one]) => `### Expect ${code(name)}\n\n${keyTable(schema(one))}`,
  )
  return `## Tests

${yaml(EXAMPLE)}

\`trae playbook test\` runs tests with the real engine on a clock of their own: 45 days pass in a moment. They stand in the playbook under
\`tests\`, or beside it in \`<name>.test.yaml\`, where \`now\`, \`lead\` and \`fixtures\` above the \`tests\` are for all of them. Each test has a
workspace of its own. Steps that think or read happen for real; nothing is ever really sent or written. A step that would send or write
needs a fixture, and fails the test without one; so does one that starts another playbook and waits for it, since that is not there.

${keyTable(schema(FLAT_TEST), { apart: ['fixtures'] })}

### fixtures

${keyTable(schema(OUTCOME_SCHEMA))}

A fixture is \`done\` (it worked, the answer does not matter), an \`output\`, an \`error\`, or a list of these, one for each call: attempts of a
retry, iterations of a loop. Its key is the id of a step, its path (\`cadence.ask.0\`), or an action (\`email/send\`) for every step that uses
it; the most exact wins, and a test's own before those of its file. Of an output, only what matters needs to be written: the rest is made
up to fit the action. Since nothing is written, the lead's record changes only where the test says so.

### events

${keyTable(schema(LATER_SCHEMA))}

An entry is an event with its data, or \`{ at: 2d, lead: { unsubscribed: true } }\`: somebody changes the lead's record. What an event
carries by itself is filled in: \`leadId\`, ids of messages and meetings, moments.

${expectations.join('\n\n')}

Times count from the start of the test. Of outputs, inputs and data only what is written is compared; lists are compared entry by entry.
\`run\` and \`step\` speak of the first run, effects and emitted events of all runs. \`effects\` are those that arrived, in order and without
exception. The branches that tests take are shown by \`--coverage\`: both sides of an \`if\`, every branch of a \`parallel\`, a step with a
condition done and skipped.`
}
