import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ensurePlaybookWebhooks,
  findWebhookByToken,
  type PlaybookWebhook,
} from '../../core/access/playbook-webhooks.ts'
import { listPosts } from '../../core/access/webhook-posts.ts'
import { standardSignature } from '../../core/credentials/webhook-proof.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { pauseAll } from '../support/pause-all.ts'

const playbook = (steps = "- set: { who: '${{ inputs.who }}' }") => `id: form
name: Form
module: vendas
inputs: { who: { type: string, required: true } }
triggers:
  - webhook:
      id: sign-up
      if: \${{ event.body.consent == true }}
      dedupe: \${{ event.body.id }}
      inputs: { who: '\${{ event.body.name }}' }
  - webhook: { id: ask, wait: true, inputs: { who: '\${{ default(event.query.?who.orValue(null), event.headers["x-who"]) }}' } }
  - webhook: { id: patient, wait: 1s, inputs: { who: slow } }
  - webhook: { id: sealed, signed: true, inputs: { who: signed } }
steps:
  ${steps}
  - if: \${{ inputs.who == "slow" }}
    then: [ { wait: 1h } ]
outputs: { hello: '\${{ inputs.who }}', type: '\${{ event.type }}' }
`

describe.each(DATABASE_KINDS)('a webhook of a playbook, on %s', kind => {
  let host: TestServer
  let hooks: Record<string, PlaybookWebhook>
  const publish = (source: string) => publishPlaybook(host.core, host.core.workspaceId, source)
  const addresses = async (): Promise<Record<string, PlaybookWebhook>> => {
    const { core } = host
    const [version] = await core.playbooks.current(core.workspaceId)
    const { playbookId, slug, playbook } = version!
    const keys = playbook.triggers.map(trigger => trigger.key)
    const all = await ensurePlaybookWebhooks(core, { workspaceId: core.workspaceId, playbookId, slug }, keys)
    return Object.fromEntries(all.map(hook => [hook.trigger.slice('webhook/'.length), hook]))
  }
  beforeAll(async () => {
    host = await openTestServer(kind)
    await publish(playbook())
    hooks = await addresses()
    await host.core.brain.open()
  })
  afterAll(() => host.close())

  const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    host.send(method, path, { token: null, body, headers })
  const count = async (table: string) => {
    const [row] = await host.core.sql.query<{ n: number }>({
      name: '',
      text: `select count(*)::int as n from ${table}`,
    })
    return row!.n
  }
  const ended = async (url: string) => {
    for (const deadline = Date.now() + 10_000; ;) {
      const answer = await send('GET', url)
      if (answer.status !== 202) return answer
      if (Date.now() > deadline) throw new Error(`the run does not end: ${answer.text}`)
    }
  }

  it('answers 202 once the post is stored, with an address where the run can be asked for', async () => {
    const answer = await send('POST', hooks['sign-up']!.path, { id: 'a1', name: 'Ana', consent: true })
    expect([answer.status, answer.json], answer.text).toEqual([
      202,
      { status: 'accepted', repeated: false, poll_url: answer.headers.get('location') },
    ])
    expect((await ended(answer.json.poll_url)).json).toEqual({
      status: 'completed',
      output: { hello: 'Ana', type: 'webhook.received' },
    })
  })

  it('takes what has the same dedupe value once, also when it comes several times at once', async () => {
    const before = [await count('events'), await count('runs')] as const
    const post = () => send('POST', hooks['sign-up']!.path, { id: 7, name: 'Bia', consent: true })
    const answers = await Promise.all([post(), post(), post(), post()])
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202])
    expect(answers.filter(({ json }) => json.repeated)).toHaveLength(3)
    expect(new Set(answers.map(({ json }) => json.poll_url)).size).toBe(1)
    await ended(answers[0]!.json.poll_url)
    expect([await count('events'), await count('runs')]).toEqual([before[0] + 1, before[1] + 1])
  })

  it('stores a post that its condition does not let through, starts nothing and says so where it is asked', async () => {
    const before = await count('runs')
    const answer = await send('POST', hooks['sign-up']!.path, { id: 'a2', name: 'Caio', consent: false })
    expect(answer.status).toBe(202)
    expect((await ended(answer.json.poll_url)).json).toEqual({ status: 'not_started' })
    expect(await count('runs')).toBe(before)
  })

  it('with wait answers the output of the run, from what stood in the query and in the headers', async () => {
    const byQuery = await send('POST', `${hooks['ask']!.path}?who=Duda`, {})
    expect([byQuery.status, byQuery.json]).toMatchObject([200, { status: 'completed', output: { hello: 'Duda' } }])
    const byHeader = await send('POST', hooks['ask']!.path, {}, { 'x-who': 'Eva' })
    expect(byHeader.json).toMatchObject({ status: 'completed', output: { hello: 'Eva' } })
  })

  it('with wait says how the run failed, and 202 where it is not over in time', async () => {
    expect((await send('POST', hooks['ask']!.path, {})).json).toMatchObject({
      status: 'failed',
      error: { code: 'EXPRESSION' },
    })
    const late = await send('POST', hooks['patient']!.path, {})
    expect(late.status).toBe(202)
    await expect
      .poll(async () => (await send('GET', late.json.poll_url)).json, { timeout: 10_000 })
      .toEqual({ status: 'waiting' })
    expect((await send('GET', late.json.poll_url)).status).toBe(202)
  })

  it('takes the same idempotency-key once', async () => {
    const post = (key: string) => send('POST', `${hooks['ask']!.path}?who=Fabi`, {}, { 'idempotency-key': key })
    const [first, second, other] = [await post('k1'), await post('k1'), await post('k2')]
    expect([first.json.repeated, second.json.repeated, other.json.repeated]).toEqual([false, true, false])
    expect(second.json).toMatchObject({ status: 'completed', poll_url: first.json.poll_url })
  })

  it('keeps its address when the playbook is published anew, and when its trigger was gone for a while', async () => {
    await publish(playbook('- set: { again: true }'))
    expect(await addresses()).toEqual(hooks)
    const { path } = hooks['sign-up']!
    await publish(playbook().replace('id: sign-up', 'id: other'))
    expect((await send('POST', path, { id: 'b1', name: 'x', consent: true })).status).toBe(404)
    await publish(playbook())
    expect((await addresses())['sign-up']).toEqual(hooks['sign-up'])
    expect((await send('POST', path, { id: 'b1', name: 'x', consent: true })).status).toBe(202)
  })

  it('echoes the challenge of whoever asks whether the address is ours', async () => {
    const { path, testPath } = hooks['ask']!
    const meta = await send('GET', `${path}?hub.mode=subscribe&hub.challenge=115&hub.verify_token=x`)
    expect([meta.status, meta.text, meta.headers.get('content-type')]).toEqual([
      200,
      '115',
      expect.stringMatching(/^text\/plain/),
    ])
    expect((await send('GET', `${testPath}?challenge=abc`)).text).toBe('abc')
    const before = await count('events')
    expect((await send('POST', `${path}?validationToken=Validation%3A%20a`)).text).toBe('Validation: a')
    expect((await send('POST', path, { type: 'url_verification', challenge: 's1' })).json).toEqual({ challenge: 's1' })
    expect(await count('events')).toBe(before)
    expect((await send('GET', path)).json).toMatchObject({ code: 'BAD_USER_INPUT' })
    expect((await send('GET', `${path}?challenge=%00`)).status).toBe(400)
  })

  it('at its test address starts nothing and keeps the latest twenty posts', async () => {
    const { testPath, id } = hooks['sign-up']!
    const before = await count('events')
    for (let index = 0; index < 22; index++) await send('POST', testPath, { index }, { cookie: 'secret=1' })
    const answer = await send('POST', `${testPath}?a=1`, { index: 22 })
    expect([answer.status, answer.json]).toMatchObject([
      200,
      { recorded: true, event: { webhook: 'sign-up', body: { index: 22 }, query: { a: '1' } } },
    ])
    const posts = await listPosts(host.core, host.core.workspaceId, id)
    expect(posts.map(({ data }) => (data['body'] as { index: number }).index)).toEqual(
      Array.from({ length: 20 }, (_, index) => 22 - index),
    )
    expect(JSON.stringify(posts)).not.toContain('secret')
    expect(await count('events')).toBe(before)
  })

  it('that is signed takes only what is signed with its secret', async () => {
    const { path } = hooks['sealed']!
    const secret = (await findWebhookByToken(host.core, path.split('/').at(-1)!))!.secret
    const timestamp = String(Math.floor(host.core.clock.now().getTime() / 1000))
    const post = (body: string, signature: string) =>
      send('POST', path, body, {
        'content-type': 'application/json',
        'webhook-id': 'm1',
        'webhook-timestamp': timestamp,
        'webhook-signature': signature,
      })
    const good = `v1,${standardSignature(secret, 'm1', timestamp, '{"a":1}')}`
    expect((await post('{"a":2}', good)).status).toBe(401)
    expect((await send('POST', path, { a: 1 })).status).toBe(401)
    expect((await post('{"a":1}', good)).status).toBe(202)
  })

  it('refuses what it cannot read, and what is at no address, with a problem and without a trace', async () => {
    const { path } = hooks['sign-up']!
    const before = await count('events')
    const own = (await send('POST', hooks['ask']!.path, {})).json.poll_url as string
    const refusals: [number, string, string, unknown?, Record<string, string>?][] = [
      [400, 'POST', path, '{"a":'],
      [400, 'POST', path],
      [400, 'POST', path, '{"a":"\\u0000"}'],
      [415, 'POST', path, 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }],
      [413, 'POST', path, `"${'x'.repeat(1_000_001)}"`],
      [422, 'POST', path, { name: 'no id', consent: true }],
      [422, 'POST', path, { id: { a: 1 }, consent: true }],
      [404, 'POST', `/hooks/p/${'x'.repeat(32)}`, {}],
      [404, 'POST', '/hooks/p/short', {}],
      [404, 'GET', own.replace(/key=.*/, 'key=wrong')],
      [404, 'GET', own.replace(/\?key=.*/, '')],
      [404, 'GET', own.replace(hooks['ask']!.path, path)],
      [405, 'PUT', path, {}],
    ]
    const after = await count('events')
    for (const [status, method, at, body, headers] of refusals) {
      const answer = await send(method, at, body, headers)
      expect([answer.status, answer.headers.get('content-type')], `${method} ${at} ${answer.text}`).toEqual([
        status,
        expect.stringContaining('application/problem+json'),
      ])
    }
    expect([after, await count('events')]).toEqual([before + 1, before + 1])
  })

  it('of a paused playbook takes nothing', async () => {
    const { core } = host
    await pauseAll(core)
    expect((await send('POST', hooks['ask']!.path, {})).json).toMatchObject({ status: 409, code: 'CONFLICT' })
  })
})
