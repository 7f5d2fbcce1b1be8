import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Database } from '../../core/adapters/database.ts'
import { readConfig } from '../../core/config.ts'
import { keyIdOf, KeyRing } from '../../core/credentials/key-ring.ts'
import { openVault } from '../../core/credentials/open-vault.ts'
import { newId } from '../../core/ids.ts'
import { statement } from '../../core/sql.ts'
import { DATABASE_KINDS, openTestDatabase } from '../support/database.ts'

const [OLD, NEW] = ['07'.repeat(32), '08'.repeat(32)]
const idOf = (key: string) => keyIdOf(Buffer.from(key, 'hex'))
const ring = (...keys: string[]) => new KeyRing(keys.map(key => Buffer.from(key, 'hex')))

describe.each(DATABASE_KINDS)('the vault of an installation, on %s', kind => {
  let database: Database
  let dataDir: string
  const workspace = newId()
  const place = `${workspace}|webhooks|1|secret`

  beforeAll(async () => {
    database = await openTestDatabase(kind, [])
  })
  afterAll(() => database.close())
  beforeEach(async () => {
    await database.sql.query(statement('test.clear-keys', 'delete from data_keys'))
    await database.sql.query(statement('test.clear', 'delete from sentinels'))
    dataDir = mkdtempSync(join(tmpdir(), 'trae-vault-'))
    return () => rmSync(dataDir, { recursive: true })
  })
  const open = async (environment: Record<string, string> = {}, said: string[] = []) => {
    const config = readConfig({ TRAE_DATA_DIR: dataDir, ...environment })
    return (await openVault({ config, sql: database.sql }, text => said.push(text))).vault
  }
  const openWith = (...keys: string[]) => open({ TRAE_ENCRYPTION_KEY: keys.join(', ') })

  it('opens a value in its own place only, also in another process', async () => {
    const sealed = (await (await openWith(OLD)).sealing(workspace))('segredo ção', place)
    const vault = await openWith(OLD)
    expect(await vault.open(sealed, place)).toBe('segredo ção')
    await expect(vault.open(sealed, place.replace('|1|', '|2|'))).rejects.toThrow(/another place/)
  })
  it('names both keys in a record and never makes two alike', async () => {
    const seal = await (await openWith(OLD)).sealing(workspace)
    const [a, b] = [seal('x', place), seal('x', place)]
    expect(a).not.toBe(b)
    const [dataKey] = await database.sql.query<{ id: string }>(
      statement('test.data-key', 'select id from data_keys where workspace_id = $1'),
      [workspace],
    )
    expect(a.split(':').slice(0, 3)).toEqual(['v1', idOf(OLD), dataKey!.id])
    expect(a.split(':')).toHaveLength(6)
  })
  it('has one key a workspace, and seals with it for no other', async () => {
    const vault = await openWith(OLD)
    const [mine, yours] = [await vault.sealing(workspace), await vault.sealing(newId())]
    expect(() => yours('x', place)).toThrow(/key of their own/)
    const [a, b] = [mine('x', place), (await vault.sealing('-'))('x', '-|signing_keys|1|private')]
    expect(a.split(':')[2]).not.toBe(b.split(':')[2])
  })
  it('makes one key for a workspace, however many ask at once', async () => {
    const vaults = await Promise.all([openWith(OLD), openWith(OLD), openWith(OLD)])
    const seals = await Promise.all(vaults.map(vault => vault.sealing(workspace)))
    expect(new Set(seals.map(seal => seal('x', place).split(':')[2])).size).toBe(1)
  })
  it('does not open after any one bit was flipped, nor with a shortened tag', async () => {
    const vault = await openWith(OLD)
    const parts = (await vault.sealing(workspace))('x'.repeat(20), place).split(':')
    for (const index of [3, 4, 5]) {
      const bytes = Buffer.from(parts[index]!, 'base64url')
      bytes[0]! ^= 1
      const changed = parts.with(index, bytes.toString('base64url')).join(':')
      await expect(vault.open(changed, place)).rejects.toThrow(/altered/)
    }
    const short = Buffer.from(parts[4]!, 'base64url').subarray(0, 4).toString('base64url')
    await expect(vault.open(parts.with(4, short).join(':'), place)).rejects.toThrow(/altered/)
  })
  it('derives the same text in every process, and no key is told by inspection', async () => {
    const vault = await openWith(OLD)
    expect((await openWith(OLD)).derive('a')).toBe(vault.derive('a'))
    expect(vault.derive('b')).not.toBe(vault.derive('a'))
    expect(JSON.stringify(vault)).not.toContain(OLD)
  })
  it('opens records of before there were data keys', async () => {
    expect(await (await openWith(NEW, OLD)).open(ring(OLD).seal('x', place), place)).toBe('x')
  })

  it('makes a key file on an empty database, says so once, and opens with it again', async () => {
    const said: string[] = []
    const sealed = (await (await open({}, said)).sealing(workspace))('x', place)
    const path = join(dataDir, 'encryption.key')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(said.join()).toContain(path)
    expect(said.join()).not.toContain(readFileSync(path, 'utf8').trim())
    const again = await open({}, said)
    expect(said).toHaveLength(1)
    expect(await again.open(sealed, place)).toBe('x')
  })
  it('prefers TRAE_ENCRYPTION_KEY and writes no file', async () => {
    expect((await openWith(OLD)).keyIds).toEqual([idOf(OLD)])
    expect(() => statSync(join(dataDir, 'encryption.key'))).toThrow()
  })
  it('stops at a wrong key, naming the variable and the key it expects', async () => {
    await openWith(OLD)
    await expect(openWith(NEW)).rejects.toMatchObject({ code: 'CONFIG' })
    await expect(openWith(NEW)).rejects.toThrow(new RegExp(`TRAE_ENCRYPTION_KEY.*${idOf(OLD)}`))
  })
  it('takes a new key beside a known one, and then stops without the known one while that is needed', async () => {
    await openWith(OLD)
    expect((await openWith(NEW, OLD)).keyIds).toEqual([idOf(NEW), idOf(OLD)])
    await expect(openWith(NEW)).rejects.toThrow(new RegExp(`${idOf(OLD)}.*2 data keys and 0 records still need it`))
  })
  it('never makes a new key for a database that has sealed values', async () => {
    await open()
    const [keyId] = (await open()).keyIds
    rmSync(join(dataDir, 'encryption.key'))
    await expect(open()).rejects.toThrow(new RegExp(`${keyId}.*does not exist`))
    expect(() => statSync(join(dataDir, 'encryption.key'))).toThrow()
  })
  it('reads several keys from the file, and refuses one that is none', async () => {
    await open()
    const path = join(dataDir, 'encryption.key')
    writeFileSync(path, `${NEW}\n${readFileSync(path, 'utf8')}`)
    expect((await open()).keyIds[0]).toBe(idOf(NEW))
    writeFileSync(path, 'nonsense')
    await expect(open()).rejects.toThrow(/64 hexadecimal digits/)
  })
  it('lets one of many processes win that start together with different keys', async () => {
    const sleep = statement('test.sleep', 'select pg_sleep(0.05)')
    await Promise.all(Array.from({ length: 6 }, () => database.sql.query(sleep))) // connections are open: the start is close
    const results = await Promise.allSettled(
      ['a1', 'b2', 'c3', 'd4', 'e5', 'f6'].map(byte => openWith(byte.repeat(32))),
    )
    expect(results.map(r => r.status).sort()).toEqual(['fulfilled', ...Array.from({ length: 5 }, () => 'rejected')])
  })
})
