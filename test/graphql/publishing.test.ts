import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DATABASE_KINDS } from '../support/database.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'

const SOURCE = `id: welcome
name: Welcome
module: pre_vendas
triggers:
  - event: lead.captured
steps:
  - id: pause
    wait: 1d
`

describe.each(DATABASE_KINDS)('playbooks are edited and published over GraphQL, on %s', kind => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(kind)
  })
  afterAll(() => host.close())

  const mutate = async (name: string, input: Record<string, unknown>, fields: string) => {
    const type = `P${name.slice(1)}Input`
    const { json } = await host.graphql(
      `mutation m($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code message } } }`,
      { input },
    )
    expect(json.errors).toBeUndefined()
    return json.data[name]
  }
  const ask = async (query: string, variables: Record<string, unknown> = {}) => {
    const { json } = await host.graphql(query, variables)
    expect(json.errors).toBeUndefined()
    return json.data
  }

  it('from a draft with an error in it to a second version and back', async () => {
    const { playbook } = await mutate(
      'playbookCreate',
      { name: 'Boas-vindas à Ação', source: undefined },
      'playbook { id slug status published { number } draft { source sourceHash savedBy { email } } }',
    )
    expect(playbook).toMatchObject({
      slug: 'boas-vindas-a-acao',
      status: 'ACTIVE',
      published: null,
      draft: { savedBy: { email: host.core.owner.email } },
    })
    const playbookId = playbook.id
    const source = SOURCE.replace('id: welcome', 'id: boas-vindas-a-acao')

    const broken = await mutate(
      'playbookSaveDraft',
      {
        playbookId,
        source: source.replace('wait:', 'wiat:'),
        baseSourceHash: playbook.draft.sourceHash,
      },
      'draft { sourceHash diagnostics { severity code suggestion } }',
    )
    expect(broken.draft.diagnostics).toMatchObject([{ severity: 'ERROR', code: 'UNKNOWN_KEY', suggestion: 'wait' }])
    const refused = await mutate('playbookPublish', { playbookId }, 'version { number } changed diagnostics { code }')
    expect(refused).toMatchObject({
      version: null,
      changed: false,
      diagnostics: [{ code: 'UNKNOWN_KEY' }],
      userErrors: [{ code: 'INVALID' }],
    })
    const stale = await mutate(
      'playbookSaveDraft',
      { playbookId, source, baseSourceHash: playbook.draft.sourceHash },
      'draft { sourceHash }',
    )
    expect(stale).toMatchObject({ draft: null, userErrors: [{ code: 'STALE_VERSION' }] })
    const saved = await mutate(
      'playbookSaveDraft',
      { playbookId, source, baseSourceHash: broken.draft.sourceHash },
      'draft { sourceHash diagnostics { code } }',
    )
    expect(saved.draft.diagnostics).toEqual([])

    const impact = await ask(
      'query i($id: ID!) { playbookPublishImpact(playbookId: $id) { changed publishedNumber steps { change path } triggers { change name } inFlight { total } } }',
      { id: playbookId },
    )
    expect(impact.playbookPublishImpact).toEqual({
      changed: true,
      publishedNumber: 0,
      steps: [{ change: 'ADDED', path: 'pause' }],
      triggers: [{ change: 'ADDED', name: 'lead.captured' }],
      inFlight: { total: 0 },
    })
    const first = await mutate(
      'playbookPublish',
      { playbookId, expectedNumber: 0, draftSourceHash: saved.draft.sourceHash, note: '  the first  ' },
      'changed version { id number note origin publishedBy { email } } playbook { draft { source } published { number } }',
    )
    expect(first).toMatchObject({
      changed: true,
      version: { number: 1, note: 'the first', origin: 'API', publishedBy: { email: host.core.owner.email } },
      playbook: { draft: null, published: { number: 1 } },
      userErrors: [],
    })
    expect(await mutate('playbookPublish', { playbookId }, 'changed')).toMatchObject({
      userErrors: [{ code: 'CONFLICT' }],
    })
    const second = await mutate(
      'playbookPublish',
      { playbookId, source: source.replace('1d', '2d'), expectedNumber: 1, inFlight: 'MIGRATE' },
      'version { number } inFlight { policy moved finishing { reason count } }',
    )
    expect(second).toMatchObject({
      version: { number: 2 },
      inFlight: { policy: 'MIGRATE', moved: 0, finishing: [] },
    })
    expect(
      await mutate('playbookPublish', { playbookId, source, expectedNumber: 1 }, 'version { number }'),
    ).toMatchObject({ version: null, userErrors: [{ code: 'STALE_VERSION' }] })
    const back = await mutate(
      'playbookRollback',
      { playbookId, toVersionId: first.version.id, expectedNumber: 2 },
      'version { number origin rolledBackTo source }',
    )
    expect(back.version).toEqual({ number: 3, origin: 'ROLLBACK', rolledBackTo: 1, source })
    const listed = await ask(
      'query v($slug: String!) { playbook(slug: $slug) { versions { edges { node { number } } } } }',
      {
        slug: 'boas-vindas-a-acao',
      },
    )
    expect(listed.playbook.versions.edges.map((edge: { node: { number: number } }) => edge.node.number)).toEqual([
      3, 2, 1,
    ])
  })

  it('pauses, resumes and puts away', async () => {
    const { playbook } = await mutate('playbookCreate', { name: 'Welcome', source: SOURCE }, 'playbook { id }')
    const states = []
    for (const name of ['playbookPause', 'playbookResume', 'playbookArchive', 'playbookPause'])
      states.push(await mutate(name, { playbookId: playbook.id }, 'playbook { status }'))
    expect(states.map(state => state.playbook?.status ?? state.userErrors[0].code)).toEqual([
      'PAUSED',
      'ACTIVE',
      'ARCHIVED',
      'PAUSED',
    ])
  })

  it('knows no playbook and no version of elsewhere', async () => {
    const { playbook } = await mutate('playbookCreate', { name: 'Alone' }, 'playbook { id }')
    expect(
      await mutate('playbookRollback', { playbookId: playbook.id, toVersionId: playbook.id }, 'version { number }'),
    ).toMatchObject({ userErrors: [{ code: 'NOT_FOUND' }] })
    expect(await mutate('playbookPause', { playbookId: 'nonsense' }, 'playbook { id }')).toMatchObject({
      userErrors: [{ code: 'NOT_FOUND' }],
    })
  })
})
