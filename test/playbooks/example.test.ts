import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { builtCatalog } from '../../core/cli/built-catalog.ts'
import { builtPlugins, FRESH_WORKSPACE } from '../../core/cli/built-plugins.ts'
import { folderCatalog } from '../../core/cli/folder-catalog.ts'
import { readTested } from '../../core/cli/read-tested.ts'
import { openRehearsal } from '../../core/open-rehearsal.ts'
import type { Rehearsal } from '../../core/rehearsal/rehearsal.ts'
import { readTests, testPlaybook } from '../../core/rehearsal/test-playbook.ts'

/**
 * The example that the language was planned with, to its letter but for two things: a message has its text in the playbook, or from a
 * skill, where the plan named a template; and its test says what comes of each effect, as the plan itself asks of tests.
 */
describe('the example that the language was planned with', () => {
  let rehearsal: Rehearsal
  beforeAll(
    async () => void (rehearsal = await openRehearsal({ plugins: await builtPlugins(), workspace: FRESH_WORKSPACE })),
  )
  afterAll(() => rehearsal?.close())

  it('is checked without a finding, and passes its tests, which take every branch', async () => {
    const folder = join(import.meta.dirname, 'example')
    const files = ['nurture.yaml', 'qualify-and-schedule.yaml'].map(file => join(folder, file))
    const catalog = await folderCatalog(await builtCatalog(), files)
    const read = readTests((await readTested([files[1]!]))[0]!, catalog)
    expect(read.diagnostics).toEqual([])
    const { results, coverage } = await testPlaybook(rehearsal, read, read.playbook!)
    expect(results.map(({ name, failures }) => [name, failures])).toEqual([
      ['a hot lead that answers on day three is booked', []],
      ['a cold lead is nurtured', []],
    ])
    expect(coverage.branches.filter(branch => branch.taken === 0)).toEqual([])
  })
})
