import { Findings } from './diagnostic.ts'
import { join, parseYaml } from './parse-yaml.ts'
import type { StepKindName } from './playbook.ts'
import { LOOP } from './step-index.ts'
import { kindsOf } from './step-kinds.ts'
import { isText, plainOf, valueOf, type YamlMap, type YamlNode } from './yaml-tree.ts'

/** A step as it is written: what a comparison of two texts needs, also of texts that cannot be published. */
export interface StepText {
  /** As in the compiled playbook: `cadence.ask.1`. */
  readonly path: string
  readonly id: string | undefined
  readonly title: string
  readonly kind: StepKindName
  /** The action that it uses, without a range of versions. */
  readonly uses: string | undefined
  /** JSON of the step without the lists of steps inside it. */
  readonly own: string
  /** JSON of the whole step. */
  readonly whole: string
  /** The kinds of the steps around it and its own, from the top: what its path means. */
  readonly standing: string
}

/** A text read without a check: its keys and its steps by path, in the order of the file. */
export interface PlaybookText {
  readonly root: Readonly<Record<string, unknown>>
  readonly steps: ReadonlyMap<string, StepText>
}

/** Reads a text; undefined where it is not YAML, or no map. */
export function readPlaybookText(source: string): PlaybookText | undefined {
  const tree = parseYaml(new Findings(source))
  if (tree?.kind !== 'map') return undefined
  const steps = new Map<string, StepText>()
  const visit = (list: YamlNode | undefined, around: string, standing: string): void => {
    if (list?.kind !== 'list') return
    for (const [index, entry] of list.items.entries()) {
      const step = entry.kind === 'map' ? stepText(entry, around, index, standing) : undefined
      if (!step || entry.kind !== 'map') continue
      steps.set(step.path, step)
      for (const { branch, list } of kindsOf(entry)[0]?.nested?.(entry) ?? [])
        visit(list, branch === LOOP ? `${step.path}${LOOP}` : join(step.path, branch), step.standing)
    }
  }
  visit(valueOf(tree, 'steps'), '', '')
  visit(valueOf(tree, 'finally'), 'finally', 'finally')
  return { root: plainOf(tree) as Record<string, unknown>, steps }
}

function stepText(entry: YamlMap, around: string, index: number, standing: string): StepText | undefined {
  const [kind] = kindsOf(entry)
  if (!kind) return undefined
  const id = valueOf(entry, 'id')
  const name = valueOf(entry, 'name')
  const uses = valueOf(entry, 'uses')
  const idText = isText(id) ? id.value : undefined
  const whole = plainOf(entry)
  const own = structuredClone(whole)
  for (const nested of kind.nested?.(entry) ?? []) blank(own, nested.path.split('.'))
  return {
    path: join(around, idText ?? index),
    id: idText,
    title: (isText(name) ? name.value : idText) ?? kind.title(entry),
    kind: kind.kind,
    uses: isText(uses) ? uses.value.replace(/@.*$/, '') : undefined,
    own: JSON.stringify(own),
    whole: JSON.stringify(whole),
    standing: `${standing}>${kind.kind}`,
  }
}

/** The list inside is compared step by step. */
function blank(value: unknown, path: readonly string[]): void {
  const [key, ...rest] = path
  if (typeof value !== 'object' || value === null || key === undefined) return
  const map = value as Record<string, unknown>
  if (rest.length === 0) map[key] = '…'
  else blank(map[key], rest)
}
