import type { Catalog, JsonSchema } from './catalog.ts'
import { type Address, FINALLY, type StepIndex, type IndexedStep } from './step-index.ts'
import { spanOf } from './check/shape.ts'
import type { Findings } from './diagnostic.ts'
import { eventData } from './event-schemas.ts'
import { join } from './parse-yaml.ts'
import { kindsOf } from './step-kinds.ts'
import type { OutputReader } from './step-kinds/step-kind.ts'
import { entryOf, isText, valueOf, type YamlNode } from './yaml-tree.ts'

export const MAX_STEPS = 2000

/** Walks all steps once, those of `finally` too; reports ids that are used twice. */
export function indexSteps(root: YamlNode, catalog: Catalog, findings: Findings): StepIndex {
  const steps = new Map<string, IndexedStep>()
  const vars = new Map<string, Address[]>()
  const lent = new Map<string, Address[]>()
  const reader: OutputReader = {
    catalog,
    ofLast: node => outputOfLast(node, reader),
    eventData: types => eventData(types, catalog),
  }
  let count = 0
  let excess: StepIndex['excess']

  const visit = (node: YamlNode, path: string, prefix: Address): void => {
    if (node.kind !== 'list') return
    for (const [index, entry] of node.items.entries()) {
      count++
      if (count === MAX_STEPS + 1) excess = { path: join(path, index), span: spanOf(entry, findings) }
      if (entry.kind !== 'map') continue
      const address = [...prefix, index]
      const [kind] = kindsOf(entry)
      const id = entryOf(entry, 'id')
      if (id && isText(id.value)) {
        const line = findings.position(id.value.start).line
        const first = steps.get(id.value.value)
        if (first) {
          const message = `Two steps are called "${id.value.value}"; the first is in line ${first.line}.`
          findings.add({ code: 'DUPLICATE_ID', message, path: join(join(path, index), 'id'), span: id.value })
        } else steps.set(id.value.value, { id: id.value.value, address, output: kind?.output(entry, reader), line })
      }
      for (const name of kind?.sets?.(entry) ?? []) vars.set(name, [...(vars.get(name) ?? []), address])
      for (const nested of kind?.nested?.(entry) ?? []) {
        const inside = [...address, nested.branch]
        for (const name of kind?.lends?.(entry, nested.branch) ?? [])
          lent.set(name, [...(lent.get(name) ?? []), inside])
        visit(nested.list, `${join(path, index)}.${nested.path}`, inside)
      }
    }
  }
  for (const [key, prefix] of [
    ['steps', []],
    ['finally', FINALLY],
  ] as const) {
    const list = valueOf(root, key)
    if (list) visit(list, key, prefix)
  }
  return { steps, vars, lent, count, excess }
}

function outputOfLast(list: YamlNode, reader: OutputReader): JsonSchema | undefined {
  const last = list.kind === 'list' ? list.items.at(-1) : undefined
  return last?.kind === 'map' ? kindsOf(last)[0]?.output(last, reader) : undefined
}
