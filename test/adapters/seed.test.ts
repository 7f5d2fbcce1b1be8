import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { packSeed, unpackSeed } from '../../core/adapters/migrations/seed.ts'
import { gunzipSync } from 'node:zlib'

let parent: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'trae-seed-'))
})
afterEach(() => rmSync(parent, { recursive: true, force: true }))

/** A database with one table and a row in it, packed. */
async function packed(): Promise<Buffer> {
  const pglite = await PGlite.create()
  await pglite.exec(`create table kept (n int); insert into kept values (41)`)
  const seed = await packSeed(pglite)
  await pglite.close()
  return gunzipSync(seed)
}

test('what was packed is a database that takes up where it was left, also over what a start that died had unpacked', async () => {
  const directory = join(parent, 'pg')
  mkdirSync(join(parent, 'pg.new'))
  writeFileSync(join(parent, 'pg.new/half'), '')
  unpackSeed(await packed(), directory)
  expect(readdirSync(parent)).toEqual(['pg'])
  expect(existsSync(join(directory, 'half'))).toBe(false)
  const pglite = await PGlite.create({ dataDir: directory })
  await pglite.exec(`update kept set n = n + 1`)
  expect((await pglite.query('select n from kept')).rows).toEqual([{ n: 42 }])
  expect((await pglite.query('select datname from pg_database')).rows).toEqual([{ datname: 'postgres' }])
  await pglite.close()
})

test('a folder with something else in it is named and left as it is', async () => {
  const directory = join(parent, 'pg')
  mkdirSync(directory)
  writeFileSync(join(directory, 'mine'), 'text')
  const seed = await packed()
  expect(() => unpackSeed(seed, directory)).toThrow(
    expect.objectContaining({ code: 'CONFIG', message: expect.stringMatching(/is no database, and is not empty/) }),
  )
  expect(readdirSync(directory)).toEqual(['mine'])
})
