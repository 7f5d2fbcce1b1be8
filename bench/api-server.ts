/**
 * The far side of bench/api.ts: the whole HTTP server, and beside it a bare yoga with the same schema, resolvers and viewer
 * and no guard at all. Started by it, told what to do over IPC.
 */
import { createServer } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { createYoga } from 'graphql-yoga'
import { authenticate } from '../core/access/authenticate.ts'
import { firstBoot } from '../core/access/first-boot.ts'
import { readConfig } from '../core/config.ts'
import { openCore } from '../core/core.ts'
import { startServer } from '../core/http/server.ts'
import { newId } from '../core/ids.ts'
import { publishPlaybook } from '../core/publishing/publish-playbook.ts'
import { captureLead } from '../core/sales/capture-lead.ts'
import { leadInput } from '../core/sales/lead.ts'
import { statement } from '../core/sql.ts'
import { createContext } from '../graphql/context.ts'
import { openGraphql } from '../graphql/door.ts'
import { schema } from '../graphql/schema.ts'

const PLAYBOOK = `id: bench
name: Bench
module: pre_vendas
triggers:
  - event: never.happens
steps:
${['one', 'two', 'three', 'four', 'five'].map(id => `  - id: ${id}\n    wait: 1d\n`).join('')}`

const config = readConfig()
const core = await openCore(config)
const { workspaceId } = await firstBoot(core)
const { versionId } = await publishPlaybook(core, workspaceId, PLAYBOOK)
await core.sql.query(
  statement(
    'bench.runs',
    `insert into runs (id, workspace_id, playbook_id, version_id, status, created_at, updated_at)
     select gen_random_uuid(), $1, v.playbook_id, v.id, 'running', $3::timestamptz - g * interval '1 second', $3
     from playbook_versions v, generate_series(1, 200) g where v.id = $2`,
  ),
  [workspaceId, versionId, core.clock.now()],
)
await core.sql.query(
  statement(
    'bench.journal',
    `insert into journal (run_id, seq, workspace_id, kind, path, at)
     select r.id, g, r.workspace_id, case when g % 2 = 1 then 'step.started' else 'step.completed' end, (array['one', 'two', 'three', 'four', 'five'])[(g + 1) / 2], $2
     from runs r, generate_series(1, 10) g where r.workspace_id = $1`,
  ),
  [workspaceId, core.clock.now()],
)
const leadIds: string[] = []
for (let index = 0; index < 500; index++) {
  const input = leadInput.parse({ name: `Bench ${index}`, email: `bench${index}@example.com` })
  leadIds.push((await captureLead(core, workspaceId, input, { source: 'bench' })).leadId)
}
const server = await startServer(core, { doors: [openGraphql] })
const login = await fetch(`${server.url}/auth/login`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ email: config.owner.email, password: config.owner.password }),
})
const { access_token: token } = (await login.json()) as { access_token: string }
const viewer = await authenticate(server.access, token)

const closing = new AbortController().signal
const yoga = createYoga({
  schema,
  logging: false,
  graphiql: false,
  context: () =>
    createContext({ core, access: server.access, closing }, { viewer, requestId: newId(), language: 'en' }),
})
const bare = createServer((request, response) => void yoga(request, response)).listen(0, '127.0.0.1', () => {
  process.send!({ url: server.url, token, bare: `http://127.0.0.1:${(bare.address() as { port: number }).port}` })
})

let published = 0
process.on(
  'message',
  async (order: { publish?: number; turns?: boolean; usage?: 'collected' | 'as it is'; stop?: true }) => {
    if (order.publish !== undefined) {
      process.send!({ publishedAt: String(process.hrtime.bigint()) }) // the clock is the same in both processes
      for (let index = 0; index < order.publish; index++) {
        // never one lead twice in a row: nothing is read or made for two events at once
        core.pubsub.publish('lead.updated', { workspaceId, leadId: leadIds[published++ % leadIds.length]! })
        if (order.turns) await setImmediate()
      }
    }
    if (order.usage) {
      if (order.usage === 'collected') globalThis.gc?.()
      const { user, system } = process.cpuUsage()
      process.send!({ rssKiB: process.memoryUsage.rss() / 1024, cpuMs: (user + system) / 1000 })
    }
    if (order.stop) {
      bare.close()
      bare.closeAllConnections()
      await server.close()
      await core.close(0)
      process.exit(0)
    }
  },
)
