import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { brokenAudit } from '../../core/access/audit.ts'
import { openDatabase } from '../../core/adapters/database.ts'
import { migrations } from '../../core/adapters/migrations/migrations.ts'
import { erasuresIn } from '../../core/backup/erasure-file.ts'
import { refuseWithoutKeys, restoreBackup, withBackup } from '../../core/backup/restore-backup.ts'
import { takeBackup } from '../../core/backup/take-backup.ts'
import { readConfig } from '../../core/config.ts'
import { openCore } from '../../core/core.ts'
import type { InstallationId, UserId } from '../../core/ids.ts'
import { findCredentialById, putCredential } from '../../core/credentials/store.ts'
import { searchMemory } from '../../core/memory/search-memory.ts'
import { storeEntry } from '../../core/memory/store-entry.ts'
import { readErasures } from '../../core/privacy/erasure-list.ts'
import { createRequest } from '../../core/privacy/requests.ts'
import { createEmptyDatabase, DATABASE_KINDS, type DatabaseKind } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'

const DAY = 86_400_000
const BACKUP_KEY = 'ba'.repeat(32)
const SECRET = 'canary-of-the-account'
/** Does not repeat itself, so that no compression hides it. */
const TEXT = Array.from({ length: 12_500 }, (_, n) => ((n * 2_654_435_761) >>> 0).toString(16).padStart(8, '0')).join(
  '',
)

describe.each(DATABASE_KINDS)('a backup of a host at work, on %s', from => {
  let engine: Engine
  let folder: string
  let path: string
  let credentialId: string
  beforeAll(async () => {
    engine = await startEngine(from, { TRAE_BACKUP_KEY: BACKUP_KEY })
    folder = await mkdtemp(join(tmpdir(), 'trae-backup-'))
    path = join(folder, 'one.backup')
    await engine.publish(`
id: large
name: Large
module: gestao
triggers: [{ event: large.wanted }]
steps:
  - { id: fetch, uses: probe/echo, with: { value: '\${{ event.text }}' } }
  - wait: 1d
  - id: size
    set: { n: '\${{ size(steps.fetch.output.value) }}' }
outputs: { size: '\${{ steps.size.output.n }}' }`)
    await engine.emit('large.wanted', { text: TEXT })
    await engine.settled()
    for (const name of ['Canária Souza', 'Bia']) await engine.capture({ name, email: `${name[0]}@example.com` })
    await storeEntry(
      engine,
      engine.workspaceId,
      { type: 'note', content: 'prefers to be called in the morning' },
      'test',
    )
    credentialId = await connect(engine)
    await vi.waitUntil(async () => (await engine.count('memory_vectors')) > 0, { timeout: 60_000 })
    await engine.settled()
    await takeBackup(engine, path)
    // Since then; the world does not go back
    await createRequest(engine, engine.workspaceId, { kind: 'ERASURE', subject: 'c@example.com' }, undefined)
    await engine.capture({ name: 'Carla', email: 'carla@example.com' })
    await takeBackup(engine, join(folder, 'two.backup'))
  }, 300_000)
  afterAll(async () => {
    await engine?.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('shows nothing of what is in it, and is its owner’s alone', async () => {
    const file = await readFile(path)
    for (const canary of [
      'Souza',
      'example.com',
      SECRET,
      TEXT.slice(0, 40),
      '"table"',
      engine.config.encryptionKeys![0]!,
    ])
      expect(file.includes(canary), canary).toBe(false)
    for (const name of ['one.backup', 'one.backup.json', 'erasures.jsonl'])
      expect((await stat(join(folder, name))).mode & 0o777, name).toBe(0o600)
    const manifest = JSON.parse(await readFile(`${path}.json`, 'utf8')) as object
    expect(manifest).toMatchObject({ file: 'one.backup', size: file.length, takenAt: engine.clock.now().toISOString() })
    const list = await readFile(erasuresIn(folder), 'utf8')
    expect(list.trim().split('\n')).toHaveLength(1)
    expect(list).not.toContain('example.com')
  })

  it.each(DATABASE_KINDS)(
    'is restored into %s: a run goes on, nobody who was erased is back',
    { timeout: 240_000 },
    async to => {
      const home = await emptyHome(to)
      const config = readConfig({
        TRAE_LOG_LEVEL: 'silent',
        TRAE_BACKUP_KEY: BACKUP_KEY,
        TRAE_ENCRYPTION_KEY: engine.config.encryptionKeys![0]!,
        ...home.environment,
      })
      try {
        const database = await openDatabase({ ...config, databaseUrl: home.quietUrl }, [])
        const erasures = await readErasures(erasuresIn(folder))
        const { clock, queue, pubsub } = engine
        const parts = { sql: database.sql, clock, queue, pubsub }
        const done = await withBackup({ config }, path, backup =>
          restoreBackup(parts, backup, { migrations, replace: false, erasures }),
        )
        expect(done).toMatchObject({ openRuns: 1, erasures: { news: 1, people: 1, waiting: 0 } })
        await expect(
          withBackup({ config }, path, backup =>
            restoreBackup(parts, backup, { migrations, replace: false, erasures }),
          ),
        ).rejects.toMatchObject({
          code: 'CONFLICT',
          message: expect.stringContaining('is not empty (workspaces: 1)'),
        })
        await database.close()

        const core = await openCore(config, { clock, pollMs: 20 })
        try {
          const { workspaceId } = engine
          await core.plugins.load(workspaceId)
          await core.brain.open()
          expect(core.brain.running).toBe(false)
          const names = await core.sql.query<{ name: string }>({ name: '', text: 'select name from leads order by 1' })
          expect(names.map(({ name }) => name)).toContain('Bia')
          expect(names.map(({ name }) => name)).not.toContain('Canária Souza')
          expect(names.map(({ name }) => name)).not.toContain('Carla')
          expect(await brokenAudit(core, workspaceId)).toBeUndefined()
          const credential = await findCredentialById(core, workspaceId, credentialId)
          expect(credential!.secrets.fields).toEqual({ token: SECRET })
          const found = await searchMemory(core, workspaceId, 'call in the morning')
          expect(found).toMatchObject({
            withoutMeaning: null,
            found: [{ entry: { content: expect.stringContaining('morning') } }],
          })

          clock.advance(DAY)
          await core.brain.start()
          const run = async () => {
            const [row] = await core.sql.query({ name: '', text: 'select status, output from runs' })
            return row
          }
          await expect
            .poll(run, { timeout: 60_000 })
            .toMatchObject({ status: 'completed', output: { size: TEXT.length } })
        } finally {
          await core.close(1000)
        }
      } finally {
        await home.remove()
      }
    },
  )

  it('is refused where its encryption key is not, naming it', async () => {
    const config = readConfig({ TRAE_BACKUP_KEY: BACKUP_KEY, TRAE_ENCRYPTION_KEY: '77'.repeat(32) })
    const asked = withBackup({ config }, path, async ({ header }) => refuseWithoutKeys({ config }, header))
    await expect(asked).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(/sealed by the encryption key [0-9a-f]{8}; this environment has/),
    })
  })

  it('is not taken with an encryption key', async () => {
    const config = { ...engine.config, backup: { keys: engine.config.encryptionKeys, dir: undefined } }
    await expect(takeBackup({ ...engine, config }, join(folder, 'three.backup'))).rejects.toThrow(
      /which is an encryption key of this host/,
    )
    await expect(stat(join(folder, 'three.backup'))).rejects.toThrow('ENOENT')
  })

  it('of a newer program is refused with a sentence', async () => {
    const home = await emptyHome('pglite')
    const database = await openDatabase(readConfig(home.environment), [])
    const older = migrations.filter(({ name }) => name !== '063-kill-list')
    const { clock, queue, pubsub, config } = engine
    await expect(
      withBackup({ config }, path, backup =>
        restoreBackup({ sql: database.sql, clock, queue, pubsub }, backup, {
          migrations: older,
          replace: false,
          erasures: [],
        }),
      ),
    ).rejects.toMatchObject({ code: 'CONFIG', message: expect.stringContaining('does not know: 063-kill-list') })
    const left = await database.sql.query({ name: '', text: 'select 1 from plugin_kill_list' }) // the table is there
    expect(left).toEqual([])
    await database.close()
    await home.remove()
  })
})

