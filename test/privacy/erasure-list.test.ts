import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listErasures, reapplyErasures } from '../../core/privacy/erasure-list.ts'
import { createRequest } from '../../core/privacy/requests.ts'
import { countSuppressions, setSuppression } from '../../core/privacy/suppressions.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { trae } from '../cli/trae.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { DATABASE_KINDS } from '../support/database.ts'

const capture = ({ workspaceId, ...core }: TestCore, name: string, fields: object = {}) =>
  captureLead(core, workspaceId, leadInput.parse({ name, email: `${name}@example.com`, ...fields }), { source: 'test' })
const erase = (core: TestCore, subject: string) =>
  createRequest(core, core.workspaceId, { kind: 'ERASURE', subject }, undefined)
const emails = async (core: Pick<TestCore, 'sql'>) =>
  (
    await core.sql.query<{ email: string }>({
      name: '',
      text: 'select email from leads where email is not null order by 1',
    })
  ).map(({ email }) => email)

/** As a backup would have it that was made before these erasures. */
async function goBack({ sql }: Pick<TestCore, 'sql'>, ...requests: string[]): Promise<void> {
  await sql.query({ name: '', text: 'delete from suppressions' })
  await sql.query({ name: '', text: 'delete from data_subject_requests where id = any($1::uuid[])' }, [requests])
}

describe.each(DATABASE_KINDS)('the list of erasures, on %s', kind => {
  let core: TestCore
  beforeAll(async () => {
    core = await openTestCore(kind)
  })
  afterAll(() => core?.close())

  it('erases again who came back with a backup, and nobody else', async () => {
    for (const name of ['ana', 'bia', 'carla', 'eva']) await capture(core, name)
    await capture(core, 'dora', { email: undefined, phone: '+5511987654321' })
    await erase(core, 'ana@example.com')
    await expect(capture(core, 'ana')).rejects.toMatchObject({ code: 'CONFLICT' })
    await setSuppression(core, core.workspaceId, { subject: 'carla@example.com', suppressed: true }, 'host')
    expect(await emails(core)).toEqual(['bia@example.com', 'carla@example.com', 'eva@example.com'])
    await erase(core, 'bia@example.com')
    await erase(core, 'eva@example.com') // the backup is from before she came
    await erase(core, '+5511987654321')
    const list = await listErasures(core)
    expect(list).toHaveLength(4)
    expect(JSON.stringify(list)).not.toMatch(/example|98765/)

    await goBack(core, ...list.slice(1).map(({ request }) => request))
    for (const name of ['ana', 'bia']) await capture(core, name) // ana: came back with a new consent before the backup
    await capture(core, 'dora', { email: undefined, phone: '+5511987654321' })
    expect(await reapplyErasures(core, list)).toEqual({ news: 3, people: 2, waiting: 0 })
    expect(await emails(core)).toEqual(['ana@example.com', 'carla@example.com'])
    const left = await core.sql.query({ name: '', text: 'select 1 from leads where phone is not null' })
    expect(left).toEqual([])
    expect(await countSuppressions(core, core.workspaceId)).toBe(3)
    for (const name of ['bia', 'eva']) await expect(capture(core, name)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await emails(core)).toEqual(['ana@example.com', 'carla@example.com'])
    expect(await reapplyErasures(core, list)).toMatchObject({ people: 0, waiting: 0 })
  })
})

it('is printed and applied from the command line', { timeout: 120_000 }, async () => {
  const core = await openTestCore('postgres')
  const folder = await mkdtemp(join(tmpdir(), 'trae-erased-'))
  try {
    const env = {
      TRAE_DATA_DIR: folder,
      TRAE_ENCRYPTION_KEY: '1'.repeat(64),
      DATABASE_URL: core.config.databaseUrl!,
    }
    for (const name of ['ana', 'bia']) await capture(core, name)
    await erase(core, 'ana@example.com')
    const { stdout } = await trae(['privacy', 'erased'], { env })
    expect(stdout.trim().split('\n')).toHaveLength(1)
    const file = join(folder, 'erased.jsonl')
    await writeFile(file, stdout)
    await goBack(core, JSON.parse(stdout).request)
    await capture(core, 'ana')
    expect(await trae(['privacy', 'reapply', file], { env })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 erasures on the list, 1 of them since this backup: 1 people erased again'),
    })
    expect(await emails(core)).toEqual(['bia@example.com'])
    await writeFile(file, `${stdout}nonsense\n`)
    expect(await trae(['privacy', 'reapply', file], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('erased.jsonl:2 is no line of `trae privacy erased`'),
    })
    const again = await trae(['privacy', 'erased'], { env })
    expect(JSON.parse(again.stdout).hashes).toEqual(JSON.parse(stdout).hashes)
  } finally {
    await core.close()
    await rm(folder, { recursive: true, force: true })
  }
})
