import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { disablePlugin } from '../../core/plugins/set-plugin-status.ts'
import { createPlaybook, findDrafts } from '../../core/publishing/drafts.ts'
import { playbookTemplates } from '../../core/publishing/templates.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { DATABASE_KINDS } from '../support/database.ts'

describe.each(DATABASE_KINDS)('templates of playbooks, on %s', kind => {
  let core: TestCore
  beforeAll(async () => {
    core = await openTestCore(kind)
  })
  afterAll(() => core?.close())

  const template = async (slug: string, locale = 'pt-BR') =>
    (await playbookTemplates(core, core.workspaceId, locale)).find(one => one.slug === slug)
  const create = (fields: object) => createPlaybook(core, core.workspaceId, { name: 'Minha qualificação', ...fields })

  it('say what starts them and what they use, and whether the workspace has it', async () => {
    const before = await template('attribute-lead')
    expect(before).toMatchObject({
      name: 'Guardar de onde o lead veio',
      module: 'aquisicao',
      triggers: [{ kind: 'event', what: 'lead.captured' }],
      needs: [
        { name: 'audience', isService: true, isThere: false },
        { name: 'notify', isService: true, isThere: false },
      ],
    })
    await installBuiltIns(core, core.workspaceId)
    expect((await template('attribute-lead'))!.needs.map(({ isThere }) => isThere)).toEqual([true, true])
    expect((await template('watch-health'))!.triggers).toContainEqual({ kind: 'schedule', what: '0 6 * * *' })
    expect((await template('qualify-lead'))!.needs).toContainEqual({ name: 'sdr', isService: false, isThere: true })
    expect((await template('attribute-lead', 'en'))!.name).toBe('Keep where the lead came from')
    await expect(template('attribute-lead', '../texts/en')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  })

  it('come with plugins too, and go with them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trae-templates-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const source = join(folder, 'source')
    await cp(join(import.meta.dirname, '../support/plugins/listener'), source, { recursive: true })
    await mkdir(join(source, 'playbooks'))
    const text = `id: thank
name: Thank who bought
module: vendas
triggers: [{ event: deal.won }]
steps:
  - uses: elsewhere/thank
    with: { leadId: '\${{ event.leadId }}' }
`
    const write = (change: (text: string) => string) => writeFile(join(source, 'playbooks/thank.yaml'), change(text))
    const build = () => buildPlugin(source, join(folder, 'built'))
    for (const [change, message] of [
      [(all: string) => all.replace('id: thank', 'id: other'), 'playbooks/thank.yaml: id: must be thank'],
      [(all: string) => all.replace('module: vendas', 'module: nothing'), 'playbooks/thank.yaml:3:9:'],
      [(all: string) => all.replace('elsewhere/thank', 'listener/thank'), 'playbooks/thank.yaml:6:11:'],
      [(all: string) => all.replace('elsewhere/thank', 'email/sned'), 'playbooks/thank.yaml:6:11:'],
      [(all: string) => `${all}${'#'.repeat(50_000)}`, 'playbooks.thank: may have 50000 characters'],
    ] as const) {
      await write(change)
      await expect(build()).rejects.toMatchObject({ code: 'MANIFEST', message: expect.stringContaining(message) })
    }
    await write(all => all)
    await mkdir(join(source, 'playbooks/texts'))
    const translate = (texts: string) => writeFile(join(source, 'playbooks/texts/pt-BR.yaml'), texts)
    for (const [texts, message] of [
      ['playbooks: { Thank who buys: Agradecer }', 'no template has the text "Thank who buys"'],
      ['playbooks: { vendas: nada }', 'playbooks/thank.yaml in pt-BR:3:9:'],
      ['Thank who bought: Agradecer', 'playbooks/texts/pt-BR.yaml must hold `playbooks`'],
    ] as const) {
      await translate(texts)
      await expect(build()).rejects.toMatchObject({ message: expect.stringContaining(message) })
    }
    await translate('playbooks: { Thank who bought: Agradecer a quem comprou }')
    await build()
    const from = { kind: 'folder', path: join(folder, 'built') } as const
    const install = () => installPlugin(core, { workspaceId: core.workspaceId, from, grant: 'all-declared' })
    const manifest = await readFile(join(folder, 'built/plugin.json'), 'utf8')
    await writeFile(join(folder, 'built/plugin.json'), manifest.replace('module: vendas', 'module: nothing'))
    await expect(install()).rejects.toMatchObject({ message: expect.stringContaining('playbooks/thank.yaml:3:9:') })
    await writeFile(join(folder, 'built/plugin.json'), manifest)
    await install()
    expect(await template('listener/thank', 'en')).toMatchObject({
      plugin: 'Listener',
      name: 'Thank who bought',
      needs: [{ name: 'elsewhere', isThere: false }],
    })
    expect(await template('listener/thank', 'pt-BR')).toMatchObject({ name: 'Agradecer a quem comprou' })
    expect(await template('qualify-lead')).toMatchObject({ plugin: null })
    const made = await create({ name: 'Meu', template: { slug: 'listener/thank', locale: 'pt-BR' } })
    const [draft] = await findDrafts(core, core.workspaceId, [made.id])
    expect(draft!.source).toBe(text.replace('id: thank', 'id: meu').replace('Thank who bought', '"Meu"'))
    await disablePlugin(core, core.workspaceId, 'listener')
    expect(await template('listener/thank')).toBeUndefined()
  })

  it('are copied under another id and name; all else stays as it is written, comments too', async () => {
    const made = await create({ template: { slug: 'qualify-lead', locale: 'pt-BR' } })
    expect(made).toMatchObject({ slug: 'minha-qualificacao', name: 'Minha qualificação', module: 'pre_vendas' })
    const [draft] = await findDrafts(core, core.workspaceId, [made.id])
    const written = await readFile(join(core.config.playbooksDir, 'qualify-lead.yaml'), 'utf8')
    expect(draft!.source).toBe(
      written.replace(/^id: .*$/m, 'id: minha-qualificacao').replace(/^name: .*$/m, 'name: "Minha qualificação"'),
    )
  })

  it('are refused where there is none of that name, and beside a text of one’s own', async () => {
    const from = { slug: 'nothing', locale: 'pt-BR' }
    await expect(create({ slug: 'a', template: from })).rejects.toThrow(/no template nothing; there are attribute-lead/)
    await expect(create({ slug: 'a', template: from, source: 'id: a' })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    })
  })
})
