import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../core/adapters/database.ts'
import { pluginEntities } from '../../core/plugins/entities.ts'
import { statement } from '../../core/sql.ts'
import { createEmptyDatabase, DATABASE_KINDS, openTestDatabase } from '../support/database.ts'

const ECHO = statement(
  'echo',
  'select $1::jsonb as json, $2::timestamptz as time, $3::uuid[] as ids, $4::int as number',
)

describe.each(DATABASE_KINDS)('the database on %s', kind => {
  let database: Database
  beforeAll(async () => {
    database = await openTestDatabase(kind, pluginEntities)
  })
  afterAll(() => database.close())

  test('gives values back as they went in', async () => {
    const time = new Date('2026-03-02T12:00:00.123Z')
    const ids = ['01890000-0000-7000-8000-000000000000']
    const [row] = await database.sql.query(ECHO, [JSON.stringify({ a: [1, 'ç'] }), time, ids, 7])
    expect(row).toEqual({ json: { a: [1, 'ç'] }, time, ids, number: 7 })
  })

  test('rolls a failed transaction back and keeps working', async () => {
    const add = statement('add-brain', 'insert into brain (id, running, changed_at) values (1, true, $1)')
    const count = statement('count-brain', 'select count(*)::int as n from brain')
    await expect(
      database.sql.transaction(async tx => {
        await tx.query(add, [new Date()])
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect(await database.sql.query(count)).toEqual([{ n: 0 }])
  })

  test('takes statements that are sent at once, beside a transaction too', async () => {
    const number = statement('a-number', 'select $1::int as n')
    const all = () => Promise.all(Array.from({ length: 20 }, (_, n) => database.sql.query<{ n: number }>(number, [n])))
    const beside = database.sql.transaction(async tx => [await tx.query<{ n: number }>(number, [0])])
    const [first, , second] = await Promise.all([all(), beside, all()])
    for (const list of [first, second])
      expect(list.map(([row]) => row!.n)).toEqual(Array.from({ length: 20 }, (_, n) => n))
  })

  test('goes on after a statement that failed, in a transaction and outside', async () => {
    const unique = statement('add-unique', `insert into migrations (name) values ('x'), ('y')`)
    const divide = statement('divide', 'select 1 / $1::int as n')
    await expect(database.sql.query(divide, [0])).rejects.toMatchObject({ code: 'DATABASE' })
    await expect(
      database.sql.transaction(async tx => {
        await tx.query(unique)
        await tx.query(divide, [0])
      }),
    ).rejects.toMatchObject({ code: 'DATABASE' })
    expect(await database.sql.query(divide, [1])).toEqual([{ n: 1 }])
    const left = statement('count-unique', `select count(*)::int as n from migrations where name in ('x', 'y')`)
    expect(await database.sql.query(left)).toEqual([{ n: 0 }])
  })

  test('says which statement failed and never its parameters', async () => {
    const broken = statement('broken-one', 'select $1::text::int as n')
    await expect(database.sql.query(broken, ['s3cret'])).rejects.toMatchObject({
      code: 'DATABASE',
      retryable: false,
      message: expect.stringContaining('broken-one'),
    })
  })

  test('has the columns that the entities say', async () => {
    const diff = await database.orm.schema.getUpdateSchemaSQL({ safe: true, dropTables: false })
    const missing = diff.split('\n').filter(line => /add column|create table|alter column .* type/.test(line))
    expect(missing).toEqual([])
  })
})

test('the embedded database clears away what updates leave behind', async () => {
  const database = await openTestDatabase('pglite', pluginEntities)
  try {
    const write = statement(
      'move-brain',
      `insert into brain (id, running, changed_at) values (1, true, $1)
       on conflict (id) do update set changed_at = excluded.changed_at`,
    )
    for (let n = 0; n < 6001; n++) await database.sql.query(write, [new Date(n)])
    const size = statement('brain-size', `select pg_relation_size('brain')::int as bytes`)
    await expect
      .poll(async () => {
        const [row] = await database.sql.query<{ vacuumed: boolean }>(
          statement(
            'brain-vacuumed',
            `select last_vacuum is not null and last_analyze is not null as vacuumed from pg_stat_user_tables where relname = 'brain'`,
          ),
        )
        return row
      })
      .toEqual({ vacuumed: true })
    expect((await database.sql.query<{ bytes: number }>(size))[0]!.bytes).toBeLessThan(100_000)
  } finally {
    await database.close()
  }
})

test('two processes that start on one empty Postgres at once both find it migrated', async () => {
  const { url, drop } = await createEmptyDatabase()
  try {
    const both = await Promise.all([1, 2].map(() => openDatabase({ databaseUrl: url, dataDir: '' }, pluginEntities)))
    await Promise.all(both.map(database => database.close()))
  } finally {
    await drop()
  }
})

test('a Postgres that cannot be reached is a CONFIG error that names host, database and user, not the password', async () => {
  const opened = openDatabase({ databaseUrl: 'postgres://ana:s3cret@127.0.0.1:1/sales', dataDir: '' }, pluginEntities)
  await expect(opened).rejects.toMatchObject({
    code: 'CONFIG',
    message: expect.stringMatching(/127\.0\.0\.1:1.*sales.*ana.*DATABASE_URL/s),
  })
  await expect(opened).rejects.not.toMatchObject({ message: expect.stringContaining('s3cret') })
})

test('a database that is opened again is as it was left, also without the prepared seed', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'trae-database-'))
  try {
    const said: string[] = []
    const first = await openDatabase({ databaseUrl: undefined, dataDir }, pluginEntities, text => said.push(text))
    await first.sql.query(statement('w', 'insert into brain (id, running, changed_at) values (1, false, $1)'), [
      new Date(),
    ])
    await first.close()
    const second = await openDatabase({ databaseUrl: undefined, dataDir }, pluginEntities, text => said.push(text))
    expect(await second.sql.query(statement('r', 'select running from brain'))).toEqual([{ running: false }])
    await second.close()
    expect(said).toHaveLength(1) // only the first start had something to prepare
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
})
