import type { Catalog, CatalogPlaybook } from './catalog.ts'
import { compilePlaybook } from './compile-playbook.ts'
import { catalogPlaybookOf, UNREADABLE } from './started-playbooks.ts'
import { readPlaybookText } from './step-texts.ts'

/** Files that stand in one folder, as each of them sees the others. One with errors is there, and nothing is known of it. */
export function playbooksBeside(sources: readonly string[], catalog: Catalog): ReadonlyMap<string, CatalogPlaybook> {
  return new Map(
    sources.flatMap(source => {
      const id = readPlaybookText(source)?.root['id']
      if (typeof id !== 'string') return []
      const { playbook } = compilePlaybook(source, { ...catalog, playbooks: undefined })
      return [[id, playbook ? catalogPlaybookOf(playbook) : UNREADABLE] as const]
    }),
  )
}
