import { createHash } from 'node:crypto'
import type { Catalog } from '../playbooks/catalog.ts'
import { typedEnvironment } from '../playbooks/cel-types.ts'
import { checkShape } from '../playbooks/check/shape.ts'
import type { CompileContext } from '../playbooks/compile-context.ts'
import { compileInputs } from '../playbooks/compile-inputs.ts'
import { compileCondition, compileExpressionNode } from '../playbooks/compile-scalar.ts'
import { compileTemplate, EMPTY_TEMPLATE } from '../playbooks/compile-template.ts'
import { type Diagnostic, Findings } from '../playbooks/diagnostic.ts'
import { parseDuration } from '../playbooks/duration.ts'
import { Expressions } from '../playbooks/expressions/expressions.ts'
import { parseYaml } from '../playbooks/parse-yaml.ts'
import type { ModuleKey } from '../playbooks/playbook.ts'
import type { Expression } from '../playbooks/expressions/expression.ts'
import { isText, plainOf, valueOf, type YamlNode } from '../playbooks/yaml-tree.ts'
import { didYouMean } from '../did-you-mean.ts'
import { checkEffect } from './check-effect.ts'
import { leakOf } from './learner/leaks.ts'
import type { DecisionType, Option, OutcomeEvent, Policy, Rule } from './policy.ts'
import { POLICY_FILE } from './policy-file.ts'

export interface CompiledPolicy {
  /** Undefined when there is an error among the diagnostics. */
  readonly policy: Policy | undefined
  /** All findings, by position. */
  readonly diagnostics: readonly Diagnostic[]
}

const NOTHING: Catalog = { actions: new Map(), services: new Map() }

/** Reads, checks and compiles a policy. Never throws for what the text says: all that is wrong is in the diagnostics. */
export function compilePolicy(source: string, options: { readonly file?: string | undefined } = {}): CompiledPolicy {
  const findings = new Findings(source, options.file ?? 'policy')
  const root = parseYaml(findings)
  const policy = root && compileRoot(root, findings)
  if (policy && !findings.hasErrors) checkEffect(root, policy, findings)
  return { policy: findings.hasErrors ? undefined : policy, diagnostics: findings.sorted() }
}

function compileRoot(root: YamlNode, findings: Findings): Policy {
  checkShape(root, POLICY_FILE, { path: '' }, findings)
  const types = new WeakMap<YamlNode, string>()
  const schemas: CompileContext['schemas'] = new WeakMap()
  const inputs = compileInputs(root, { findings, types, schemas })
  const index = { steps: new Map(), vars: new Map(), lent: new Map(), count: 0 }
  const context: CompileContext = {
    findings,
    id: textAt(root, 'policy') ?? '',
    started: new Map(),
    catalog: NOTHING,
    index,
    event: undefined,
    inputs,
    expressions: new Expressions(() => typedEnvironment(index, inputs.schema)),
    types,
    schemas,
    lentSchemas: new Map(),
  }
  const options = compileOptions(valueOf(root, 'options'), findings)
  const kind = options.some(option => option.from !== undefined) ? 'score' : 'choose'
  const learn = valueOf(root, 'learn')
  const type = (textAt(root, 'type') ?? 'OPERATIONAL') as DecisionType
  const explore = numberAt(root, 'explore') ?? 0
  checkKind(root, kind, options, findings)
  if (explore > 0 && (kind === 'score' || type === 'STRATEGIC'))
    add(
      findings,
      valueOf(root, 'explore')!,
      'explore',
      kind === 'score'
        ? '"explore" belongs to a choice; a score tries nothing.'
        : 'A strategic decision tries nothing out: take "explore" out.',
    )
  return {
    id: context.id,
    name: textAt(root, 'name') ?? '',
    description: textAt(root, 'description'),
    module: (textAt(root, 'module') ?? '') as ModuleKey,
    type,
    question: textAt(root, 'question') ?? '',
    inputs,
    kind,
    options: kind === 'score' ? options.toSorted((a, b) => (b.from ?? 0) - (a.from ?? 0)) : options,
    prior: expressionAt(valueOf(root, 'prior'), 'prior', context),
    rules: listOf(valueOf(root, 'rules')).flatMap(
      (node, at) => compileRule(node, at, { kind, options }, context) ?? [],
    ),
    learnsFrom: learnsFrom(valueOf(learn, 'from'), context),
    pace: textAt(learn, 'pace') === 'steady' ? 'steady' : 'moving',
    outcome: compileOutcome(valueOf(learn, 'outcome'), context),
    threshold: numberAt(root, 'threshold') ?? 70,
    auto: plainAt(root, 'auto') === true,
    explore,
    hash: createHash('sha256')
      .update(JSON.stringify(plainOf(root)))
      .digest('hex'),
  }
}

function compileOptions(node: YamlNode | undefined, findings: Findings): Option[] {
  if (node?.kind !== 'map') return []
  const options = [...node.entries.values()].map(({ name, value }) => ({
    key: name,
    title: textAt(value, 'title') ?? name,
    from: numberAt(value, 'from'),
    chance: numberAt(value, 'chance') ?? 50,
  }))
  const scored = options.filter(option => option.from !== undefined)
  if (scored.length > 0 && scored.length < options.length)
    add(findings, node, 'options', 'Either every option has "from", or none has.')
  return options
}

