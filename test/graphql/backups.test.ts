import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { DATABASE_KINDS } from '../support/database.ts'

describe.each(DATABASE_KINDS)('a backup that somebody asks for, on %s', kind => {
  let host: TestServer
  beforeAll(async () => void (host = await openTestServer(kind)))
  afterAll(() => host?.close())

  const ask = async () => {
    const query = `mutation { backupAsk(input: {}) { backups { askedAt problem } userErrors { code message } } }`
    const { json } = await host.graphql(query, {}, { token: await host.token() })
    expect(json.errors).toBeUndefined()
    return json.data.backupAsk
  }

  it('is refused in words where the host takes none', async () => {
    expect(await ask()).toEqual({
      backups: null,
      userErrors: [{ code: 'CONFLICT', message: expect.stringContaining('TRAE_BACKUP_DIR') }],
    })
  })

  it('is noted, and what went wrong before is tried again', async () => {
    const now = host.core.clock.now()
    const text = `insert into backup_state (since, problem) values ($1, 'the disk is full')`
    await host.core.sql.query({ name: '', text }, [now])
    expect(await ask()).toEqual({ backups: { askedAt: now.toISOString(), problem: null }, userErrors: [] })
  })
})
