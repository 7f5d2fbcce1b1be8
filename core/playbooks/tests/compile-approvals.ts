import { didYouMean } from '../../did-you-mean.ts'
import { APPROVER_ROLES, EMAIL } from '../approvers.ts'
import { checkShape, spanOf } from '../check/shape.ts'
import { parseDuration } from '../duration.ts'
import { join } from '../parse-yaml.ts'
import type { Step } from '../playbook.ts'
import { plainPath, stepsOf } from '../step-branches.ts'
import {
  describeNode,
  entryOf,
  isText,
  valueOf,
  type YamlEntry,
  type YamlMap,
  type YamlNode,
  type YamlSpan,
} from '../yaml-tree.ts'
import { compileGiven } from './compile-given.ts'
import type { TestContext } from './test-context.ts'
import { type ApprovalAnswer, type ApprovalAnswers, DECISIONS } from './playbook-test.ts'
import { ANSWER_SCHEMA } from './test-file.ts'

type ApprovalStep = Step & { readonly kind: 'approval' }

/** What people decide, the most exact first: of one iteration, by path, by id. */
export function compileApprovals(
  node: YamlNode | undefined,
  path: string,
  context: TestContext,
): readonly ApprovalAnswers[] {
  if (node?.kind !== 'map') return []
  return [...node.entries.values()]
    .flatMap(entry => compileEntry(entry, join(path, entry.name), context) ?? [])
    .toSorted((a, b) => Number(ofIteration(b.path)) - Number(ofIteration(a.path)))
}

const ofIteration = (path: string) => /\[\d+\]/.test(path)

/** The step that a name means, of those that ask; with a finding where it means none. */
export function approvalNamed(
  name: string,
  span: YamlSpan,
  path: string,
  code: 'UNKNOWN_FIXTURE' | 'WRONG_EXPECTATION',
  { findings, playbook }: TestContext,
): { readonly step: ApprovalStep; readonly path: string } | undefined {
  const steps = stepsOf(playbook)
  const found = steps.find(step => step.id === name) ?? steps.find(step => plainPath(step.path) === plainPath(name))
  if (found?.kind === 'approval') return { step: found, path: ofIteration(name) ? name : plainPath(found.path) }
  const known = steps.flatMap(step => (step.kind === 'approval' ? [step.id ?? step.path] : []))
  const suggestion = found ? undefined : didYouMean(name, known)
  const message = found
    ? `${name} asks nobody: it is no approval.`
    : `This playbook has no approval "${name}"${known.length > 0 ? `; it asks in ${known.join(', ')}` : ''}.`
  findings.add({ code, message, path, span, suggestion })
  return undefined
}

function compileEntry(entry: YamlEntry, path: string, context: TestContext): ApprovalAnswers | undefined {
  const { name, key, value } = entry
  const found = approvalNamed(name, key, path, 'UNKNOWN_FIXTURE', context)
  const nodes = value.kind === 'list' ? value.items : [value]
  if (nodes.length === 0) wrong(`${name} needs an answer: ${DECISIONS.join(', ')}.`, value, path, context)
  const answers = nodes.map((node, index) => {
    const at = value.kind === 'list' ? join(path, index) : path
    return compileAnswer(node, at, { name, step: found?.step, holder: key }, context)
  })
  if (!found || answers.includes(undefined)) return undefined
  return {
    key: name,
    path: found.path,
    answers: answers.filter(answer => answer !== undefined),
    repeats: value.kind !== 'list',
    line: context.findings.position(key.start).line,
  }
}

interface Asked {
  readonly name: string
  readonly step: ApprovalStep | undefined
  readonly holder: YamlSpan
}

function compileAnswer(node: YamlNode, path: string, asked: Asked, context: TestContext): ApprovalAnswer | undefined {
  const written = isText(node) ? node : valueOf(node, 'decision')
  const decision = DECISIONS.find(word => isText(written) && written.value === word)
  if (node.kind !== 'map' && decision === undefined) {
    const near = isText(node) ? didYouMean(node.value, DECISIONS) : undefined
    const message = `${asked.name} needs an answer: ${DECISIONS.join(', ')}, or { decision: approve, … }; found ${describeNode(node)}.`
    wrong(message, node, path, context, near)
    return undefined
  }
  if (node.kind === 'map') checkShape(node, ANSWER_SCHEMA, { path }, context.findings)
  if (decision === undefined) return undefined // the schema has said so
  if (node.kind === 'map') checkKeys(node, decision, path, context)
  const { step } = asked
  if (step && decision === 'timeout' && !step.timeout)
    context.findings.add({
      code: 'WRONG_FIXTURE',
      message: `${asked.name} has no timeout, so it is never over where nobody decides.`,
      path,
      span: written!,
      severity: 'warning',
    })
  const form = valueOf(node, 'form')
  const words = { owner: 'The form', under: 'form' }
  const after = valueOf(node, 'after')
  const [by, comment] = ['by', 'comment'].map(key => valueOf(node, key))
  if (isText(by)) checkPerson(by.value.trim(), by, join(path, 'by'), context)
  return {
    decision,
    afterMs: (isText(after) ? parseDuration(after.value) : undefined) ?? 0,
    by: isText(by) ? by.value.trim() : undefined,
    comment: isText(comment) ? comment.value : undefined,
    form:
      step && decision === 'approve'
        ? compileGiven(
            form,
            step.form,
            join(path, 'form'),
            node.kind === 'map' ? spanOf(node, context.findings) : asked.holder,
            context,
            words,
          )
        : {},
  }
}

/** Only who approves fills in the form; of what nobody decides there is nothing else to say. */
function checkKeys(node: YamlMap, decision: ApprovalAnswer['decision'], path: string, { findings }: TestContext): void {
  const idle = { approve: [], reject: ['form'], timeout: ['after', 'by', 'form', 'comment'] }[decision]
  for (const key of idle) {
    const entry = entryOf(node, key)
    if (entry)
      findings.add({
        code: 'CONFLICTING_KEYS',
        message:
          decision === 'reject'
            ? 'Only who approves fills in the form; take "form" out.'
            : `With timeout nobody decides; take "${key}" out.`,
        path: join(path, key),
        span: entry.key,
      })
  }
}

function checkPerson(name: string, node: YamlNode, path: string, { findings }: TestContext): void {
  const roles = APPROVER_ROLES.map(role => `role:${role}`)
  if (EMAIL.test(name) || roles.includes(name as (typeof roles)[number])) return
  findings.add({
    code: 'WRONG_VALUE',
    message: `"by" must be an e-mail address or one of ${roles.join(', ')}; found ${describeNode(node)}.`,
    path,
    span: node,
    suggestion: didYouMean(name, roles),
  })
}

function wrong(message: string, node: YamlNode, path: string, { findings }: TestContext, suggestion?: string): void {
  findings.add({ code: 'WRONG_FIXTURE', message, path, span: spanOf(node, findings), suggestion })
}
