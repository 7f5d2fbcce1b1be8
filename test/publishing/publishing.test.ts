import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../core/ids.ts'
import { createPlaybook, discardDraft, findDrafts, saveDraft } from '../../core/publishing/drafts.ts'
import { archivePlaybook, pausePlaybook, resumePlaybook } from '../../core/publishing/playbook-status.ts'
import { publishFolder } from '../../core/publishing/publish-folder.ts'
import { publishImpact } from '../../core/publishing/publish-impact.ts'
import { hashOf, publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { rollbackPlaybook } from '../../core/publishing/rollback-playbook.ts'
import { statement } from '../../core/sql.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'

const text = (id: string, steps = '- set: { a: 1 }') => `id: ${id}
name: Test
module: pre_vendas
triggers:
  - event: lead.captured
steps:
${steps.trim().replace(/^/gm, '  ')}
`

describe.each(DATABASE_KINDS)('publishing on %s', kind => {
  let engine: Engine
  let names = 0
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  const fresh = () => `book-${++names}`
  const publish = (source: string, options: Parameters<typeof publishPlaybook>[3] = {}) =>
    publishPlaybook(engine, engine.workspaceId, source, options)
  const create = (slug: string, source?: string) =>
    createPlaybook(engine, engine.workspaceId, { name: 'Test', slug, source })

  test('a new playbook has a draft and starts nothing; what is published from it has no draft any more', async () => {
    const slug = fresh()
    const { id } = await create(slug)
    const [draft] = await findDrafts(engine, engine.workspaceId, [id])
    expect(draft!.source).toContain(`id: ${slug}`)
    expect((await engine.playbooks.current(engine.workspaceId)).map(version => version.slug)).not.toContain(slug)
    const done = await publish(draft!.source, { slug, expected: 0, note: 'the first' })
    expect(done).toMatchObject({ slug, playbookId: id, number: 1, changed: true })
    expect(await findDrafts(engine, engine.workspaceId, [id])).toEqual([])
    expect((await engine.playbooks.current(engine.workspaceId)).map(version => version.slug)).toContain(slug)
    await pausePlaybook(engine, engine.workspaceId, id)
  })

  test('an id that is taken, or is none, or is not the one in the text makes no playbook', async () => {
    const slug = fresh()
    await create(slug)
    await expect(create(slug)).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(create('Not An Id')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    await expect(create(fresh(), text('other'))).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  })

  test('a draft is kept with its errors, and of two writers who began with the same text the second is told', async () => {
    const slug = fresh()
    const { id } = await create(slug, text(slug))
    const save = (source: string, baseHash: string) => saveDraft(engine, engine.workspaceId, id, { source, baseHash })
    const base = hashOf(text(slug))
    const broken = 'id: [ not yaml'
    expect((await save(broken, base)).source).toBe(broken)
    await expect(save('mine', base)).rejects.toMatchObject({ code: 'STALE_VERSION' })
    expect((await findDrafts(engine, engine.workspaceId, [id]))[0]!.source).toBe(broken)
    const both = await Promise.allSettled([save('one', hashOf(broken)), save('two', hashOf(broken))])
    expect(both.map(result => result.status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  test('of two writers who make the first draft of a published text one comes second', async () => {
    const slug = fresh()
    const { playbookId } = await publish(text(slug))
    const save = (source: string) =>
      saveDraft(engine, engine.workspaceId, playbookId, { source, baseHash: hashOf(text(slug)) })
    const both = await Promise.allSettled([save('one'), save('two')])
    expect(both.map(result => result.status).sort()).toEqual(['fulfilled', 'rejected'])
    await discardDraft(engine, engine.workspaceId, playbookId)
    expect(await findDrafts(engine, engine.workspaceId, [playbookId])).toEqual([])
  })

  test('who publishes on top of a version that they have not seen is told, and nothing is changed', async () => {
    const slug = fresh()
    await publish(text(slug))
    await publish(text(slug, '- set: { a: 2 }'), { expected: 1 })
    await expect(publish(text(slug, '- set: { a: 3 }'), { expected: 1 })).rejects.toMatchObject({
      code: 'STALE_VERSION',
    })
    await expect(publish(text('elsewhere'), { slug })).rejects.toMatchObject({ code: 'PLAYBOOK' })
    expect(await publish(text(slug, '- set: { a: 2 }'))).toMatchObject({ number: 2, changed: false })
  })

  test('two that publish at once make two versions, one after the other', async () => {
    const slug = fresh()
    const both = await Promise.all([publish(text(slug, '- set: { a: 1 }')), publish(text(slug, '- set: { a: 2 }'))])
    expect(both.map(done => done.number).sort()).toEqual([1, 2])
  })

  test('a rollback is the old text as a new version', async () => {
    const slug = fresh()
    const first = await publish(text(slug))
    await publish(text(slug, '- set: { a: 2 }'))
    const back = await rollbackPlaybook(engine, engine.workspaceId, first.playbookId, first.versionId, { note: 'oops' })
    expect(back).toMatchObject({ number: 3, changed: true })
    expect((await engine.playbooks.get(back.versionId)).playbook).toEqual(
      expect.objectContaining({ hash: (await engine.playbooks.get(first.versionId)).playbook.hash }),
    )
    const [row] = await engine.sql.query({
      name: '',
      text: `select origin, rolled_back_to, note, source from playbook_versions where id = '${back.versionId}'`,
    })
    expect(row).toEqual({ origin: 'rollback', rolled_back_to: 1, note: 'oops', source: text(slug) })
  })

  test('a paused playbook starts no runs and its runs go on; an archived one takes no version', async () => {
    const slug = fresh()
    const { playbookId } = await publish(text(slug, '- wait: 1d'))
    const runs = () => engine.count('runs', `playbook_id = '${playbookId}'`)
    await engine.capture({ email: `${slug}-1@acme.com.br` })
    await engine.settled()
    await pausePlaybook(engine, engine.workspaceId, playbookId)
    await engine.capture({ email: `${slug}-2@acme.com.br` })
    await engine.settled()
    expect(await runs()).toBe(1)
    await engine.advance(86_400_000)
    expect(await engine.count('runs', `playbook_id = '${playbookId}' and status = 'completed'`)).toBe(1)
    await resumePlaybook(engine, engine.workspaceId, playbookId)
    await engine.capture({ email: `${slug}-3@acme.com.br` })
    await engine.settled()
    expect(await runs()).toBe(2)
    await archivePlaybook(engine, engine.workspaceId, playbookId)
    await expect(publish(text(slug))).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await pausePlaybook(engine, engine.workspaceId, playbookId)).toMatchObject({ status: 'PAUSED' })
    await publish(text(slug))
    await engine.capture({ email: `${slug}-4@acme.com.br` })
    await engine.settled()
    expect(await runs(), 'brought back paused it starts nothing').toBe(2)
    await expect(pausePlaybook(engine, engine.workspaceId, newId())).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('the impact says what changes, and writes nothing', async () => {
    const slug = fresh()
    const { playbookId } = await publish(text(slug, '- id: pause\n  wait: 1d\n- id: echo\n  uses: probe/echo'))
    const before = await engine.count('playbook_versions')
    const impact = await publishImpact(engine, engine.workspaceId, playbookId, text(slug, '- id: pause\n  wait: 2d'))
    expect(impact).toMatchObject({
      changed: true,
      publishedNumber: 1,
      steps: [
        { change: 'changed', path: 'pause' },
        { change: 'removed', path: 'echo' },
      ],
      plugins: [{ pluginId: 'probe', from: '1.0.0', to: null }],
      inFlight: { total: 0 },
    })
    expect(await engine.count('playbook_versions')).toBe(before)
    await archivePlaybook(engine, engine.workspaceId, playbookId)
  })

  test('a file that did not change does not undo an edit; one that did wins, and says over what', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trae-books-'))
    try {
      const slug = fresh()
      const start = () => publishFolder(engine, engine.workspaceId, folder)
      await writeFile(join(folder, 'a.yaml'), text(slug))
      expect(await start()).toMatchObject([{ publication: { number: 1, changed: true } }])
      expect(await start()).toEqual([{ file: 'a.yaml' }])
      await publish(text(slug, '- set: { edited: true }'))
      expect(await start()).toEqual([{ file: 'a.yaml', keptVersion: 2 }])
      await writeFile(join(folder, 'a.yaml'), text(slug, '- set: { file: true }'))
      expect(await start()).toMatchObject([{ publication: { number: 3, changed: true }, replacedVersion: 2 }])
      await writeFile(join(folder, 'a.yaml'), text(slug, '- set: { file: again }'))
      const [last] = await start()
      expect(last).toMatchObject({ publication: { number: 4 } })
      expect(last!.replacedVersion).toBeUndefined()
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  test('where nothing has changed nothing is compiled; tests, plugins and a newer program are looked at again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trae-books-'))
    try {
      const slug = fresh()
      const start = () => publishFolder(engine, engine.workspaceId, folder)
      const change = (of: string) => engine.sql.query(statement('', of))
      await writeFile(join(folder, 'a.yaml'), text(slug, '- uses: probe/echo'))
      expect(await start()).toMatchObject([{ publication: { number: 1, changed: true } }])
      expect(await start()).toEqual([{ file: 'a.yaml' }])

      await writeFile(join(folder, 'a.test.yaml'), 'tests: [{ name: echoes, expect: [{ run: completed }] }]')
      expect(await start()).toMatchObject([{ publication: { number: 1, changed: false } }])
      expect(await start()).toEqual([{ file: 'a.yaml' }])

      await change(`update playbooks set file_checked_by = '0.0.1' where slug = '${slug}'`)
      expect(await start()).toMatchObject([{ publication: { number: 1, changed: false } }])
      expect(await start()).toEqual([{ file: 'a.yaml' }])

      const own = `playbook_id = (select id from playbooks where slug = '${slug}')`
      await change(`update playbook_versions set plugins = jsonb_set(plugins, '{probe}', '"another"') where ${own}`)
      expect(await start()).toMatchObject([{ publication: { number: 2, changed: true } }])
      expect(await start()).toEqual([{ file: 'a.yaml' }])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
