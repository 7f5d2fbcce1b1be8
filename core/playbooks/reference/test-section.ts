import { z } from 'zod'
import type { JsonSchema } from '../catalog.ts'
import { ANSWER_SCHEMA, FLAT_TEST, EXPECTATION_SCHEMAS, LATER_SCHEMA, OUTCOME_SCHEMA } from '../tests/test-file.ts'
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
      - { step: letter, attempts: 2, at: 1s }
      - { step: answer, at: 5d1s }
`

/** What begins a test, and what people decide in it. */
const STARTS = `
inputs:
  percent: { type: number, required: true }
triggers:
  - schedule: { id: morning, cron: '0 9 * * 1-5', timezone: America/Sao_Paulo, inputs: { percent: 5 } }
  - webhook: { id: shop, inputs: { percent: '\${{ event.body.percent }}' } }
steps:
  - id: discount
    approval: { title: 'Desconto de \${{ inputs.percent }} %', of: [role:ADMIN], timeout: 2d, onTimeout: reject }
  - return: { approved: '\${{ steps.discount.output.approved }}' }

tests:
  - name: a person starts it
    inputs: { percent: 20 }
    approvals: { discount: { decision: reject, after: 3h, comment: Too much } }
    expect:
      - { run: completed, output: { approved: false } }
      - { approval: discount, title: Desconto de 20 %, of: [role:ADMIN], status: rejected }
      - { step: discount, at: 3h }

  - name: the shop posts it
    event: { type: webhook.received, webhook: shop, body: { percent: 10 } }
    approvals: { discount: approve }
    expect: [{ run: completed, output: { approved: true } }]

  - name: on Monday and on Tuesday, and nobody decides
    now: 2026-03-02T11:00:00Z
    until: 5d
    event: { type: schedule.fired, schedule: morning }
    expect: [{ runs: 5 }, { run: completed, output: { approved: false } }, { step: discount, at: 2d1h }]
`

export function testSection(): string {
  const schema = (one: z.ZodType) => z.toJSONSchema(one, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  const expectations = Object.entries(EXPECTATION_SCHEMAS).map(
    ([name, one]) => `### Expect ${code(name)}\n\n${keyTable(schema(one))}`,
  )
  return `## Tests

${yaml(EXAMPLE)}

\`trae playbook test\` runs tests with the real engine on a clock of their own: 45 days pass in a moment. They stand in the playbook under
\`tests\`, or beside it in \`<name>.test.yaml\`, where \`now\`, \`lead\`, \`deal\`, \`customer\` and \`fixtures\` above the \`tests\` are for all of them. Each test has a
workspace of its own. Steps that think or read happen for real; nothing is ever really sent or written. A step that would send or write
needs a fixture, and fails the test without one; so does one that starts another playbook and waits for it, since that is not there. A \`decide\` without a
fixture is decided by its policy, as its rules say: nothing was learnt, and nothing is tried out. Where it would ask a person the test must say what they choose.

${keyTable(schema(FLAT_TEST), { apart: ['fixtures'] })}

### fixtures

${keyTable(schema(OUTCOME_SCHEMA))}

A fixture is \`done\` (it worked, the answer does not matter), an \`output\`, an \`error\`, or a list of these, one for each call: attempts of a
retry, iterations of a loop. Its key is the id of a step, its path (\`cadence.ask.0\`), or an action (\`email/send\`) for every step that uses
it, also with one account of its plugin only (\`twilio/send-sms:sales\`); the most exact wins, and a test's own before those of its file. Of an output, only what matters needs to be written: the rest is made
up to fit the action. Of a \`decide\`, \`after\` is how long the person takes who is asked: \`{ output: { choice: call, by: person }, after: 3h }\`, or
\`{ error: { code: TIMEOUT }, after: 4h }\` where nobody decides; never longer than the step's \`within\`, for then time decides. Since nothing is written, the lead's record changes only where the test says so.

### How a test begins

${yaml(STARTS)}

With \`event\` or \`inputs\`; without either, with what the first trigger stands for, and by hand where there is none.

| it says | what happens |
| --- | --- |
| \`event\` | The event comes. What it carries by itself is filled in; an event about a lead has one. \`account\` says which of its plugin's accounts heard of it; without it, whoever listens hears it. |
| \`event\` of type \`webhook.received\` | It is posted to the \`webhook\` that is named, with \`body\`, \`headers\` and \`query\`; its trigger makes the inputs of it. |
| \`event\` of type \`schedule.fired\` | The clock goes on to the first tick of the \`schedule\` that is named by its \`id\`, or of whichever comes first. |
| \`inputs\` | A person, or another playbook, starts it with them; it is about the \`lead\` of the test, or about nobody. \`startedBy\` says who of the team it is. |

In a test that begins with a schedule, schedules tick for as long as \`until\` says, and \`every\` counts from the start of the test; without
\`until\` the one that it begins with ticks once. In other tests schedules rest. What would happen after \`until\` does not happen: a run that
waits for later waits.

### approvals

${keyTable(schema(ANSWER_SCHEMA))}

Its key is the id or the path of the step that asks, in a loop also that of one iteration (\`each[1].discount\`). Its value is one of these, or just
\`approve\`, \`reject\` or \`timeout\`, or a list, one for each time that it is asked. Nobody decides where a test says nothing. The workspace of a test
has one person of each role; nobody is written to.

### events

${keyTable(schema(LATER_SCHEMA))}

An entry is an event with its data; or \`{ at: 2d, lead: { unsubscribed: true } }\`, \`{ at: 2d, deal: { stage: WON } }\`: somebody changes what is on record; or \`{ at: 2d, inputs: { … } }\`:
somebody starts another run. What an event
carries by itself is filled in: \`leadId\`, ids of messages and meetings, moments; of a message that failed, the run that is open.

${expectations.join('\n\n')}

Times count from the start of the test. Of outputs, inputs and data only what is written is compared; lists are compared entry by entry.
\`run\` and \`step\` speak of the first run, effects, emitted events and approvals of all runs; of what was asked several times it is enough that one fits. \`effects\` are those that arrived, in order and without
exception. The branches that tests take are shown by \`--coverage\`: both sides of an \`if\`, every branch of a \`parallel\`, a step with a
condition done and skipped.`
}
