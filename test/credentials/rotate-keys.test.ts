import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { openAccess } from '../../core/access/access.ts'
import { firstBoot } from '../../core/access/first-boot.ts'
import { findWebhookSecrets, listWebhooks, rotateWebhookSecret } from '../../core/access/webhook-secrets.ts'
import { openDatabase } from '../../core/adapters/database.ts'
import { VirtualClock } from '../../core/clock.ts'
import { readConfig } from '../../core/config.ts'
import { KeyRing, keyIdOf } from '../../core/credentials/key-ring.ts'
import { keyStatus } from '../../core/credentials/key-status.ts'
import { openVault } from '../../core/credentials/open-vault.ts'
import { rotateKeys } from '../../core/credentials/rotate-keys.ts'
import { SEALED_COLUMNS } from '../../core/credentials/sealed-columns.ts'
import { statement } from '../../core/sql.ts'
import { startTrae } from '../cli/trae.ts'
import { createTestDatabase, DATABASE_KINDS, openTestDatabase } from '../support/database.ts'

const [OLD, NEW] = ['07'.repeat(32), '08'.repeat(32)]
const [OLD_ID, NEW_ID] = [OLD, NEW].map(key => keyIdOf(Buffer.from(key, 'hex'))) as [string, string]
const HOOKS = 12

type Sql = Awaited<ReturnType<typeof openTestDatabase>>['sql']

const open = async (sql: Sql, keys: string) => ({
  sql,
  clock: new VirtualClock(),
  ...(await openVault({ config: readConfig({ TRAE_ENCRYPTION_KEY: keys }), sql })),
})

/** A workspace with webhooks whose secrets we know, and signing keys. */
async function furnish(sql: Sql): Promise<Map<string, string>> {
  const core = { ...(await open(sql, OLD)), config: readConfig({}) }
  const { workspaceId } = await firstBoot(core)
  await openAccess(core)
  for (let i = 0; i < HOOKS; i++)
    await sql.query(
      statement(
        'test.add-hook',
        `insert into webhooks (id, workspace_id, slug, event_type, secret_sealed, created_at)
         values (gen_random_uuid(), $1, $2, 'lead.captured', '', now())`,
      ),
      [workspaceId, `hook-${i}`],
    )
  const secrets = new Map<string, string>()
  const { items } = await listWebhooks(core, workspaceId, { first: 100 })
  for (const { node } of items)
    secrets.set(node.slug, (await rotateWebhookSecret(core, workspaceId, node.id)).plaintext)
  return secrets
}

async function expectAllReadable(sql: Sql, keys: string, secrets: Map<string, string>): Promise<void> {
  const core = await open(sql, keys)
  for (const [slug, secret] of secrets) expect((await findWebhookSecrets(core, slug))[0]?.secret).toBe(secret)
  await openAccess(core)
}

/** As a database looked before there were data keys. */
async function makeOld(sql: Sql): Promise<void> {
  const { vault } = await open(sql, OLD)
  const ring = new KeyRing([Buffer.from(OLD, 'hex')])
  for (const { table, column, key, workspace, field } of SEALED_COLUMNS) {
    const rows = await sql.query<{ key: string; workspace: string; sealed: string }>(
      statement(
        `test.read-${table}-${column}`,
        `select ${key}::text as key, ${workspace}::text as workspace, ${column} as sealed from ${table} where ${column} is not null`,
      ),
    )
    for (const row of rows) {
      const place = `${row.workspace}|${table}|${row.key}|${field}`
      const update = statement(
        `test.write-${table}-${column}`,
        `update ${table} set ${column} = $2 where ${key}::text = $1`,
      )
      await sql.query(update, [row.key, ring.seal(await vault.open(row.sealed, place), place)])
    }
  }
  await sql.query(statement('test.drop-data-keys', 'delete from data_keys'))
}

