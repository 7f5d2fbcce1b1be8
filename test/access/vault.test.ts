import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Database } from '../../core/adapters/database.ts'
import { readConfig } from '../../core/config.ts'
import { keyIdOf, openVault, Vault } from '../../core/credentials/vault.ts'
import { statement } from '../../core/sql.ts'
import { DATABASE_KINDS, openTestDatabase } from '../support/database.ts'

const key = Buffer.alloc(32, 7)

describe('a sealed value', () => {
  const vault = new Vault(key)
  it('opens in its own place only', () => {
    const sealed = vault.seal('segredo ção', 'w|webhooks|1|secret')
    expect(vault.open(sealed, 'w|webhooks|1|secret')).toBe('segredo ção')
    expect(() => vault.open(sealed, 'w|webhooks|2|secret')).toThrow(/another place/)
  })
  it('names its key and never looks the same twice', () => {
    const [a, b] = [vault.seal('x', 'p'), vault.seal('x', 'p')]
    expect(a).not.toBe(b)
    expect(a.split(':').slice(0, 2)).toEqual(['v1', keyIdOf(key)])
    expect(a.split(':')).toHaveLength(5)
  })
  it('does not open after any one bit of it was flipped', () => {
    const parts = vault.seal('x'.repeat(20), 'p').split(':')
    for (const index of [2, 3, 4]) {
      const bytes = Buffer.from(parts[index]!, 'base64url')
      bytes[0]! ^= 1
      expect(() => vault.open(parts.with(index, bytes.toString('base64url')).join(':'), 'p')).toThrow(/altered/)
    }
  })
  it('is not accepted with a shortened tag', () => {
    const parts = vault.seal('x', 'p').split(':')
    const short = Buffer.from(parts[3]!, 'base64url').subarray(0, 4).toString('base64url')
    expect(() => vault.open(parts.with(3, short).join(':'), 'p')).toThrow(/altered/)
  })
  it('says which key it needs', () => {
    const other = new Vault(Buffer.alloc(32, 8))
    expect(() => other.open(vault.seal('x', 'p'), 'p')).toThrow(new RegExp(vault.keyId))
  })
  it('is not told by the error, nor is the key by inspection', () => {
    expect(JSON.stringify(vault)).not.toContain(key.toString('hex'))
    expect(Object.values(vault)).toEqual([vault.keyId])
  })
})

describe.each(DATABASE_KINDS)('the vault of an installation, on %s', kind => {
  let database: Database
  let dataDir: string
  beforeAll(async () => {
    database = await openTestDatabase(kind, [])
  })
  afterAll(() => database.close())
  beforeEach(async () => {
    await database.sql.query(statement('test.clear', 'delete from sentinels'))
    dataDir = mkdtempSync(join(tmpdir(), 'trae-vault-'))
    return () => rmSync(dataDir, { recursive: true })
  })
  const open = (environment: Record<string, string> = {}, said: string[] = []) =>
    openVault({ config: readConfig({ TRAE_DATA_DIR: dataDir, ...environment }), sql: database.sql }, text =>
      said.push(text),
    )

  it('makes a key file on an empty database, says so once, and opens with it again', async () => {
    const said: string[] = []
    const first = await open({}, said)
    const path = join(dataDir, 'encryption.key')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(said.join()).toContain(path)
    expect(said.join()).not.toContain(readFileSync(path, 'utf8').trim())
    const again = await open({}, said)
    expect(said).toHaveLength(1)
    expect(again.open(first.seal('x', 'p'), 'p')).toBe('x')
  })
  it('prefers TRAE_ENCRYPTION_KEY and writes no file', async () => {
    const vault = await open({ TRAE_ENCRYPTION_KEY: key.toString('hex') })
    expect(vault.keyId).toBe(keyIdOf(key))
    expect(() => statSync(join(dataDir, 'encryption.key'))).toThrow()
  })
  it('stops at a wrong key, naming the variable and the key it expects', async () => {
    await open({ TRAE_ENCRYPTION_KEY: key.toString('hex') })
    const wrong = open({ TRAE_ENCRYPTION_KEY: 'ab'.repeat(32) })
    await expect(wrong).rejects.toMatchObject({ code: 'CONFIG' })
    await expect(wrong).rejects.toThrow(new RegExp(`TRAE_ENCRYPTION_KEY.*${keyIdOf(key)}`))
  })
  it('never makes a new key for a database that has sealed values', async () => {
    await open()
    const { keyId } = await open()
    rmSync(join(dataDir, 'encryption.key'))
    await expect(open()).rejects.toThrow(new RegExp(`${keyId}.*does not exist`))
    expect(() => statSync(join(dataDir, 'encryption.key'))).toThrow()
  })
  it('refuses a key file that is not a key', async () => {
    writeFileSync(join(dataDir, 'encryption.key'), 'nonsense')
    await expect(open()).rejects.toThrow(/64 hexadecimal digits/)
  })
  it('lets one of many processes win that start together with different keys', async () => {
    const sleep = statement('test.sleep', 'select pg_sleep(0.05)')
    await Promise.all(Array.from({ length: 6 }, () => database.sql.query(sleep))) // connections are open: the start is close
    const results = await Promise.allSettled(
      ['a1', 'b2', 'c3', 'd4', 'e5', 'f6'].map(byte => open({ TRAE_ENCRYPTION_KEY: byte.repeat(32) })),
    )
    expect(results.map(r => r.status).sort()).toEqual(['fulfilled', ...Array.from({ length: 5 }, () => 'rejected')])
  })
})
