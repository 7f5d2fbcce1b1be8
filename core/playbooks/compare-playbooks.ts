import { readPlaybookText, type PlaybookText, type StepText } from './step-texts.ts'

export interface StepChange {
  readonly change: 'added' | 'removed' | 'changed' | 'moved'
  /** In the new text; of a removed step, in the old one. */
  readonly path: string
  /** Of a moved step: where it was. */
  readonly before?: string | undefined
  readonly title: string
  readonly kind: StepText['kind']
}

/** A trigger or an input that came, went or changed. */
export interface PartChange {
  readonly change: 'added' | 'removed' | 'changed'
  /** An input's name; what a trigger waits for. */
  readonly name: string
}

export interface PlaybookChanges {
  readonly steps: readonly StepChange[]
  readonly triggers: readonly PartChange[]
  readonly inputs: readonly PartChange[]
  /** Other top keys whose value differs: `name`, `enrollment`, `outputs`. */
  readonly settings: readonly string[]
}

/** How a step of the old text that a run may have reached stands to the new one. */
export interface KeptStep {
  readonly path: string
  readonly kind: StepText['kind']
  /** Its own text differs: a wait that has begun begins anew. */
  readonly changed: boolean
}

const PARTS = new Set(['steps', 'finally', 'triggers', 'inputs'])

/** What is different in `after`; pure. A text that cannot be read has no parts. */
export function comparePlaybooks(before: string | undefined, after: string): PlaybookChanges {
  const [old, now] = [read(before), read(after)]
  const keys = new Set([...Object.keys(old.root), ...Object.keys(now.root)])
  return {
    steps: stepChanges(old, now),
    triggers: partChanges(triggersOf(old), triggersOf(now)),
    inputs: partChanges(inputsOf(old), inputsOf(now)),
    settings: [...keys].filter(key => !PARTS.has(key) && text(old.root[key]) !== text(now.root[key])),
  }
}

/**
 * The steps of `before` that are the same steps in `after`: same path, same kinds on the way there, same action. A step
 * without an id is called by its position; where the text that stood there stands elsewhere now, it is another step.
 */
export function keptSteps(before: string, after: string): KeptStep[] {
  const [old, now] = [read(before), read(after)]
  const moved = new Map(movedSteps(old, now).map(([from, to]) => [from.path, to.path]))
  const arrived = new Set(moved.values())
  return [...old.steps.values()].flatMap(step => {
    const same = now.steps.get(step.path)
    if (!same || same.standing !== step.standing || same.uses !== step.uses) return []
    if (step.id === undefined && (moved.has(step.path) || arrived.has(step.path))) return []
    return [{ path: step.path, kind: step.kind, changed: same.own !== step.own }]
  })
}

const NOTHING: PlaybookText = { root: {}, steps: new Map() }
const read = (source: string | undefined) => (source === undefined ? undefined : readPlaybookText(source)) ?? NOTHING
const text = (value: unknown) => JSON.stringify(value)

function stepChanges(old: PlaybookText, now: PlaybookText): StepChange[] {
  const moved = new Map(movedSteps(old, now).map(([from, to]) => [to.path, from.path]))
  const left = new Set(moved.values())
  const changes = [...now.steps.values()].flatMap(({ path, title, kind, own, standing }): StepChange[] => {
    const from = moved.get(path)
    if (from !== undefined) return [{ change: 'moved', path, before: from, title, kind }]
    const same = old.steps.get(path)
    if (!same || left.has(path)) return [{ change: 'added', path, title, kind }]
    return same.own === own && same.standing === standing ? [] : [{ change: 'changed', path, title, kind }]
  })
  const gone = [...old.steps.values()].filter(({ path }) => !left.has(path) && !now.steps.has(path))
  const replaced = [...old.steps.values()].filter(
    ({ path }) => !left.has(path) && now.steps.has(path) && moved.has(path),
  )
  return [
    ...changes,
    ...[...gone, ...replaced].map(({ path, title, kind }): StepChange => ({ change: 'removed', path, title, kind })),
  ]
}

/**
 * Steps whose path is another one now: by their id, or, without one, by their whole text. Texts that stand there more
 * than once are no sign of anything.
 */
function movedSteps(old: PlaybookText, now: PlaybookText): (readonly [StepText, StepText])[] {
  const [before, after] = [signs(old), signs(now)]
  return [...before].flatMap(([sign, from]) => {
    const to = after.get(sign)
    return from && to && from.path !== to.path ? [[from, to] as const] : []
  })
}

/** Sign of a step → the step; undefined where several have it. */
function signs({ steps }: PlaybookText): Map<string, StepText | undefined> {
  const found = new Map<string, StepText | undefined>()
  for (const step of steps.values()) {
    const sign = step.id === undefined ? `text ${step.whole}` : `id ${step.id}`
    found.set(sign, found.has(sign) ? undefined : step)
  }
  return found
}

function triggersOf({ root }: PlaybookText): Map<string, string> {
  const list = Array.isArray(root['triggers']) ? (root['triggers'] as unknown[]) : []
  const named = new Map<string, string>()
  for (const trigger of list) {
    const name = triggerName(trigger)
    const known = named.get(name)
    named.set(name, known === undefined ? text(trigger) : `${known}\n${text(trigger)}`)
  }
  return named
}

/** `lead.captured`, `schedule 0 9 * * 1`: the first key says of what kind it is. */
function triggerName(trigger: unknown): string {
  if (typeof trigger !== 'object' || trigger === null) return String(trigger)
  const { id, event, ...rest } = trigger as Record<string, unknown>
  if (typeof id === 'string') return id
  if (typeof event === 'string') return event
  const [key, value] = Object.entries(rest)[0] ?? ['trigger', '']
  return typeof value === 'string' ? `${key} ${value}` : key
}

function inputsOf({ root }: PlaybookText): Map<string, string> {
  const inputs = root['inputs']
  return typeof inputs === 'object' && inputs !== null
    ? new Map(Object.entries(inputs).map(([name, value]) => [name, text(value)]))
    : new Map()
}

function partChanges(old: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): PartChange[] {
  return [
    ...[...now].flatMap(([name, value]): PartChange[] => {
      if (!old.has(name)) return [{ change: 'added', name }]
      return old.get(name) === value ? [] : [{ change: 'changed', name }]
    }),
    ...[...old.keys()].filter(name => !now.has(name)).map((name): PartChange => ({ change: 'removed', name })),
  ]
}