describe.each(DATABASE_KINDS)('changing keys, on %s', kind => {
  let sql: Sql
  let secrets: Map<string, string>
  beforeEach(async () => {
    const database = await openTestDatabase(kind, [])
    ;({ sql } = database)
    secrets = await furnish(sql)
    return () => database.close()
  })

  it('lets a new key take over, after which the old one may go and is forgotten', async () => {
    const core = await open(sql, `${NEW},${OLD}`)
    const before = await keyStatus(core, core.ring)
    expect(before.keys).toMatchObject([
      { keyId: NEW_ID, newest: true, dataKeys: 0 },
      { keyId: OLD_ID, newest: false, dataKeys: 3 },
    ])
    expect(await rotateKeys(core)).toEqual({ rewrapped: 3, resealed: 0, replaced: 0, dropped: 0 })
    await rotateKeys(core) // nothing is left to tell of
    const told = await core.sql.query(
      statement('test.told', `select action, data from audit_log where action like 'keys.%'`),
    )
    expect(told).toEqual([{ action: 'keys.rotated', data: { newest: NEW_ID, rewrapped: 3, resealed: 0, replaced: 0 } }])
    expect((await keyStatus(core, core.ring)).keys.map(key => key.dataKeys)).toEqual([3, 0])
    await expectAllReadable(sql, NEW, secrets)
    const alone = await open(sql, NEW)
    expect((await keyStatus(alone, alone.ring)).keys.map(({ keyId }) => keyId)).toEqual([NEW_ID])
  })
  it('moves what an earlier version sealed', async () => {
    await makeOld(sql)
    await expectAllReadable(sql, OLD, secrets) // it works before anybody has rotated anything
    await expect(open(sql, NEW)).rejects.toThrow(new RegExp(`TRAE_ENCRYPTION_KEY.*${OLD_ID}`))
    const core = await open(sql, `${NEW},${OLD}`)
    const [, old] = (await keyStatus(core, core.ring)).keys
    expect(old).toMatchObject({ keyId: OLD_ID, records: HOOKS + 1 + 2 })
    await expect(open(sql, NEW)).rejects.toThrow(new RegExp(`${HOOKS + 1 + 2} records still need it`))
    expect((await rotateKeys(core)).resealed).toBe(HOOKS + 1 + 2)
    await expectAllReadable(sql, NEW, secrets)
  })
  it('seals every record anew where that is asked for; a process that runs meanwhile reads all of them', async () => {
    const bystander = await open(sql, OLD)
    const core = await open(sql, OLD)
    const left: number[] = []
    const done = await rotateKeys(core, { records: true, progress: counts => left.push(counts.size) })
    expect(done).toEqual({ rewrapped: 0, resealed: HOOKS + 1 + 2, replaced: 3, dropped: 0 })
    expect(left.length).toBeGreaterThan(0)
    const { dataKeys } = await keyStatus(core, core.ring)
    expect(dataKeys.filter(key => key.retired).map(key => key.records)).toEqual([0, 0, 0])
    for (const [slug, secret] of secrets) expect((await findWebhookSecrets(bystander, slug))[0]?.secret).toBe(secret)
    // Nothing is lost to who asks late: what retired keys seal is still opened, and moved by the next call
    await sql.query(
      statement(
        'test.age',
        `update data_keys set retired_at = retired_at - interval '2 hours' where retired_at is not null`,
      ),
    )
    expect((await rotateKeys(core)).dropped).toBe(3)
    await expectAllReadable(sql, OLD, secrets)
  })
  it('leaves a record that changed meanwhile to whoever changed it', async () => {
    const core = await open(sql, OLD)
    const [{ webhook }] = (await findWebhookSecrets(core, 'hook-3')) as unknown as [
      { webhook: { id: string; workspaceId: string } },
    ]
    let changed: string | undefined
    const between: Sql = {
      ...sql,
      async query(asked, parameters) {
        if (asked.name === 'keys.write-webhooks-secret_sealed' && parameters![0] === webhook.id && !changed)
          changed = (await rotateWebhookSecret(core, webhook.workspaceId, webhook.id)).plaintext
        return sql.query(asked, parameters)
      },
    }
    const { resealed } = await rotateKeys({ ...core, sql: between }, { records: true })
    expect(resealed).toBe(HOOKS + 2) // and the one that was changed has the new key from who changed it
    expect((await findWebhookSecrets(core, 'hook-3'))[0]?.secret).toBe(changed)
  })
  it('knows every column that holds sealed values', async () => {
    const columns = await sql.query<{ table: string; column: string }>(
      statement(
        'test.sealed-columns',
        `select table_name as "table", column_name as "column" from information_schema.columns
         where table_schema = 'public' and column_name like '%\\_sealed'`,
      ),
    )
    const names = (of: readonly { table: string; column: string }[]) => of.map(c => `${c.table}.${c.column}`).sort()
    expect(names(columns), 'add the column to core/credentials/sealed-columns.ts').toEqual(names(SEALED_COLUMNS))
  })
})

