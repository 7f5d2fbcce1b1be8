import { builtCatalog } from '../../core/cli/built-catalog.ts'
import { builtPlugins, FRESH_WORKSPACE } from '../../core/cli/built-plugins.ts'
import { openRehearsal } from '../../core/open-rehearsal.ts'
import type { Catalog } from '../../core/playbooks/catalog.ts'
import type { Rehearsal } from '../../core/rehearsal/rehearsal.ts'
import { type PlaybookTestReport, readTests, testPlaybook } from '../../core/rehearsal/test-playbook.ts'

export interface TestBench {
  readonly rehearsal: Rehearsal
  readonly catalog: Catalog
  /** Steps and tests as YAML, or a whole playbook, and policies → what came of the tests; throws where the text has errors. */
  rehearse(text: string, ...policies: string[]): Promise<PlaybookTestReport>
  close(): Promise<void>
}

const HEAD = `id: example
name: Example
module: pre_vendas
triggers: [{ event: lead.captured }]
`

/** A rehearsal with the plugins that come with TRAE OS. */
export async function openTestBench(): Promise<TestBench> {
  const rehearsal = await openRehearsal({ plugins: await builtPlugins(), workspace: FRESH_WORKSPACE })
  const catalog = await builtCatalog()
  return {
    rehearsal,
    catalog,
    async rehearse(text, ...policies) {
      const head = /^triggers:/m.test(text) ? HEAD.replace(/^triggers.*\n/m, '') : HEAD
      const source = /^id:/m.test(text) ? text : head + text
      const read = readTests({ file: 'example.yaml', source, policies }, catalog)
      const errors = read.diagnostics.filter(finding => finding.severity === 'error')
      if (errors.length > 0 || !read.playbook) throw new Error(errors.map(error => error.message).join('\n'))
      return testPlaybook(rehearsal, read, read.playbook)
    },
    close: () => rehearsal.close(),
  }
}