function checkKind(root: YamlNode, kind: Policy['kind'], options: readonly Option[], findings: Findings): void {
  const node = valueOf(root, 'options')
  const prior = valueOf(root, 'prior')
  if (kind === 'choose' && prior)
    add(findings, prior, 'prior', '"prior" belongs to options with "from"; a choice has "chance".')
  if (kind !== 'score' || node?.kind !== 'map') return
  const froms = options.map(option => option.from)
  if (!froms.includes(0))
    add(findings, node, 'options', 'One option must have from: 0, so that every score leads somewhere.')
  if (new Set(froms).size < froms.length) add(findings, node, 'options', 'Two options have the same "from".')
}

function compileRule(
  node: YamlNode,
  at: number,
  { kind, options }: { readonly kind: Policy['kind']; readonly options: readonly Option[] },
  context: CompileContext,
): Rule | undefined {
  const path = `rules.${at}`
  const { findings } = context
  const condition = valueOf(node, 'if')
  const compiled = condition && compileCondition(condition, placeOf(`${path}.if`), context)
  const points = valueOf(node, 'points')
  const always = valueOf(node, 'always')
  const never = listOf(valueOf(node, 'never'))
  const known = options.map(option => option.key)
  const demand = (name: unknown, place: YamlNode, key: string) => {
    if (typeof name === 'string' && !known.includes(name))
      add(findings, place, `${path}.${key}`, `There is no option "${name}".`, didYouMean(name, known))
  }
  for (const option of never) demand(plainOf(option), option, 'never')
  if (always) demand(plainOf(always), always, 'always')
  if (points?.kind === 'map') for (const entry of points.entries.values()) demand(entry.name, points, 'points')
  if (points && (points.kind === 'map') !== (kind === 'choose'))
    add(
      findings,
      points,
      `${path}.points`,
      kind === 'score' ? 'Of a score "points" is one number.' : 'Of a choice "points" names options: { email: 10 }.',
    )
  if (!points && !always && never.length === 0)
    add(findings, node, path, 'The rule says nothing: give it points, never or always.')
  return (
    compiled && {
      if: compiled,
      points: (points && (plainOf(points) as Rule['points'])) ?? 0,
      never: never.map(option => String(plainOf(option))),
      always: always && String(plainOf(always)),
      because: textAt(node, 'because') ?? '',
      line: findings.position(node.start).line,
    }
  )
}

/** Without `from`, every input that is no name, address or number of a person and no time. */
function learnsFrom(node: YamlNode | undefined, context: CompileContext): string[] {
  const declared = context.inputs.declared.map(input => input.name)
  if (!node)
    return declared.filter(name => leakOf(name) === undefined && !/(^|_)id$|Id$|email|phone|^name$|url/i.test(name))
  return listOf(node).flatMap((item, at) => {
    const name = plainOf(item)
    if (typeof name !== 'string') return []
    const leak = leakOf(name)
    const path = `learn.from.${at}`
    if (leak !== undefined) add(context.findings, item, path, `"${name}" is never learnt from: ${leak}.`)
    else if (!declared.includes(name))
      add(context.findings, item, path, `There is no input "${name}".`, didYouMean(name, declared))
    return [name]
  })
}

function compileOutcome(node: YamlNode | undefined, context: CompileContext): Policy['outcome'] {
  const within = textAt(node, 'within')
  return {
    success: compileEvent(valueOf(node, 'success'), 'learn.outcome.success', context),
    failure: compileEvent(valueOf(node, 'failure'), 'learn.outcome.failure', context),
    withinMs: within === undefined ? undefined : parseDuration(within),
  }
}

function compileEvent(node: YamlNode | undefined, path: string, context: CompileContext): OutcomeEvent | undefined {
  const event = textAt(node, 'event')
  const correlate = valueOf(node, 'correlate')
  if (event === undefined) return undefined
  return {
    event,
    correlate: correlate ? compileTemplate(correlate, placeOf(`${path}.correlate`), context) : EMPTY_TEMPLATE,
  }
}

const placeOf = (path: string) => ({ path, roots: ['inputs'] as const, event: undefined })

function expressionAt(node: YamlNode | undefined, path: string, context: CompileContext): Expression | undefined {
  return node && compileExpressionNode(node, placeOf(path), context)
}

function add(findings: Findings, span: YamlNode, path: string, message: string, suggestion?: string): void {
  findings.add({ code: 'WRONG_VALUE', message, path, span, suggestion })
}

const listOf = (node: YamlNode | undefined): readonly YamlNode[] => (node?.kind === 'list' ? node.items : [])

function textAt(node: YamlNode | undefined, key: string): string | undefined {
  const value = valueOf(node, key)
  return isText(value) ? value.value : undefined
}

function plainAt(node: YamlNode | undefined, key: string): unknown {
  const value = valueOf(node, key)
  return value && plainOf(value)
}

function numberAt(node: YamlNode | undefined, key: string): number | undefined {
  const value = plainAt(node, key)
  return typeof value === 'number' ? value : undefined
}
