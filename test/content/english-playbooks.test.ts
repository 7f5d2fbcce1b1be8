import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, parseDocument, visit } from 'yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorkspace } from '../../core/brain/create-workspace.ts'
import { builtCatalog } from '../../core/cli/built-catalog.ts'
import { builtPlugins, FRESH_WORKSPACE } from '../../core/cli/built-plugins.ts'
import { readTested } from '../../core/cli/read-tested.ts'
import { openRehearsal } from '../../core/open-rehearsal.ts'
import { publishPolicies, publishPolicy } from '../../core/decisions/publish-policy.ts'
import { listPolicies } from '../../core/decisions/read-policies.ts'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { inLanguage, readTexts } from '../../core/playbooks/in-language.ts'
import { publishFolder } from '../../core/publishing/publish-folder.ts'
import { statement } from '../../core/sql.ts'
import { openTestCore } from '../support/core.ts'
import type { Rehearsal } from '../../core/rehearsal/rehearsal.ts'
import { readTests, testPlaybook } from '../../core/rehearsal/test-playbook.ts'

const FOLDER = join(import.meta.dirname, '../../playbooks')
const texts = (await readTexts(FOLDER, 'en'))!
const tested = await readTested([FOLDER])
const catalog = await builtCatalog()
const filesOf = async (folder: string) =>
  Promise.all(
    (await readdir(folder))
      .filter(name => name.endsWith('.yaml') && !name.endsWith('.test.yaml'))
      .map(async name => ({ name, source: await readFile(join(folder, name), 'utf8') })),
  )
const [sources, policies] = [await filesOf(FOLDER), await filesOf(join(FOLDER, 'policies'))]

