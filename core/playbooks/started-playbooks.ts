import type { CatalogPlaybook, StartedPlaybook } from './catalog.ts'
import type { Playbook, Step } from './playbook.ts'
import { branchesOf } from './step-branches.ts'

/** What other playbooks can know of a compiled one; pure. */
export function catalogPlaybookOf(playbook: Playbook): CatalogPlaybook {
  const starts = startsOf(playbook).map(({ step, always }) => ({ id: step.playbook, always }))
  return { input: playbook.inputs.schema, output: playbook.output, starts }
}

/** One of which only the id is known. */
export const UNREADABLE: CatalogPlaybook = { input: undefined, output: undefined, starts: [] }

type PlaybookStep = Step & { readonly kind: 'playbook' }

/**
 * Every step that starts a playbook, and whether each run comes to it: it stands under no condition, in no loop, and
 * nothing before it can end the run.
 */
export function startsOf(
  playbook: Pick<Playbook, 'steps' | 'finally'>,
): (Pick<StartedPlaybook, 'always'> & { readonly step: PlaybookStep })[] {
  const found: { step: PlaybookStep; always: boolean }[] = []
  let mayHaveEnded = false
  const visit = (steps: readonly Step[], certain: boolean): void => {
    for (const step of steps) {
      const here = certain && (step.if === undefined || step.kind === 'if')
      if (step.kind === 'playbook') found.push({ step, always: here && !mayHaveEnded })
      if (step.kind === 'return' || step.kind === 'raise') mayHaveEnded = true
      for (const branch of branchesOf(step))
        visit(branch.steps, here && CERTAIN.has(`${step.kind} ${branchOf(step, branch.name)}`))
    }
  }
  visit(playbook.steps, true)
  mayHaveEnded = false // `finally` runs in any case
  visit(playbook.finally, true)
  return found
}

/** Lists of steps that begin whenever the step around them does. */
const CERTAIN: ReadonlySet<string> = new Set(['parallel *', 'try try'])
const branchOf = (step: Step, name: string) => (step.kind === 'parallel' ? '*' : name)

/**
 * The circle in which a playbook starts itself again for ever: the way there through playbooks of which every run starts
 * the next; undefined where there is none.
 */
export function endlessCircle(
  id: string,
  first: string,
  playbooks: ReadonlyMap<string, CatalogPlaybook>,
): readonly string[] | undefined {
  const seen = new Set<string>()
  const search = (at: string, way: readonly string[]): readonly string[] | undefined => {
    if (at === id) return [...way, at]
    if (seen.has(at)) return undefined
    seen.add(at)
    for (const next of playbooks.get(at)?.starts ?? []) {
      const found = next.always ? search(next.id, [...way, at]) : undefined
      if (found) return found
    }
    return undefined
  }
  return search(first, [id])
}
