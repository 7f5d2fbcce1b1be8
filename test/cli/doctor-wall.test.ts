import { afterAll, beforeAll, expect, it } from 'vitest'
import { checkWall } from '../../core/cli/doctor/workspace-wall.ts'
import { statement } from '../../core/sql.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { createEmptyDatabase } from '../support/database.ts'

let core: TestCore
beforeAll(async () => {
  core = await openTestCore('postgres')
})
afterAll(() => core?.close())

it('says that the wall stands, and which table lacks it', async () => {
  expect(await checkWall(core.config)).toEqual([
    { name: 'wall', status: 'ok', message: expect.stringMatching(/stands on all \d\d+ tables$/) },
  ])
  await core.sql.query(statement('', 'drop policy workspace_wall on leads'))
  const [finding] = await checkWall(core.config)
  expect(finding).toMatchObject({
    status: 'warn',
    message: expect.stringMatching(/missing on 1 of \d+ tables: leads$/),
  })
  expect(finding!.todo).toContain('Start the program')
})
it('says of an empty database that it comes, and nothing of one that does not answer', async () => {
  const empty = await createEmptyDatabase()
  try {
    const [finding] = await checkWall({ databaseUrl: empty.url })
    expect([finding!.status, finding!.message]).toEqual(['ok', expect.stringContaining('first start')])
  } finally {
    await empty.drop()
  }
  expect(await checkWall({ databaseUrl: 'postgres://nobody@127.0.0.1:1/none' })).toEqual([])
})
