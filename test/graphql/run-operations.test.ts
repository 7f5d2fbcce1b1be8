import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DATABASE_KINDS } from '../support/database.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'

const SOURCE = `id: patient
name: Patient
module: pre_vendas
triggers:
  - event: lead.captured
steps:
  - id: first
    set: { a: 1 }
  - id: pause
    wait: 1d
`

describe.each(DATABASE_KINDS)('runs are operated over GraphQL, on %s', kind => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(kind)
    await host.core.brain.open()
  })
  afterAll(() => host.close())

  const mutate = async (name: string, input: Record<string, unknown>, fields: string) => {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`
    const { json } = await host.graphql(
      `mutation m($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code message } } }`,
      { input },
    )
    expect(json.errors).toBeUndefined()
    return json.data[name]
  }
  const run = 'run { id status reason { code } origin { id } originPath }'
  const until = async (id: string, status: string) => {
    for (let left = 200; ; left--) {
      const { json } = await host.graphql('query q($id: ID!) { node(id: $id) { ... on Run { status } } }', { id })
      if (json.data.node.status === status) return
      if (left === 0) throw new Error(`the run is ${json.data.node.status}, not ${status}`)
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  it('cancelled, restarted and replayed; what cannot be done is a userError', async () => {
    const { playbook } = await mutate('playbookCreate', { name: 'Patient', source: SOURCE }, 'playbook { id slug }')
    await mutate('playbookPublish', { playbookId: playbook.id }, 'changed')
    const { run: started } = await mutate('runStart', { playbook: playbook.slug }, 'run { id }')
    const runId = started.id as string
    await until(runId, 'WAITING')
    expect(await mutate('runRestart', { runId }, run)).toMatchObject({ run: null, userErrors: [{ code: 'CONFLICT' }] })
    expect(await mutate('runRelease', { runId }, run)).toMatchObject({ run: null, userErrors: [{ code: 'CONFLICT' }] })
    expect(await mutate('runEffectDecide', { runId, path: 'first', decision: 'SENT' }, run)).toMatchObject({
      run: null,
      userErrors: [{ code: 'CONFLICT' }],
    })
    expect(await mutate('runCancel', { runId, reason: 'not now' }, run)).toMatchObject({ userErrors: [] })
    await until(runId, 'CANCELLED')
    const { json } = await host.graphql(
      'query q($id: ID!) { viewer { id } node(id: $id) { ... on Run { cancellation { cause reason requestedAt by { id } } } } }',
      { id: runId },
    )
    expect(json.data.node.cancellation).toEqual({
      cause: 'PERSON',
      reason: 'not now',
      requestedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      by: json.data.viewer,
    })
    expect(await mutate('runReplay', { runId, fromPath: 'nowhere' }, run)).toMatchObject({
      run: null,
      userErrors: [{ code: 'INVALID' }],
    })
    expect(await mutate('runReplay', { runId, fromPath: 'pause', version: 'CURRENT' }, run)).toMatchObject({
      run: { origin: { id: runId }, originPath: 'pause' },
      userErrors: [],
    })
    expect(await mutate('runRestart', { runId }, run)).toMatchObject({ run: { id: runId }, userErrors: [] })
    await until(runId, 'WAITING')
  })

  it('many at once by a filter: counted first, and not where the count has changed', async () => {
    const source = SOURCE.replace('id: patient', 'id: many').replace('name: Patient', 'name: Many')
    const { playbook } = await mutate('playbookCreate', { name: 'Many', source }, 'playbook { id slug }')
    await mutate('playbookPublish', { playbookId: playbook.id }, 'changed')
    const ids: string[] = []
    for (let n = 0; n < 3; n++) ids.push((await mutate('runStart', { playbook: playbook.slug }, 'run { id }')).run.id)
    for (const id of ids) await until(id, 'WAITING')
    const filter = { playbookIds: [playbook.id], statuses: ['WAITING'], reasonCodes: ['TIME'] }
    const count = async (operation: string) => {
      const query =
        'query q($filter: RunFilter, $operation: RunOperation) { runsCount(filter: $filter, operation: $operation) }'
      return (await host.graphql(query, { filter, operation })).json.data.runsCount
    }
    expect([await count('CANCEL'), await count('RESTART')]).toEqual([3, 0])
    const fields = 'done remaining lastRunId refused { message run { id } }'
    expect(await mutate('runsOperate', { filter, operation: 'CANCEL', expectedCount: 2 }, fields)).toMatchObject({
      done: 0,
      userErrors: [{ code: 'STALE_VERSION', message: expect.stringContaining('3 runs to cancel now, not 2') }],
    })
    expect(await mutate('runsOperate', { filter, operation: 'CANCEL', expectedCount: 3 }, fields)).toEqual({
      done: 3,
      remaining: 0,
      lastRunId: null,
      refused: [],
      userErrors: [],
    })
    for (const id of ids) await until(id, 'CANCELLED')

    const replay = { filter: { playbookIds: [playbook.id] }, operation: 'REPLAY', expectedCount: 3 }
    expect(await mutate('runsOperate', replay, fields)).toMatchObject({ done: 0, userErrors: [{ code: 'INVALID' }] })
    const partly = await mutate('runsOperate', { ...replay, fromPath: 'nowhere' }, fields)
    expect(partly).toMatchObject({ done: 0, userErrors: [] })
    expect(partly.refused.map((one: { run: { id: string } }) => one.run.id).sort()).toEqual(ids.toSorted())
    expect(await mutate('runsOperate', { ...replay, fromPath: 'pause', version: 'CURRENT' }, fields)).toMatchObject({
      done: 3,
      refused: [],
    })
  })

  it('Run.children: the runs that its steps have started, oldest first, each in its own parent', async () => {
    const child = `id: child\nname: Child\nmodule: pre_vendas\ntriggers: []\nsteps:\n  - id: pause\n    wait: 1d\n`
    const parent = `id: parent\nname: Parent\nmodule: pre_vendas\ntriggers: [{ manual: true }]\nsteps:\n  - id: one\n    uses: playbook/child\n    await: false\n  - id: two\n    uses: playbook/child\n`
    for (const [name, source] of Object.entries({ child, parent })) {
      const { playbook } = await mutate('playbookCreate', { name, source }, 'playbook { id }')
      expect(await mutate('playbookPublish', { playbookId: playbook.id }, 'changed')).toMatchObject({ userErrors: [] })
    }
    const begun: string[] = []
    for (let n = 0; n < 2; n++) begun.push((await mutate('runStart', { playbook: 'parent' }, 'run { id }')).run.id)
    const query = `query q($ids: [ID!]!) { nodes(ids: $ids) { ... on Run {
      id children { id status createdAt playbook { slug } parent { id } children { id } } } } }`
    const read = async () => (await host.graphql(query, { ids: begun })).json.data.nodes
    await expect
      .poll(async () => (await read()).map((run: { children: unknown[] }) => run.children.length), { timeout: 30_000 })
      .toEqual([2, 2])
    const runs = await read()
    const ids = new Set<string>()
    for (const run of runs) {
      expect(run.children.map((one: { createdAt: string }) => one.createdAt)).toEqual(
        run.children.map((one: { createdAt: string }) => one.createdAt).toSorted(),
      )
      for (const one of run.children) {
        expect(one).toMatchObject({ playbook: { slug: 'child' }, parent: { id: run.id }, children: [] })
        ids.add(one.id)
      }
    }
    expect(ids.size).toBe(4)
  })
})
