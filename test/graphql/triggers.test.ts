import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { DATABASE_KINDS } from '../support/database.ts'

const SOURCE = `id: every-way
name: Every way
module: vendas
triggers:
  - event: lead.captured
    if: \${{ event.lead.email != null }}
  - schedule: { cron: '0 9 * * *', timezone: America/Sao_Paulo }
  - schedule: { every: 15m }
  - webhook: { id: form }
  - manual: true
steps: [ { wait: 1m } ]
`
const TRIGGERS = `{ playbook(slug: "every-way") { triggers {
  key kind event condition timing timeZone enabled nextFiresAt lastFiredAt
  webhook { url testUrl testPosts { data createdAt } }
} } }`

describe.each(DATABASE_KINDS)('the triggers of a playbook over GraphQL, on %s', kind => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(kind, {}, { TRAE_PUBLIC_URL: 'https://trae.example.com' })
    await publishPlaybook(host.core, host.core.workspaceId, SOURCE)
  })
  afterAll(() => host.close())
  const triggers = async () => {
    const { json } = await host.graphql(TRIGGERS)
    expect(json.errors).toBeUndefined()
    return json.data.playbook.triggers as (Record<string, unknown> & {
      webhook: { url: string; testUrl: string; testPosts: { data: unknown }[] } | null
    })[]
  }

  it('say what starts a run, when it fires next, and where to post', async () => {
    const [event, cron, every, webhook, manual] = await triggers()
    expect(event).toMatchObject({
      key: 'event/lead.captured',
      kind: 'EVENT',
      event: 'lead.captured',
      condition: 'event.lead.email != null',
      enabled: true,
      nextFiresAt: null,
    })
    expect(cron).toMatchObject({
      kind: 'SCHEDULE',
      timing: '0 9 * * *',
      timeZone: 'America/Sao_Paulo',
      nextFiresAt: '2026-03-03T12:00:00.000Z', // the test begins at 12:00, which is that of today
    })
    expect(every).toMatchObject({ timing: '15m', timeZone: null, nextFiresAt: '2026-03-02T12:15:00.000Z' })
    expect(webhook).toMatchObject({
      kind: 'WEBHOOK',
      webhook: {
        url: expect.stringMatching(/^https:\/\/trae\.example\.com\/hooks\/p\/[\w-]{32}$/),
        testUrl: expect.stringMatching(/^https:\/\/trae\.example\.com\/hooks\/p\/[\w-]{32}$/),
        testPosts: [],
      },
    })
    expect(manual).toMatchObject({ kind: 'MANUAL', webhook: null, lastFiredAt: null })
  })

  it('give the same addresses every time, and show what came to the one for trying out', async () => {
    const before = (await triggers())[3]!.webhook!
    const path = before.testUrl.replace('https://trae.example.com', '')
    await host.send('POST', path, { token: null, body: { hello: 'there' } })
    const after = (await triggers())[3]!.webhook!
    expect([after.url, after.testUrl]).toEqual([before.url, before.testUrl])
    expect(after.testPosts.map(({ data }) => data)).toMatchObject([{ body: { hello: 'there' } }])
  })

  it('say when they last fired, and rest with their playbook', async () => {
    const { core } = host
    await host.graphql('mutation { runStart(input: { playbook: "every-way" }) { run { id } } }')
    await core.brain.open()
    core.clock.advance(15 * 60_000)
    for (const deadline = Date.now() + 10_000; Date.now() < deadline;)
      if ((await triggers())[2]!['lastFiredAt'] !== null) break
    await core.brain.stop()
    const [, , every, , manual] = await triggers()
    expect(every).toMatchObject({
      lastFiredAt: '2026-03-02T12:15:00.000Z',
      nextFiresAt: '2026-03-02T12:30:00.000Z',
    })
    expect(manual!['lastFiredAt']).toBe('2026-03-02T12:00:00.000Z')
    await core.sql.query({ name: '', text: `update playbooks set status = 'PAUSED'` })
    expect((await triggers())[2]).toMatchObject({ enabled: false, nextFiresAt: null })
  })
})
