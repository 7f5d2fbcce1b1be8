import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { newId } from '../../core/ids.ts'
import { encodeNodeId } from '../../graphql/node-id.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { pauseAll } from '../support/pause-all.ts'

const GREET = `id: greet
name: Greet
module: vendas
inputs:
  days: { type: integer, default: 2 }
  tone: { type: string, required: true, enum: [formal, friendly] }
triggers: []
steps:
  - set: { text: '\${{ inputs.tone + " " + event.lead.name }}' }
outputs: { text: '\${{ vars.text }}', days: '\${{ inputs.days }}', by: '\${{ event.startedBy }}', lead: '\${{ lead.email }}' }
`
const ONCE = `id: once
name: Once
module: vendas
triggers: [ { event: lead.captured } ]
enrollment: { subject: '\${{ event.leadId }}' }
steps: [ { wait: 1d } ]
`
const HELD = `id: held
name: Held
module: vendas
inputs: { order: { type: string } }
triggers: []
debounce: { key: '\${{ inputs.order }}', quiet: 5m }
steps: [ { wait: 1d } ]
`
const KEYED = `id: keyed
name: Keyed
module: vendas
inputs: { order: { type: string } }
triggers: []
idempotencyKey: \${{ inputs.order }}
concurrency: { limit: 1 }
steps: [ { wait: 1d } ]
`
const START = `mutation ($input: RunStartInput!) {
  runStart(input: $input) { run { id status inputs reason { code } event { type source } lead { email } } userErrors { code message } }
}`

