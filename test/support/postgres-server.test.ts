import { expect, test } from 'vitest'
import { openDatabase } from '../../core/adapters/database.ts'
import { pluginEntities } from '../../core/plugins/entities.ts'
import { startPostgres } from './postgres-server.ts'

test('where no Postgres runs, the tests start one of their own', async context => {
  const server = await startPostgres()
  if (!server) return context.skip('no Postgres is installed here: there is nothing to start')
  try {
    const database = await openDatabase({ databaseUrl: server.url, dataDir: '' }, pluginEntities)
    await database.close()
  } finally {
    await server.stop()
  }
  await expect(openDatabase({ databaseUrl: server.url, dataDir: '' }, pluginEntities)).rejects.toMatchObject({
    code: 'CONFIG',
  })
})
