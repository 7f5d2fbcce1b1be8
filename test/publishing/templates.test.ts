import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
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
