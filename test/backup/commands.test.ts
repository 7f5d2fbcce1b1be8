import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { firstBoot } from '../../core/access/first-boot.ts'
import { readConfig } from '../../core/config.ts'
import { openCore } from '../../core/core.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { createTestDatabase, DATABASE_KINDS, type TestDatabase } from '../support/database.ts'
import { trae } from '../cli/trae.ts'

describe.each(DATABASE_KINDS)('trae backup and trae restore, on %s', { timeout: 400_000 }, kind => {
  let folder: string
  let database: TestDatabase | undefined
  let env: Record<string, string>
  const path = () => join(folder, 'backups', 'one.backup')
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trae-commands-'))
    await mkdir(join(folder, 'backups'))
    database = kind === 'postgres' ? await createTestDatabase() : undefined
    env = {
      TRAE_DATA_DIR: join(folder, 'data'),
      TRAE_ENCRYPTION_KEY: randomBytes(32).toString('hex'),
      TRAE_BACKUP_KEY: randomBytes(32).toString('hex'),
      TRAE_LOG_LEVEL: 'silent',
      ...(database ? { DATABASE_URL: database.url } : {}),
    }
    await addLead('ana')
  }, 300_000)
  afterAll(async () => {
    await database?.drop()
    await rm(folder, { recursive: true, force: true })
  })

  async function withCore<T>(work: (core: Awaited<ReturnType<typeof openCore>>) => Promise<T>): Promise<T> {
    const core = await openCore(readConfig(env))
    try {
      return await work(core)
    } finally {
      await core.close(0)
    }
  }
  const addLead = (name: string) =>
    withCore(async core => {
      const { workspaceId } = await firstBoot(core)
      await captureLead(core, workspaceId, leadInput.parse({ name, email: `${name}@example.com` }), { source: 'test' })
    })
  const leads = () =>
    withCore(async core => {
      const rows = await core.sql.query<{ name: string }>({ name: '', text: 'select name from leads order by 1' })
      return rows.map(({ name }) => name)
    })

  it('leave nothing half behind, wherever they are killed', async () => {
    const killed = (point: string) => ({ env: { ...env, TRAE_CRASH_AT: point } })
    for (const point of kind === 'pglite' ? ['backup.written'] : ['backup.writing', 'backup.written']) {
      expect(await trae(['backup', path()], killed(point))).toMatchObject({ signal: 'SIGKILL' })
      await expect(stat(path())).rejects.toThrow('ENOENT')
    }
    expect(await trae(['backup', path()], { env })).toMatchObject({ code: 0, stderr: '' })
    expect((await stat(path())).mode & 0o777).toBe(0o600)
    expect(await trae(['backup', path()], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is there already'),
    })

    await addLead('bia')
    expect(await trae(['restore', path()], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not empty'),
    })
    expect(await trae(['restore', path(), '--replace'], { env })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Nothing was done'),
    })
    for (const point of kind === 'pglite' ? ['restore.committing'] : ['restore.loading:5', 'restore.committing']) {
      expect(await trae(['restore', path(), '--replace', '--yes'], killed(point))).toMatchObject({ signal: 'SIGKILL' })
      expect(await leads(), point).toEqual(['ana', 'bia'])
    }
    expect(await trae(['restore', path(), '--replace', '--yes'], { env })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('The brain is stopped'),
    })
    expect(await leads()).toEqual(['ana'])
  })

  it.runIf(kind === 'pglite')('try a backup without the host, and say what is wrong with it', async () => {
    const { TRAE_BACKUP_KEY, TRAE_DATA_DIR } = env as Record<'TRAE_BACKUP_KEY' | 'TRAE_DATA_DIR', string>
    const alone = { TRAE_BACKUP_KEY, TRAE_DATA_DIR }
    const tried = await trae(['backup', 'verify', path(), '--json'], { env: alone })
    expect(tried).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(tried.stdout)).toMatchObject({ tables: expect.any(Number), sha256: expect.any(String) })
    expect(await readdir(TRAE_DATA_DIR)).not.toContain('backup-drill')
    const other = { ...alone, TRAE_BACKUP_KEY: '12'.repeat(32) }
    expect(await trae(['backup', 'verify', path()], { env: other })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('was sealed by the backup key'),
    })

    const file = await readFile(path())
    file[file.length - 30]! ^= 1
    const altered = join(folder, 'altered.backup')
    await writeFile(altered, file)
    expect(await trae(['backup', 'verify', altered], { env: alone })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not as it was written'),
    })
    expect(await trae(['restore', altered, '--replace', '--yes'], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not as it was written'),
    })
    expect(await leads()).toEqual(['ana'])
  })

  it.runIf(kind === 'postgres')('refuse a database that a host works with', async () => {
    await withCore(async () => {
      expect(await trae(['restore', path(), '--replace', '--yes'], { env })).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('A host works with this database'),
      })
    })
    expect(await leads()).toEqual(['ana'])
  })
})
