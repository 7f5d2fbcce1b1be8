import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { readAudit } from '../../core/access/audit.ts'
import { planCall } from '../../core/plugins/planned-calls.ts'
import { statement } from '../../core/sql.ts'
import { encodeNodeId } from '../../graphql/node-id.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { insertWorkspace } from '../plugins/world.ts'
import { DATABASE_KINDS } from '../support/database.ts'

describe.each(DATABASE_KINDS)('what plugins have planned, over GraphQL, on %s', kind => {
  let host: TestServer
  let folder: string
  beforeAll(async () => {
    host = await openTestServer(kind)
    folder = await mkdtemp(join(tmpdir(), 'trae-planner-'))
    await buildPlugin(join(import.meta.dirname, '../support/plugins/planner'), folder)
    const from = { kind: 'folder', path: folder } as const
    for (const workspaceId of [host.core.workspaceId, await insertWorkspace(host.core, 'other')]) {
      const installation = await installPlugin(host.core, { workspaceId, from, grant: 'all-declared' })
      for (const [n, key] of ['c', 'b', 'a'].entries())
        await planCall(
          host.core,
          installation,
          {
            key,
            action: 'note',
            input: { to: 'ana@acme.com.br' },
            at: new Date(`2030-01-0${n + 1}T00:00:00Z`),
            every: n === 1 ? '1d' : undefined,
          },
          { account: undefined, origin: key, limit: 3 },
        )
    }
    await host.core.sql.query(statement('', `update planned_calls set error = 'NOT_FOUND: gone' where key = 'a'`))
  }, 60_000)
  afterAll(async () => {
    await host?.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('is listed with the next one first, page by page, of this workspace alone', async () => {
    const page = async (rest: string) => {
      const { json } = await host.graphql(
        `{ installations(filter: { search: "planner" }) { edges { node { plannedCalls(${rest}) {
           edges { node { key action account dueAt every problem plannedAt } } pageInfo { hasNextPage endCursor } } } } } }`,
      )
      expect(json.errors).toBeUndefined()
      const { edges, pageInfo } = json.data.installations.edges[0].node.plannedCalls
      return { calls: edges.map(({ node }: { node: object }) => node), ...pageInfo }
    }
    const first = await page('first: 2')
    const note = { action: 'note', account: null, every: null, problem: null, plannedAt: expect.any(String) }
    expect(first).toMatchObject({
      calls: [
        { ...note, key: 'c', dueAt: '2030-01-01T00:00:00.000Z' },
        { ...note, key: 'b', dueAt: '2030-01-02T00:00:00.000Z', every: '1d' },
      ],
      hasNextPage: true,
    })
    expect(await page(`first: 2, after: "${first.endCursor}"`)).toMatchObject({
      calls: [{ ...note, key: 'a', problem: 'NOT_FOUND: gone' }],
      hasNextPage: false,
    })
  })

  it('is taken back by an admin, once, and the audit log says by whom and not about whom', async () => {
    const { core } = host
    const { id } = core.plugins.installation(core.workspaceId, 'planner')!
    const takeBack = async (key: string) => {
      const { json } = await host.graphql(
        `mutation($input: PluginTakeBackCallInput!) {
           pluginTakeBackCall(input: $input) { installation { plannedCalls { edges { node { key } } } } userErrors { code message } } }`,
        { input: { installationId: encodeNodeId('PluginInstallation', id), key } },
      )
      expect(json.errors).toBeUndefined()
      return json.data.pluginTakeBackCall
    }
    const done = await takeBack('b')
    expect(done.userErrors).toEqual([])
    expect(done.installation.plannedCalls.edges.map((edge: { node: { key: string } }) => edge.node.key)).toEqual([
      'c',
      'a',
    ])
    const again = await takeBack('b')
    expect(again).toMatchObject({ installation: null, userErrors: [{ code: 'NOT_FOUND' }] })
    expect(again.userErrors[0].message).toContain('planner has nothing planned as "b"')

    const [entry, ...others] = (await readAudit(core, core.workspaceId, 'plugin:planner')).filter(
      ({ action }) => action === 'plugin.call-taken-back',
    )
    expect(others).toEqual([])
    expect(entry).toMatchObject({
      actor: expect.stringMatching(/^user:[0-9a-f-]{36}$/),
      data: { call: 'note', dueAt: '2030-01-02T00:00:00.000Z', every: '1d' },
    })
    const left = await core.sql.query(statement('', 'select key from planned_calls order by key'))
    expect(left, 'the other workspace has its own').toEqual(['a', 'a', 'b', 'c', 'c'].map(key => ({ key })))
  })
})
