import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAudit } from '../../core/access/audit.ts'
import type { TraeError } from '../../core/errors.ts'
import type { Diagnostic } from '../../core/playbooks/diagnostic.ts'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { publishFolder } from '../../core/publishing/publish-folder.ts'
import { publishPlaybook, type PublishOptions } from '../../core/publishing/publish-playbook.ts'
import { rollbackPlaybook } from '../../core/publishing/rollback-playbook.ts'
import { readTestRequirement, requireTests } from '../../core/publishing/test-requirement.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'

/** Other processes open databases, on a machine that may be busy. */
const PATIENCE = { timeout: 240_000 }

const playbook = (subject: string, tests = '') => `id: greet
name: Greet
module: pre_vendas
triggers: [{ event: lead.captured }]
steps:
  - if: \${{ lead.email != null }}
    then:
      - uses: email/send
        with: { to: '\${{ lead.email }}', subject: ${subject}, body: Olá, leadId: '\${{ lead.id }}' }
        onError: continue
${tests}`
const test = (subject: string) => `tests:
  - name: writes to the lead
    fixtures: { email/send: done }
    expect: [{ effects: [{ email/send: { subject: ${subject} } }] }]
`

describe.each(DATABASE_KINDS)('a workspace that asks for tests, on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
    await installBuiltIns(engine, engine.workspaceId)
  })
  afterAll(() => engine?.close())

  const publish = (source: string, options: PublishOptions = {}) =>
    publishPlaybook(engine, engine.workspaceId, source, options)
  const ask = (coverage: number | null) =>
    requireTests(engine, engine.workspaceId, coverage === null ? null : { coverage }, undefined)
  const refusal = async (work: Promise<unknown>) => {
    const error = (await work.then(
      () => undefined,
      cause => cause,
    )) as TraeError | undefined
    const found = (error?.details?.['diagnostics'] ?? []) as Diagnostic[]
    return {
      code: error?.code,
      message: error?.message,
      findings: found
        .filter(({ severity }) => severity === 'error')
        .map(({ code, source, line }) => `${code} ${source}:${line}`),
    }
  }
  const published = () => engine.count('playbook_versions')

  it('publishes without tests until it asks for them, and refuses then, changing nothing', PATIENCE, async () => {
    expect(await readTestRequirement(engine, engine.workspaceId)).toBeNull()
    expect(await publish(playbook('A'))).toMatchObject({ number: 1, changed: true })
    await ask(0)
    expect(await readTestRequirement(engine, engine.workspaceId)).toEqual({ coverage: 0 })
    expect(await refusal(publish(playbook('B')))).toEqual({
      code: 'PLAYBOOK',
      message:
        'greet is not published: this workspace asks that a playbook has tests and passes them.\ngreet:1: It has no tests. Write them under tests, or beside it in <name>.test.yaml.',
      findings: ['TESTS_REQUIRED greet:1'],
    })
    expect(await publish(playbook('A')), 'what is in force stays so').toMatchObject({ number: 1, changed: false })
    expect(await published()).toBe(1)
  })

  it('refuses tests that fail, saying which and where, and publishes what passes', PATIENCE, async () => {
    const refused = await refusal(publish(playbook('B', test('A')), { file: 'greet.yaml' }))
    expect(refused.findings).toEqual(['TEST_FAILED greet.yaml:14'])
    expect(refused.message).toContain(
      'greet.yaml:14: The test "writes to the lead" fails. The input of effect 1, email/send has B at subject, expected A.',
    )
    expect(await published()).toBe(1)
    expect(await publish(playbook('B', test('B')))).toMatchObject({ number: 2 })
    expect(await engine.count('messages'), 'nothing is really sent').toBe(0)
  })

  it('asks for the coverage that was set, naming what no test takes', PATIENCE, async () => {
    await ask(100)
    const refused = await refusal(publish(playbook('C', test('C'))))
    expect(refused.findings).toEqual(['COVERAGE_TOO_LOW greet:6'])
    expect(refused.message).toContain(
      'The tests take 50 % of the branches, required are 100 %. No test takes line 6 "if lead.email != null": else.',
    )
    await ask(50)
    expect(await publish(playbook('C', test('C')))).toMatchObject({ number: 3 })
  })

  it(
    'keeps the tests that stand beside it: an edit without tests of its own is held against them, so is a rollback',
    PATIENCE,
    async () => {
      expect(await publish(playbook('D'), { tests: test('D') })).toMatchObject({ number: 4 })
      expect((await refusal(publish(playbook('E')))).findings).toEqual(['TEST_FAILED greet.test.yaml:4'])
      expect(await publish(playbook('E', test('E')))).toMatchObject({ number: 5 })
      const { playbookId } = await publish(playbook('E', test('E')))
      const versions = await engine.sql.query<{ id: string; number: number }>({
        name: '',
        text: 'select id, number from playbook_versions order by number',
      })
      const back = (number: number) =>
        rollbackPlaybook(engine, engine.workspaceId, playbookId, versions.find(one => one.number === number)!.id)
      expect((await refusal(back(1))).findings).toEqual(['TESTS_REQUIRED greet version 1:1'])
      expect(await back(4)).toMatchObject({ number: 6, changed: true })
      expect((await refusal(publish(playbook('F'), { tests: 'tests: [{ name: broken }]' }))).code).toBe('PLAYBOOK')
    },
  )

  it('tells of a file of the folder why it keeps its earlier version', PATIENCE, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trae-tested-'))
    try {
      await writeFile(join(folder, 'greet.yaml'), playbook('G'))
      await writeFile(join(folder, 'greet.test.yaml'), test('wrong'))
      const [refused] = await publishFolder(engine, engine.workspaceId, folder)
      expect(refused!.error?.message).toContain('greet.test.yaml:4: The test "writes to the lead" fails.')
      await writeFile(join(folder, 'greet.test.yaml'), test('G'))
      const [done] = await publishFolder(engine, engine.workspaceId, folder)
      expect(done).toMatchObject({ publication: { number: 7, changed: true } })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('refuses a coverage that is none, and writes down who asked for what', PATIENCE, async () => {
    await expect(ask(101)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    await ask(null)
    await ask(null)
    expect(await publish(playbook('H'), { tests: null })).toMatchObject({ number: 8 })
    const entries = await readAudit(engine, engine.workspaceId, `workspace:${engine.workspaceId}`)
    expect(entries.map(({ action, data }) => [action, data['coverage']])).toEqual([
      ['workspace.tests-not-required', undefined],
      ['workspace.tests-required', 50],
      ['workspace.tests-required', 100],
      ['workspace.tests-required', 0],
    ])
  })
})
