import { expect, test } from 'vitest'
import { openDatabase } from '../../core/adapters/database.ts'
import { entities } from '../../core/core.ts'
import { startPostgres } from './postgres-server.ts'

test('where no Postgres runs, the tests start one of their own', async context => {
  const server = await startPostgres()
  if (!server) return context.skip('no Postgres is installed here: there is nothing to start')
  try {
    const database = await openDatabase({ databaseUrl: server.url, dataDir: '' }, entities)
    await database.close()
  } finally {
    await server.stop()
  }
  await expect(openDatabase({ databaseUrl: server.url, dataDir: '' }, entities)).rejects.toMatchObject({
    code: 'CONFIG',
  })
})
