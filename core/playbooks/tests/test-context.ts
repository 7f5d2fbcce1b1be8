import type { Catalog } from '../catalog.ts'
import type { Findings } from '../diagnostic.ts'
import type { Playbook } from '../playbook.ts'

/** What a test is held against: the playbook that it is about, without its own tests. */
export type TestedPlaybook = Pick<Playbook, 'inputs' | 'triggers' | 'enrollment' | 'steps' | 'finally'>

export interface TestContext {
  readonly playbook: TestedPlaybook
  readonly catalog: Catalog
  readonly findings: Findings
}