describe('a rotation whose process is killed', () => {
  const rotate = async (env: Record<string, string>) => {
    const child = fork(join(import.meta.dirname, 'rotation-process.ts'), ['--records'], {
      env: { PATH: process.env['PATH'], ...env },
      execArgv: [],
    })
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
    return signal ?? code
  }
  it.each(['keys.rewrapped:2', 'keys.replaced:1', 'keys.resealed:1', 'keys.resealed:7'])(
    'at %s has lost nothing, and goes on when it is called again',
    async point => {
      const { url, drop } = await createTestDatabase()
      const config = { databaseUrl: url, dataDir: '' }
      try {
        const before = await openDatabase(config, [])
        const secrets = await furnish(before.sql)
        await makeOld(before.sql)
        const env = { DATABASE_URL: url, TRAE_ENCRYPTION_KEY: `${NEW},${OLD}` }
        await open(before.sql, OLD) // the host has data keys, the workspace has none yet
        await before.close()
        expect(await rotate({ ...env, TRAE_CRASH_AT: point })).toBe('SIGKILL')
        const between = await openDatabase(config, [])
        await expectAllReadable(between.sql, `${NEW},${OLD}`, secrets)
        expect(await rotate(env)).toBe(0)
        await expectAllReadable(between.sql, NEW, secrets)
        const core = await open(between.sql, NEW)
        const { keys, dataKeys } = await keyStatus(core, core.ring)
        expect(keys.map(({ keyId }) => keyId)).toEqual([NEW_ID])
        expect(dataKeys.filter(key => key.retired && key.records > 0)).toEqual([])
        await between.close()
      } finally {
        await drop()
      }
    },
  )
})

describe('trae keys', () => {
  it('lists, rotates and tells how it stands, without showing a key', async () => {
    const { url, drop } = await createTestDatabase()
    try {
      const database = await openDatabase({ databaseUrl: url, dataDir: '' }, [])
      const secrets = await furnish(database.sql)
      const env = { DATABASE_URL: url, TRAE_ENCRYPTION_KEY: `${NEW},${OLD}` }
      const list = await startTrae(['keys', 'list'], { env }).ended
      expect(list.stdout).toMatch(new RegExp(`${NEW_ID} +newest, wraps\n.*${OLD_ID} +older, unwraps`))
      const rotated = await startTrae(['keys', 'rotate', '--records'], { env }).ended
      expect(rotated).toMatchObject({ code: 0 })
      expect(rotated.stdout).toContain(`Nothing needs ${OLD_ID} any more`)
      const status = await startTrae(['keys', 'status', '--json'], { env }).ended
      expect(JSON.parse(status.stdout)).toMatchObject({
        keys: [
          { keyId: NEW_ID, dataKeys: 6 },
          { keyId: OLD_ID, dataKeys: 0, records: 0 },
        ],
      })
      for (const { stdout, stderr } of [list, rotated, status])
        for (const key of [OLD, NEW]) expect(stdout + stderr).not.toContain(key)
      await expectAllReadable(database.sql, NEW, secrets)
      await database.close()
    } finally {
      await drop()
    }
  })
})
