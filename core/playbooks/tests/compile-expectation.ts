import { checkShape, spanOf } from '../check/shape.ts'
import { didYouMean } from '../../did-you-mean.ts'
import { parseDuration } from '../duration.ts'
import { join } from '../parse-yaml.ts'
import type { Step } from '../playbook.ts'
import { stepsOf, plainPath } from '../step-branches.ts'
import { describeNode, isText, plainOf, type YamlNode, type YamlSpan, valueOf } from '../yaml-tree.ts'
import { approvalNamed } from './compile-approvals.ts'
import { actionAndAccount, actionOf, mayCall, nameOf } from './compile-fixtures.ts'
import type { TestContext } from './test-context.ts'
import type { Expectation, ExpectedEffect } from './playbook-test.ts'
import { EXPECTATION_SCHEMAS, type ExpectationKind } from './test-file.ts'

const KINDS = Object.keys(EXPECTATION_SCHEMAS) as ExpectationKind[]

/** One entry of `expect`; undefined where it cannot be read, with findings. */
export function compileExpectation(node: YamlNode, path: string, context: TestContext): Expectation | undefined {
  const { findings } = context
  const complain = (message: string, span: YamlSpan, at = path, suggestion?: string) =>
    findings.add({ code: 'WRONG_EXPECTATION', message, path: at, span, suggestion })
  const keys = node.kind === 'map' ? [...node.entries.keys()] : []
  const kind = KINDS.find(one => keys.includes(one))
  if (!kind) {
    const found = node.kind === 'map' ? keys.join(', ') || 'nothing' : describeNode(node)
    const near = keys.map(key => didYouMean(key, KINDS)).find(one => one !== undefined)
    complain(`An expectation has one of ${KINDS.join(', ')}; found ${found}.`, spanOf(node, findings), path, near)
    return undefined
  }
  checkShape(node, EXPECTATION_SCHEMAS[kind], { path }, findings)
  const value = valueOf(node, kind)!
  const plain = plainOf(node) as Record<string, unknown>
  const line = findings.position(node.start).line
  switch (kind) {
    case 'run':
      return { line, kind, status: plain['run'] as Run['status'], ...pick<Run>(plain, ['output', 'error']) }
    case 'noEffects':
      return { line, kind: 'effects', effects: [] }
    case 'effects':
      return { line, kind, effects: effectsOf(value, join(path, kind), context) }
    case 'emitted': {
      const known = stepsOf(context.playbook).flatMap(step => (step.kind === 'emit' ? [step.event] : []))
      if (isText(value) && !known.includes(value.value))
        complain(
          `This playbook never emits ${value.value}${known.length > 0 ? `; it emits ${[...new Set(known)].join(', ')}` : ''}.`,
          value,
          join(path, kind),
          didYouMean(value.value, known),
        )
      return { line, kind, type: String(plain['emitted']), ...pick<Emitted>(plain, ['data']) }
    }
    case 'step': {
      const step = isText(value) ? stepNamed(value.value, value, join(path, kind), context) : undefined
      const at = valueOf(node, 'at')
      const atMs = isText(at) ? parseDuration(at.value) : undefined
      if (!step || !isText(value)) return undefined
      // one iteration may be meant: each[3].send
      const written = /\[\d+\]/.test(value.value) ? value.value : plainPath(step.path)
      return {
        line,
        kind,
        path: written,
        ...(atMs === undefined ? {} : { atMs }),
        ...pick<OfStep>(plain, ['status', 'output', 'attempts', 'error']),
      }
    }
    case 'approval': {
      const found = isText(value)
        ? approvalNamed(value.value, value, join(path, kind), 'WRONG_EXPECTATION', context)
        : undefined
      const at = valueOf(node, 'at')
      const atMs = isText(at) ? parseDuration(at.value) : undefined
      if (!found) return undefined
      const keys = ['title', 'message', 'of', 'status', 'times'] as const
      return { line, kind, path: found.path, ...(atMs === undefined ? {} : { atMs }), ...pick<Asked>(plain, keys) }
    }
    case 'runs':
      return { line, kind, count: Number(plain['runs']) }
    default:
      return kind satisfies never
  }
}

function effectsOf(list: YamlNode, path: string, context: TestContext): ExpectedEffect[] {
  const { findings } = context
  const calls = stepsOf(context.playbook).filter(step => step.kind === 'uses')
  const known = [...new Set(calls.filter(step => isEffect(step, context)).map(nameOf))]
  return (list.kind === 'list' ? list.items : []).flatMap((node, index) => {
    const [entry] = node.kind === 'map' ? node.entries.values() : []
    const name = isText(node) ? node.value : entry?.name
    const at = join(path, index)
    if (name === undefined || (node.kind === 'map' && node.entries.size !== 1)) {
      const message = `An effect is the name of an action, or a map of one: email/send, or { email/send: { to: ana@example.com } }; found ${describeNode(node)}.`
      findings.add({ code: 'WRONG_EXPECTATION', message, path: at, span: spanOf(node, findings) })
      return []
    }
    const { action, account } = actionAndAccount(name)
    if (!known.includes(action) || !calls.some(step => mayCall(step, action, account)))
      findings.add({
        code: 'WRONG_EXPECTATION',
        message: `This playbook sends or writes nothing with ${account === undefined ? action : `${action}:${account}`}${known.length > 0 ? `; it uses ${known.join(', ')}` : ''}.`,
        path: at,
        span: entry?.key ?? node,
        suggestion: didYouMean(action, known),
      })
    return [{ action, account, ...(entry ? { input: plainOf(entry.value) } : {}) }]
  })
}

function stepNamed(name: string, span: YamlSpan, path: string, { findings, playbook }: TestContext): Step | undefined {
  const steps = stepsOf(playbook)
  const found = steps.find(step => step.id === name) ?? steps.find(step => plainPath(step.path) === plainPath(name))
  if (found) return found
  const known = steps.map(step => step.id ?? step.path)
  findings.add({
    code: 'WRONG_EXPECTATION',
    message: `This playbook has no step "${name}".`,
    path,
    span,
    suggestion: didYouMean(name, known),
  })
  return undefined
}

function isEffect(step: Step & { kind: 'uses' }, context: TestContext): boolean {
  const effect = actionOf(step, context)?.effect
  return effect === 'write' || effect === 'send'
}

/** Those that were written, so that an expected null differs from nothing expected; the schema has seen their types. */
function pick<One extends Expectation>(plain: Record<string, unknown>, keys: readonly (keyof One & string)[]) {
  return Object.fromEntries(keys.filter(key => key in plain).map(key => [key, plain[key]])) as Partial<One>
}

type Run = Extract<Expectation, { kind: 'run' }>
type OfStep = Extract<Expectation, { kind: 'step' }>
type Asked = Extract<Expectation, { kind: 'approval' }>
type Emitted = Extract<Expectation, { kind: 'emitted' }>