it('refuses a backup directory without a key, and a key that is an encryption key', () => {
  expect(() => readConfig({ TRAE_BACKUP_DIR: '/backups' })).toThrow(/needs TRAE_BACKUP_KEY as well/)
  const keys = { TRAE_BACKUP_KEY: `${'aa'.repeat(32)}, ${'bb'.repeat(32)}`, TRAE_ENCRYPTION_KEY: 'BB'.repeat(32) }
  expect(() => readConfig(keys)).toThrow(/have a key in common/)
  expect(() => readConfig({ TRAE_BACKUP_KEY: 'short' })).toThrow(/TRAE_BACKUP_KEY: must be 64 hexadecimal digits/)
})

async function emptyHome(kind: DatabaseKind) {
  const dataDir = await mkdtemp(join(tmpdir(), 'trae-restored-'))
  const database = kind === 'postgres' ? await createEmptyDatabase() : undefined
  return {
    environment: { TRAE_DATA_DIR: dataDir, ...(database ? { DATABASE_URL: database.url } : {}) },
    /** As `trae restore` has it: connections of a host are told from it by their name. */
    quietUrl: database && `${database.url}?application_name=trae-restore`,
    async remove() {
      await database?.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function connect(engine: Engine): Promise<string> {
  const { sql } = engine
  const [installation] = await sql.query<{ id: InstallationId }>({
    name: '',
    text: 'select id from installations limit 1',
  })
  const [user] = await sql.query<{ id: UserId }>({ name: '', text: 'select id from users limit 1' })
  const { id } = await putCredential(engine, {
    workspaceId: engine.workspaceId,
    installationId: installation!.id,
    template: 'account',
    account: 'main',
    status: 'CONNECTED',
    publicFields: {},
    fields: { token: SECRET },
    userId: user!.id,
  })
  return id
}
