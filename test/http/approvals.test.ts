import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { approvalToken } from '../../core/runs/approvals/approval-link.ts'
import { listApprovals } from '../../core/runs/approvals/read-approvals.ts'
import { startServer, type RunningServer } from '../../core/http/server.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'

const [ANA, BIA] = ['ana@acme.com', 'bia@acme.com']

describe.each(DATABASE_KINDS)('the link of a person who is asked, on %s', kind => {
  let engine: Engine
  let server: RunningServer
  let link: (email: string) => string
  beforeAll(async () => {
    engine = await startEngine(kind)
    server = await startServer(engine, { workspaceId: engine.workspaceId })
    await engine.publish(`
id: test
name: Test
module: pre_vendas
triggers: [{ event: lead.captured }]
steps:
  - approval:
      title: 'Desconto <b>para</b> \${{ lead.name }}'
      of: [${ANA}, ${BIA}]
      timeout: 2d
      form: { percent: { type: number, required: true } }
`)
    await engine.capture()
    await engine.settled()
    const { items } = await listApprovals(engine, engine.workspaceId, { first: 1 })
    link = email => `${server.url}/approvals/${approvalToken(engine, items[0]!.node.id, email)}`
  })
  afterAll(async () => {
    await server.close()
    await engine.close()
  })
  const post = (email: string, fields: Record<string, string>) =>
    fetch(link(email), { method: 'POST', body: new URLSearchParams(fields) })

  test('GET shows and changes nothing, POST decides, a second use says who decided and when', async () => {
    for (let times = 0; times < 3; times++) {
      const shown = await fetch(link(ANA), { headers: { 'accept-language': 'en' } })
      expect(shown.status).toBe(200)
      expect(shown.headers.get('referrer-policy')).toBe('no-referrer')
      expect(await shown.text()).toContain('Desconto &lt;b&gt;para&lt;/b&gt; Ana Souza')
    }
    expect(await engine.run()).toMatchObject({ status: 'waiting' })
    const wrong = await post(ANA, { decision: 'approved' })
    expect(wrong.status).toBe(422)
    expect(await wrong.text()).toContain('&quot;percent&quot; is missing')
    expect((await post(ANA, { decision: 'maybe' })).status).toBe(400)
    const done = await post(ANA, { decision: 'approved', 'form.percent': '12.5', comment: 'ok' })
    expect(done.status).toBe(200)
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'completed' })
    for (const email of [ANA, BIA]) {
      const again = await post(email, { decision: 'rejected' })
      expect(again.status).toBe(409)
      expect(await again.text()).toContain(`approved by ${ANA} at`)
    }
    expect((await fetch(`${server.url}/approvals/${'x'.repeat(43)}`)).status).toBe(404)
  })
})
