import type { CompileContext } from '../compile-context.ts'
import type { Playbook } from '../playbook.ts'
import { endlessCircle, startsOf } from '../started-playbooks.ts'

/** A playbook whose every run starts itself again, directly or through others, would never be over. */
export function checkRecursion(
  playbook: Pick<Playbook, 'steps' | 'finally'>,
  { id, catalog, started, findings }: CompileContext,
): void {
  for (const { step, always } of startsOf(playbook)) {
    const place = started.get(step.path)
    const circle = always && place ? endlessCircle(id, step.playbook, catalog.playbooks ?? new Map()) : undefined
    if (!circle || !place) continue
    const message = `Every run of ${id} starts another of it, without an end: ${circle.join(' > ')}. Put a condition before it, if or return.`
    findings.add({ code: 'RECURSION', message, ...place })
  }
}