describe.each(DATABASE_KINDS)('a run that is started by hand, on %s', kind => {
  let host: TestServer
  let leadId: string
  beforeAll(async () => {
    host = await openTestServer(kind)
    const { core } = host
    for (const source of [GREET, ONCE, HELD, KEYED]) await publishPlaybook(core, core.workspaceId, source)
    const lead = leadInput.parse({ name: 'Ana', email: 'ana@example.com' })
    leadId = (await captureLead(core, core.workspaceId, lead, { source: 'test' })).leadId
    await core.sql.query({ name: '', text: 'update events set dispatched_at = created_at' })
  })
  afterAll(() => host.close())

  const start = async (input: Record<string, unknown>) =>
    (await host.graphql(START, { input })).json.data.runStart as {
      run: Record<string, unknown> | null
      userErrors: { code: string; message: string }[]
    }
  const counts = async () => {
    const [row] = await host.core.sql.query<{ events: number; runs: number }>({
      name: '',
      text: 'select (select count(*) from events)::int as events, (select count(*) from runs)::int as runs',
    })
    return row!
  }
  const about = () => encodeNodeId('Lead', leadId)

  it('that debounce merges is the run that is held back for all of them, and says so', async () => {
    const first = await start({ playbook: 'held', inputs: { order: 'a' }, idempotencyKey: 'a1' })
    expect(first.run).toMatchObject({ status: 'QUEUED', reason: { code: 'DEBOUNCE' } })
    const merged = await start({ playbook: 'held', inputs: { order: 'a' }, idempotencyKey: 'a2' })
    const other = await start({ playbook: 'held', inputs: { order: 'b' }, idempotencyKey: 'b1' })
    expect(merged).toMatchObject({ run: { id: first.run!['id'], reason: { code: 'DEBOUNCE' } }, userErrors: [] })
    expect(other.run!['id']).not.toBe(first.run!['id'])
    const before = await counts()
    for (const idempotencyKey of ['a1', 'a2'])
      expect((await start({ playbook: 'held', inputs: { order: 'a' }, idempotencyKey })).run!['id']).toBe(
        first.run!['id'],
      )
    expect(await counts()).toEqual(before)
  })

  it("under the playbook's own idempotencyKey answers the run that has the key", async () => {
    const first = await start({ playbook: 'keyed', inputs: { order: '7' } })
    const again = await start({ playbook: 'keyed', inputs: { order: '7' }, idempotencyKey: 'other' })
    expect(again).toMatchObject({ run: { id: first.run!['id'], status: 'QUEUED' }, userErrors: [] })
    expect((await start({ playbook: 'keyed', inputs: { order: '8' } })).run!['id']).not.toBe(first.run!['id'])
  })

  it('is answered as it is stored, also where nothing triggers its playbook and the brain rests', async () => {
    const { run, userErrors } = await start({ playbook: 'greet', inputs: { tone: 'formal' }, leadId: about() })
    expect(userErrors).toEqual([])
    expect(run).toMatchObject({
      status: 'QUEUED',
      inputs: { tone: 'formal', days: 2 },
      event: { type: 'manual.started', source: expect.stringMatching(/^by hand: /) },
      lead: { email: 'ana@example.com' },
    })
    await host.core.brain.open()
    for (const deadline = Date.now() + 10_000; Date.now() < deadline;) {
      const { json } = await host.graphql('query ($id: ID!) { node(id: $id) { ... on Run { status output } } }', {
        id: run!['id'],
      })
      if (json.data.node.status === 'QUEUED' || json.data.node.status === 'RUNNING') continue
      expect(json.data.node).toMatchObject({
        status: 'COMPLETED',
        output: { text: 'formal Ana', days: 2, lead: 'ana@example.com' },
      })
      break
    }
    await host.core.brain.stop()
  })

  it('is the same run under the same key', async () => {
    const input = { playbook: 'greet', inputs: { tone: 'formal' }, leadId: about(), idempotencyKey: 'k1' }
    const before = await counts()
    const answers = await Promise.all([start(input), start(input), start(input)])
    expect(new Set(answers.map(({ run }) => run!['id'])).size).toBe(1)
    expect(await counts()).toEqual({ events: before.events + 1, runs: before.runs + 1 })
    const other = await start({ ...input, idempotencyKey: 'k2' })
    expect(other.run!['id']).not.toBe(answers[0]!.run!['id'])
  })

  it('changes nothing where inputs, playbook or lead are wrong, and says why', async () => {
    const before = await counts()
    const refusals: [Record<string, unknown>, string, RegExp][] = [
      [{ playbook: 'greet' }, 'INVALID', /"tone" is missing, it must be one of "formal", "friendly"/],
      [{ playbook: 'greet', inputs: { tone: 'rude' } }, 'INVALID', /found "rude"/],
      [{ playbook: 'greet', inputs: [1] }, 'INVALID', /inputs must be an object/],
      [{ playbook: 'greet', inputs: { tone: 'formal', dais: 1 } }, 'INVALID', /no input "dais"; did you mean "days"/],
      [{ playbook: 'great', inputs: {} }, 'NOT_FOUND', /no playbook great; did you mean greet\?/],
      [
        { playbook: 'greet', inputs: { tone: 'formal' }, leadId: encodeNodeId('Lead', newId()) },
        'NOT_FOUND',
        /There is no lead/,
      ],
    ]
    for (const [input, code, message] of refusals) {
      const answer = await start(input)
      expect(answer.run).toBeNull()
      expect(answer.userErrors).toEqual([{ code, message: expect.stringMatching(message) }])
    }
    expect(await counts()).toEqual(before)
  })

  it('of a lead that is under way already says that it is not let in', async () => {
    expect((await start({ playbook: 'once', leadId: about() })).run).toMatchObject({ inputs: null })
    expect(await start({ playbook: 'once', leadId: about() })).toEqual({
      run: null,
      userErrors: [{ code: 'CONFLICT', message: expect.stringContaining('Ana is in a run of it') }],
    })
  })

  it('of a paused playbook is refused', async () => {
    const { core } = host
    await pauseAll(core)
    expect((await start({ playbook: 'once' })).userErrors[0]).toMatchObject({
      code: 'CONFLICT',
      message: 'The playbook once is paused and starts no runs.',
    })
  })
})
