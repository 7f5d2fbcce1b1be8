import type { CompileContext, StepPlace } from './compile-context.ts'
import { checkShape, spanOf } from './check/shape.ts'
import { compileCondition } from './compile-scalar.ts'
import { placeIn } from './compile-context.ts'
import { parseDuration } from './duration.ts'
import { join } from './parse-yaml.ts'
import { COMMON_KEYS } from './playbook-file.ts'
import type { Retry, Step } from './playbook.ts'
import { RETRY_DEFAULTS } from './retry-delay.ts'
import { LOOP } from './step-index.ts'
import { type AnyStepKind, FLAT_SCHEMAS, kindsOf, stepKinds } from './step-kinds.ts'
import type { NestedSteps } from './step-kinds/step-kind.ts'
import { meantBy } from './words-elsewhere.ts'
import { describeNode, entryOf, isText, plainOf, valueOf, type YamlMap, type YamlNode } from './yaml-tree.ts'

/** Compiles a list of steps; `place` is that of the step around it, with the document's path of the list. */
export function compileSteps(list: YamlNode, place: StepPlace, context: CompileContext): readonly Step[] {
  if (list.kind !== 'list') return []
  const steps: Step[] = []
  let ended = false
  for (const [index, entry] of list.items.entries()) {
    const path = join(place.path, index)
    if (ended) {
      const message =
        'This never runs: the step before it always ends the run. Give that step an if, or take this one out.'
      context.findings.add({ code: 'UNREACHABLE_STEP', message, path, span: spanOf(entry, context.findings) })
    }
    if (entry.kind !== 'map') {
      context.findings.add({
        code: 'WRONG_TYPE',
        message: `A step must be a map, found ${describeNode(entry)}.`,
        path,
        span: spanOf(entry, context.findings),
      })
      continue
    }
    const step = compileStep(
      entry,
      { path, stepPath: join(place.stepPath, idOf(entry) ?? index), address: [...place.address, index] },
      context,
    )
    if (!step) continue
    steps.push(step)
    ended = endsRun(step) // said once, of the first step that is never reached
  }
  return steps
}

function compileStep(entry: YamlMap, place: StepPlace, context: CompileContext): Step | undefined {
  const kinds = kindsOf(entry)
  const [kind] = kinds
  if (!kind || kinds.length > 1) {
    reportKind(entry, kinds, place, context)
    return undefined
  }
  checkShape(entry, FLAT_SCHEMAS.get(kind)!, { path: place.path }, context.findings)
  const id = idOf(entry)
  const name = valueOf(entry, 'name')
  const condition = valueOf(entry, 'if')
  const nested = (inner: NestedSteps, around: StepPlace): readonly Step[] =>
    compileSteps(
      inner.list,
      {
        path: `${around.path}.${inner.path}`,
        stepPath: inner.branch === LOOP ? `${around.stepPath}${LOOP}` : join(around.stepPath, inner.branch),
        address: [...around.address, inner.branch],
      },
      context,
    )
  return {
    path: place.stepPath,
    id,
    title: (isText(name) ? name.value : id) ?? kind.title(entry),
    if: condition && compileCondition(condition, placeIn(place, 'if', context), context),
    onError: plain(entry, 'onError') === 'continue' ? 'continue' : 'fail',
    retry: retryOf(entry),
    timeoutMs: millisecondsOf(plain(entry, 'timeout')),
    line: context.findings.position(entry.start).line,
    ...kind.compile(entry, place, context, nested),
  }
}

function reportKind(
  entry: YamlMap,
  kinds: readonly AnyStepKind[],
  place: StepPlace,
  { findings }: CompileContext,
): void {
  const keys = [...entry.entries.values()]
  const [first, second] = kinds
  if (first && second) {
    const message = `A step does one thing; this has ${kinds.map(kind => kind.key).join(' and ')}. Make two steps of it.`
    findings.add({ code: 'BAD_STEP', message, path: place.path, span: entryOf(entry, second.key)!.key })
    return
  }
  const known = [...new Set(stepKinds.map(kind => kind.key))]
  const unknown = keys.find(({ name }) => !Object.hasOwn(COMMON_KEYS, name))
  const suggestion = unknown && meantBy(unknown.name, known)
  findings.add({
    code: suggestion === undefined ? 'BAD_STEP' : 'UNKNOWN_KEY',
    message:
      suggestion === undefined
        ? `This step does nothing; it needs one of ${known.join(', ')}.`
        : `"${unknown!.name}" is not known here.`,
    path: suggestion === undefined ? place.path : join(place.path, unknown!.name),
    span: unknown?.key ?? keys[0]?.key ?? entry,
    suggestion,
  })
}

function endsRun(step: Step): boolean {
  if ((step.kind !== 'if' && step.if !== undefined) || (step.kind === 'raise' && step.onError === 'continue'))
    return false
  const kind = stepKinds.find(kind => kind.kind === step.kind)
  return kind?.ends?.(step, steps => steps.some(endsRun)) ?? false
}

function retryOf(entry: YamlMap): Retry | undefined {
  const node = valueOf(entry, 'retry')
  if (node?.kind !== 'map') return undefined
  const number = (key: string, standard: number): number => {
    const value = plain(node, key)
    return typeof value === 'number' ? value : standard
  }
  const backoff = (['exponential', 'linear', 'constant'] as const).find(word => word === plain(node, 'backoff'))
  return {
    maxAttempts: number('maxAttempts', RETRY_DEFAULTS.maxAttempts),
    backoff: backoff ?? RETRY_DEFAULTS.backoff,
    delayMs: millisecondsOf(plain(node, 'delay')) ?? RETRY_DEFAULTS.delayMs,
    factor: number('factor', RETRY_DEFAULTS.factor),
    maxDelayMs: millisecondsOf(plain(node, 'maxDelay')) ?? RETRY_DEFAULTS.maxDelayMs,
    jitter: number('jitter', RETRY_DEFAULTS.jitter),
    maxDurationMs: millisecondsOf(plain(node, 'maxDuration')),
  }
}

function idOf(entry: YamlMap): string | undefined {
  const id = valueOf(entry, 'id')
  return isText(id) ? id.value : undefined
}

function plain(map: YamlMap, key: string): unknown {
  const node = valueOf(map, key)
  return node && plainOf(node)
}

function millisecondsOf(value: unknown): number | undefined {
  return typeof value === 'string' ? parseDuration(value) : undefined
}