/** Every value of a file, with the key it stands under. */
function valuesOf(source: string): { key: unknown; value: string }[] {
  const found: { key: unknown; value: string }[] = []
  visit(parseDocument(source), {
    Pair(_, { key, value }) {
      const text = (value as { value?: unknown } | null)?.value
      if (typeof text === 'string') found.push({ key: (key as { value?: unknown }).value, value: text })
    },
  })
  return found
}
const FOR_PEOPLE = new Set(['name', 'description', 'text', 'title', 'body', 'summary', 'lostReason'])
/** Values that name something in both languages, and those that only hand something on. */
const isSame = (value: string) =>
  /^(\$\{\{[^"]*\}\}|Upsell: .*|\$\{\{ default\(lead\.company, lead\.name\) \}\})$/.test(value)

let rehearsal: Rehearsal
beforeAll(
  async () => void (rehearsal = await openRehearsal({ plugins: await builtPlugins(), workspace: FRESH_WORKSPACE })),
)
afterAll(() => rehearsal?.close())

describe('the playbooks in English', () => {
  it('are those of a workspace whose language is English; the others keep theirs', { timeout: 120_000 }, async () => {
    const core = await openTestCore('pglite', { TRAE_PLAYBOOKS_DIR: FOLDER })
    try {
      const [owner] = await core.sql.query<{ id: string }>(statement('', 'select id from users'))
      const given = { name: 'Acme', timeZone: 'America/New_York', locale: 'en' as const }
      const { id } = await createWorkspace(core, { userId: owner!.id as never }, given)
      await installBuiltIns(core, core.workspaceId)
      await publishPolicies(core, core.workspaceId, FOLDER)
      await publishFolder(core, core.workspaceId, FOLDER)
      const nameIn = async (workspaceId: string) =>
        (
          await core.sql.query<{ name: string }>(
            statement('', `select name from playbooks where workspace_id = $1 and slug = 'qualify-lead'`),
            [workspaceId],
          )
        )[0]!.name
      expect([await nameIn(id), await nameIn(core.workspaceId)]).toEqual(['Qualify the lead', 'Qualificar lead'])
      const policiesOf = async (workspaceId: string) =>
        (await listPolicies(core, workspaceId as never)).map(({ name }) => name).sort()
      expect(await policiesOf(id)).toEqual([
        'Channel of the first contact',
        'Focus of the month',
        'Order of the next steps',
        'Reminder of the proposal',
        'Score of the lead',
      ])
      expect(await policiesOf(core.workspaceId)).toEqual([
        'Canal do primeiro contato',
        'Foco do mês',
        'Lembrete da proposta',
        'Ordem dos próximos passos',
        'Pontuação do lead',
      ])
      expect(await publishPolicies(core, id as never, FOLDER)).toEqual([]) // as it is in force already

      // published before there were English texts, and edited since: the edit stays
      const { source } = policies.find(({ name }) => name === 'first-contact.yaml')!
      await publishPolicy(core, id as never, source, { file: 'first-contact.yaml' })
      await publishPolicy(core, id as never, source.replace('name: Canal do primeiro contato', 'name: Our own'))
      expect(await publishPolicies(core, id as never, FOLDER)).toEqual([])
      expect(await policiesOf(id)).toEqual([
        'Focus of the month',
        'Order of the next steps',
        'Our own',
        'Reminder of the proposal',
        'Score of the lead',
      ])
    } finally {
      await core.close()
    }
  })

  it.each(policies.map(({ name, source }) => [name, source] as const))(
    '%s, a policy, has every text',
    (_name, source) => {
      const values = valuesOf(source)
      const missing = values
        .filter(
          ({ key, value }) =>
            ['name', 'description', 'question', 'title', 'because'].includes(String(key)) || /[À-ÿ]/.test(value),
        )
        .filter(({ value }) => texts.policies[value] === undefined)
      expect(missing).toEqual([])
    },
  )

  it.each(sources.map(({ name, source }) => [name, source] as const))(
    '%s has every text for people',
    (_name, source) => {
      const missing = valuesOf(source)
        .filter(({ key, value }) => FOR_PEOPLE.has(String(key)) || /[À-ÿ]/.test(value))
        .map(({ value }) => value)
        .filter(value => !isSame(value) && texts.playbooks[value] === undefined)
      expect(missing).toEqual([])
    },
  )

  it('translates nothing that stands nowhere', () => {
    const there = new Set(sources.flatMap(({ source }) => valuesOf(source).map(({ value }) => value)))
    expect(Object.keys(texts.playbooks).filter(text => !there.has(text))).toEqual([])
    const ofPolicies = new Set(policies.flatMap(({ source }) => valuesOf(source).map(({ value }) => value)))
    expect(Object.keys(texts.policies).filter(text => !ofPolicies.has(text))).toEqual([])
  })

  it('leaves no Portuguese, and changes nothing but texts', () => {
    for (const { name, source } of sources) {
      const english = inLanguage(source, texts.playbooks)
      expect(
        valuesOf(english).filter(({ value }) => /[À-ÿ]/.test(value)),
        name,
      ).toEqual([])
      const back = Object.fromEntries(Object.entries(texts.playbooks).map(([pt, en]) => [en, pt]))
      const asWritten = (value: unknown): unknown =>
        typeof value === 'string'
          ? (back[value] ?? value)
          : Array.isArray(value)
            ? value.map(asWritten)
            : value !== null && typeof value === 'object'
              ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, asWritten(one)]))
              : value
      expect(asWritten(parse(english)), name).toEqual(asWritten(parse(inLanguage(source, {}))))
      expect(english.split('\n').filter(line => line.trim().startsWith('#'))).toEqual(
        source.split('\n').filter(line => line.trim().startsWith('#')),
      )
    }
  })

  it.each(tested.map(text => [text.file, text] as const))('%s passes its tests in English', async (_file, text) => {
    const all = { ...texts.playbooks, ...texts.tests }
    const english = {
      ...text,
      source: inLanguage(text.source, all),
      ...(text.beside && { beside: { ...text.beside, source: inLanguage(text.beside.source, all) } }),
    }
    const read = readTests(english, catalog)
    expect(read.diagnostics).toEqual([])
    const { results } = await testPlaybook(rehearsal, read, read.playbook!)
    expect(results.flatMap(({ name, failures }) => failures.map(({ message }) => `${name}: ${message}`))).toEqual([])
  })
})
