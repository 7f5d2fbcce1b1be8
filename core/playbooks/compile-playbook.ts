import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Catalog } from './catalog.ts'
import { typedEnvironment } from './cel-types.ts'
import { checkCorrelate } from './check/check-event-field.ts'
import { checkEventType } from './check/check-event-type.ts'
import { checkRecursion } from './check/check-recursion.ts'
import { checkShape } from './check/shape.ts'
import { compileAdmission, compileSendWindow } from './compile-admission.ts'
import type { CompileContext } from './compile-context.ts'
import { compileInputs } from './compile-inputs.ts'
import { compileCondition, compileExpressionNode } from './compile-scalar.ts'
import { compileSteps } from './compile-steps.ts'
import { compileTemplate, EMPTY_TEMPLATE } from './compile-template.ts'
import { compileTriggers, eventTypes } from './compile-triggers.ts'
import { type Diagnostic, Findings } from './diagnostic.ts'
import { eventData } from './event-schemas.ts'
import { ROOTS } from './expressions/environment.ts'
import { Expressions } from './expressions/expressions.ts'
import { outputSchema } from './output-schema.ts'
import { parseYaml } from './parse-yaml.ts'
import { fileSchema } from './playbook-file.ts'
import type { Enrollment, Goal, ModuleKey, Playbook } from './playbook.ts'
import { indexSteps, MAX_STEPS } from './index-steps.ts'
import type { TypedSchema } from './schema-fields.ts'
import { FINALLY } from './step-index.ts'
import { compileTests } from './tests/compile-tests.ts'
import { isText, plainOf, valueOf, type YamlNode } from './yaml-tree.ts'

export interface CompiledPlaybook {
  /** Undefined when there is an error among the diagnostics. */
  readonly playbook: Playbook | undefined
  /** All findings, by position. */
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Reads, checks and compiles a playbook against what the workspace can do. Never throws for what the text says: all that
 * is wrong is in the diagnostics, and the text can come from anyone.
 */
export function compilePlaybook(
  source: string,
  catalog: Catalog,
  options: { readonly file?: string | undefined } = {},
): CompiledPlaybook {
  const findings = new Findings(source, options.file)
  const root = parseYaml(findings)
  const playbook = root && compileRoot(root, catalog, findings)
  return { playbook: findings.hasErrors ? undefined : playbook, diagnostics: findings.sorted() }
}

const FLAT_FILE = fileSchema(z.array(z.unknown()).min(1), z.array(z.unknown()))

function compileRoot(root: YamlNode, catalog: Catalog, findings: Findings): Playbook {
  checkShape(root, FLAT_FILE, { path: '' }, findings)
  const steps = valueOf(root, 'steps')
  const last = valueOf(root, 'finally')
  const index = indexSteps(root, catalog, findings)
  const types = new WeakMap<YamlNode, string>()
  const schemas = new WeakMap<YamlNode, TypedSchema>()
  const inputs = compileInputs(root, { findings, types, schemas })
  const context: CompileContext = {
    findings,
    id: textAt(root, 'id') ?? '',
    started: new Map(),
    catalog,
    index,
    event: eventData(eventTypes(root), catalog),
    inputs,
    expressions: new Expressions(() => typedEnvironment(index, inputs.schema)),
    types,
    schemas,
    lentSchemas: new Map(),
  }
  const tooMany = index.count > MAX_STEPS
  if (tooMany)
    findings.add({
      code: 'TOO_LARGE',
      message: `A playbook may have ${MAX_STEPS} steps, found ${index.count}; this is the first too many.`,
      ...index.excess!,
    })
  const outputs = valueOf(root, 'outputs')
  const triggers = compileTriggers(root, context)
  const compiled = steps && !tooMany ? compileSteps(steps, { path: 'steps', stepPath: '', address: [] }, context) : []
  const ending =
    last && !tooMany ? compileSteps(last, { path: 'finally', stepPath: 'finally', address: FINALLY }, context) : []
  const tests = valueOf(root, 'tests')
  checkRecursion({ steps: compiled, finally: ending }, context)
  const template =
    outputs?.kind === 'map'
      ? compileTemplate(outputs, { path: 'outputs', roots: ROOTS, event: context.event }, context)
      : EMPTY_TEMPLATE
  const enrollment = compileEnrollment(root, context)
  const tested = { inputs, triggers, enrollment, steps: compiled, finally: ending }
  return {
    id: context.id,
    name: textAt(root, 'name') ?? '',
    description: textAt(root, 'description'),
    module: (textAt(root, 'module') ?? '') as ModuleKey,
    inputs,
    triggers,
    enrollment,
    admission: compileAdmission(root, context),
    sendWindow: compileSendWindow(root, context),
    steps: compiled,
    finally: ending,
    outputs: template,
    output: outputSchema(outputs, compiled, types),
    labels: (plainAt(root, 'labels') ?? {}) as Record<string, string>,
    stepIds: [...index.steps.keys()],
    tests: tests ? compileTests(tests, 'tests', { playbook: tested, catalog, findings }) : [],
    hash: createHash('sha256')
      .update(JSON.stringify(plainOf(root)))
      .digest('hex'),
  }
}

function compileEnrollment(root: YamlNode, context: CompileContext): Enrollment | undefined {
  const node = valueOf(root, 'enrollment')
  const subject = valueOf(node, 'subject')
  const roots = ['event', 'inputs'] as const
  const place = { path: 'enrollment.subject', roots, event: context.event }
  const expression = subject && compileExpressionNode(subject, place, context)
  const exit = valueOf(node, 'exitWhen')
  const exitWhen =
    exit && compileCondition(exit, { path: 'enrollment.exitWhen', roots: ROOTS, event: context.event }, context)
  const goal = compileGoal(valueOf(node, 'goal'), context)
  return expression && { subject: expression, reenter: plainAt(node, 'reenter') === true, exitWhen, goal }
}

function compileGoal(node: YamlNode | undefined, context: CompileContext): Goal | undefined {
  const event = textAt(node, 'event')
  const correlate = valueOf(node, 'correlate')
  const condition = valueOf(node, 'if')
  const place = { roots: ['event', 'inputs'] as const, event: context.event }
  const arriving = eventData([event ?? ''], context.catalog)
  checkEventType(valueOf(node, 'event'), 'enrollment.goal.event', context)
  checkCorrelate(correlate, arriving, 'enrollment.goal.correlate', context.findings)
  const compiled = {
    correlate: correlate
      ? compileTemplate(correlate, { path: 'enrollment.goal.correlate', ...place }, context)
      : EMPTY_TEMPLATE,
    if:
      condition && compileCondition(condition, { path: 'enrollment.goal.if', roots: ROOTS, event: arriving }, context),
  }
  return event === undefined ? undefined : { event, ...compiled }
}

function textAt(node: YamlNode | undefined, key: string): string | undefined {
  const value = valueOf(node, key)
  return isText(value) ? value.value : undefined
}

function plainAt(node: YamlNode | undefined, key: string): unknown {
  const value = valueOf(node, key)
  return value && plainOf(value)
}
