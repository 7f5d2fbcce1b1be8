import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../core/ids.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { statement } from '../../core/sql.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { DATABASE_KINDS } from '../support/database.ts'

const PLAYBOOK =
  'id: quiet\nname: Quiet\nmodule: pre_vendas\ntriggers:\n  - event: never.happens\nsteps:\n  - id: one\n    wait: 1d\n'

/** Lists as pages ask for them, with what hangs on each item. */
const LISTS: readonly (readonly [string, string])[] = [
  [
    'leads with everything about them',
    'leads(first: $n) { edges { node { id runs(first: 3) { edges { node { id status playbook { name } lead { name } } } } messages(first: 3) { edges { node { id subject lead { id } run { id } } } } meetings(first: 3) { edges { node { id run { id } } } } activities(first: 3) { edges { node { id } } } } } }',
  ],
  [
    'runs with their steps',
    'runs(first: $n) { edges { node { id status playbook { name } version { number } lead { name } event { type } parent { id } children { id } origin { id } steps { path status } } } }',
  ],
  ['messages', 'messages(first: $n) { edges { node { id lead { name } run { id } inReplyTo { id } } } }'],
  ['meetings', 'meetings(first: $n) { edges { node { id lead { name } run { id playbook { name } } } } }'],
  ['playbooks', 'playbooks(first: $n) { edges { node { id name } } }'],
]

describe.each(DATABASE_KINDS)('statements of an operation, on %s,', kind => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(kind)
    const { core } = host
    const now = core.clock.now()
    const { versionId } = await publishPlaybook(core, core.workspaceId, PLAYBOOK)
    for (let index = 0; index < 12; index++) {
      const { leadId } = await captureLead(
        core,
        core.workspaceId,
        leadInput.parse({ name: `L${index}`, email: `l${index}@example.com` }),
        { source: 'test' },
      )
      for (let again = 0; again < 2; again++) {
        const runId = newId()
        const insert = (name: string, text: string, parameters: unknown[]) =>
          core.sql.query(statement(`test.${name}`, text), parameters)
        await insert(
          'run',
          `insert into runs (id, workspace_id, playbook_id, version_id, subject_id, status, created_at, updated_at) select $1, $2, playbook_id, id, $4, 'running', $5, $5 from playbook_versions where id = $3`,
          [runId, core.workspaceId, versionId, leadId, now],
        )
        await insert(
          'entry',
          `insert into journal (run_id, seq, workspace_id, kind, path, at) values ($1, 1, $2, 'step.started', 'one', $3)`,
          [runId, core.workspaceId, now],
        )
      }
    }
  })
  afterAll(() => host.close())

  /** The names of the statements that were sent, and what came. */
  const ask = async (selection: string, n: number) => {
    const sql = host.core.sqlOf(host.core.workspaceId)
    const { query } = sql
    const sent: string[] = []
    Object.assign(sql, {
      query: (...args: Parameters<typeof query>) => (sent.push(args[0].name), query.apply(sql, args)),
    })
    try {
      const { json } = await host.graphql(`query q($n: Int) { ${selection} }`, { n })
      expect(json.errors).toBeUndefined()
      return { sent: sent.sort(), json }
    } finally {
      Object.assign(sql, { query })
    }
  }

  it.each(LISTS)('are as many for ten %s as for two', async (_what, selection) => {
    await ask(selection, 10) // what is read once a process is read
    const two = await ask(selection, 2)
    const ten = await ask(selection, 10)
    expect(ten.sent).toEqual(two.sent)
    expect(ten.sent.length).toBeLessThan(25)
    expect(ten.sent.length, 'statements that were seen').toBeGreaterThan(selection.startsWith('playbooks') ? -1 : 0)
  })
  it('bring to each what is its own', async () => {
    const { json } = await ask(
      'leads(first: $n) { edges { node { name runs(first: 1) { edges { node { id lead { name } steps { path status } } cursor } pageInfo { hasNextPage } } } } }',
      10,
    )
    interface Node {
      name: string
      runs: {
        edges: { node: { id: string; lead: { name: string }; steps: object[] } }[]
        pageInfo: { hasNextPage: boolean }
      }
    }
    const nodes = (json.data.leads.edges as { node: Node }[]).map(({ node }) => node)
    expect(nodes).toHaveLength(10)
    for (const { name, runs } of nodes) {
      expect(runs.edges.map(({ node }) => node.lead.name)).toEqual([name])
      expect(runs.pageInfo.hasNextPage).toBe(true)
      expect(runs.edges[0]!.node.steps).toEqual([{ path: 'one', status: 'RUNNING' }])
    }
    expect(new Set(nodes.map(({ runs }) => runs.edges[0]!.node.id)).size).toBe(10)
  })
})
