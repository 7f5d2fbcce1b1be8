import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { newId } from '../../core/ids.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'

const SOURCE = `id: asks
name: Asks
module: vendas
triggers: [{ manual: true }]
steps:
  - id: allowed
    approval: { title: A discount, of: [owner@example.com], timeout: 2d, selfApproval: true }
outputs: { approved: '\${{ steps.allowed.output.approved }}' }
`

describe.each(DATABASE_KINDS)('approvals over GraphQL, on %s', kind => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(kind)
    await host.core.brain.open()
    await publishPlaybook(host.core, host.core.workspaceId, SOURCE)
  })
  afterAll(() => host.close())

  const ask = async (query: string, variables: Record<string, unknown> = {}) => {
    const { json } = await host.graphql(query, variables)
    expect(json.errors).toBeUndefined()
    return json.data
  }
  const list = async (statuses: readonly string[]) => {
    const data = await ask(
      'query q($statuses: [ApprovalStatus!]) { openApprovals approvals(first: 10, filter: { statuses: $statuses }) { edges { node { id title status } } } }',
      { statuses },
    )
    return { open: data.openApprovals, nodes: data.approvals.edges.map((edge: { node: unknown }) => edge.node) }
  }

  it('are listed while they are open, decided once, and told as a userError the second time', async () => {
    const { runStart } = await ask(
      'mutation { runStart(input: { playbook: "asks" }) { run { id } userErrors { message } } }',
    )
    await expect.poll(async () => (await list(['OPEN'])).nodes).toHaveLength(1)
    const { open, nodes } = await list(['OPEN'])
    expect(open).toBe(1)
    const decide = (decision: string) =>
      ask(
        `mutation m($id: ID!) { approvalDecide(input: { approvalId: $id, decision: ${decision} }) { approval { status } userErrors { code message } } }`,
        { id: nodes[0].id },
      )
    expect(await decide('APPROVED')).toMatchObject({ approvalDecide: { userErrors: [] } })
    expect((await decide('REJECTED')).approvalDecide.userErrors).toMatchObject([{ code: 'CONFLICT' }])
    expect((await list(['OPEN'])).nodes).toEqual([])
    expect((await list(['APPROVED'])).nodes).toMatchObject([{ title: 'A discount', status: 'APPROVED' }])
    await expect
      .poll(() => ask('query q($id: ID!) { node(id: $id) { ... on Run { output } } }', { id: runStart.run.id }))
      .toMatchObject({ node: { output: { approved: true } } })
  })

  it('a link in the mailbox is whole only for whom it is meant', async () => {
    const body = 'Decide: http://127.0.0.1:8000/approvals/abc_DEF-123'
    for (const to of ['owner@example.com', 'bia@acme.com'])
      await host.core.sql.query(
        {
          name: '',
          text: `insert into messages (id, workspace_id, direction, channel, from_address, to_address, subject, body, created_at)
                 values ($1, $2, 'out', 'email', 'trae@example.com', $3, 'Asked', $4, now())`,
        },
        [newId(), host.core.workspaceId, to, body],
      )
    const { messages } = await ask('{ messages(first: 100) { edges { node { to subject body } } } }')
    const bodies = messages.edges
      .map((edge: { node: { to: string; subject: string; body: string } }) => edge.node)
      .filter((node: { subject: string }) => node.subject === 'Asked')
      .map((node: { to: string; body: string }) => `${node.to} ${node.body}`)
      .sort()
    expect(bodies).toEqual(['bia@acme.com Decide: http://127.0.0.1:8000/approvals/…', `owner@example.com ${body}`])
  })
})
