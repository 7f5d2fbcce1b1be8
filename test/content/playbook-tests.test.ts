import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { builtCatalog } from '../../core/cli/built-catalog.ts'
import { builtPlugins, FRESH_WORKSPACE } from '../../core/cli/built-plugins.ts'
import { readTested } from '../../core/cli/read-tested.ts'
import { openRehearsal } from '../../core/open-rehearsal.ts'
import type { Rehearsal } from '../../core/rehearsal/rehearsal.ts'
import { readTests, testPlaybook } from '../../core/rehearsal/test-playbook.ts'

const texts = await readTested([join(import.meta.dirname, '../../playbooks')])
const catalog = await builtCatalog()
let rehearsal: Rehearsal
beforeAll(
  async () => void (rehearsal = await openRehearsal({ plugins: await builtPlugins(), workspace: FRESH_WORKSPACE })),
)
afterAll(() => rehearsal?.close())

describe('the playbooks that come with TRAE OS', () => {
  it.each(texts.map(text => [text.file, text] as const))(
    '%s passes its tests, which take every branch',
    async (_file, text) => {
      const read = readTests(text, catalog)
      expect(read.diagnostics).toEqual([])
      const { results, coverage } = await testPlaybook(rehearsal, read, read.playbook!)
      expect(results.flatMap(({ name, failures }) => failures.map(({ message }) => `${name}: ${message}`))).toEqual([])
      expect(results.length).toBeGreaterThan(0)
      expect(coverage.branches.filter(branch => branch.taken === 0)).toEqual([])
    },
  )
})
