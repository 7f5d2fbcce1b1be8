import type { Findings } from '../playbooks/diagnostic.ts'
import { plainOf, valueOf, type YamlNode, type YamlSpan } from '../playbooks/yaml-tree.ts'
import type { Policy } from './policy.ts'

/**
 * Keys of a policy that change nothing, whatever is asked of it: whoever wrote them meant something else. Warnings, for the policy
 * decides without them as it would with them.
 */
export function checkEffect(root: YamlNode, policy: Policy, findings: Findings): void {
  const warn = (path: string, span: YamlSpan | undefined, message: string, suggestion?: string) => {
    if (span) findings.add({ code: 'NO_EFFECT', message, path, span, suggestion })
  }
  if (!policy.auto)
    warn(
      'threshold',
      valueOf(root, 'threshold'),
      '"threshold" has no effect: without auto: true a person decides, however sure it is. Add auto: true, or take it out.',
      'auto: true',
    )
  checkInputs(root, policy, warn)
  checkOptions(root, policy, warn)
  checkRules(root, policy, warn)
  const { success, failure } = policy.outcome
  if (!success && !failure)
    warn(
      'learn.outcome.within',
      valueOf(valueOf(valueOf(root, 'learn'), 'outcome'), 'within'),
      '"within" has no effect: neither success nor failure names an event, so nothing is waited for. Name one.',
    )
}

type Warn = (path: string, span: YamlSpan | undefined, message: string, suggestion?: string) => void

/** An input is for a rule, for the model, for the event that tells the outcome, or it is the lead. */
function checkInputs(root: YamlNode, policy: Policy, warn: Warn): void {
  const inputs = valueOf(root, 'inputs')
  if (inputs?.kind !== 'map') return
  const read = ['rules', 'prior', 'learn'].map(key => {
    const node = valueOf(root, key)
    return node ? JSON.stringify(plainOf(node)) : ''
  })
  const text = read.join('\n')
  if (/\binputs\b(?!\s*[.[?])/.test(text.replaceAll(/"(inputs)":/g, ''))) return // all of them at once
  const names = new Set(
    [...text.matchAll(/\binputs\s*(?:\.\??\s*|\[\s*\\?["'])([A-Za-z_]\w*)/g)].map(([, name]) => name),
  )
  for (const { name, key } of inputs.entries.values())
    if (!names.has(name) && !policy.learnsFrom.includes(name) && name !== 'leadId')
      warn(
        `inputs.${name}`,
        key,
        `No rule reads the input "${name}", and the model does not learn from it. Name it in learn.from, or take it out.`,
      )
}

function checkOptions(root: YamlNode, policy: Policy, warn: Warn): void {
  const options = valueOf(root, 'options')
  if (options?.kind !== 'map') return
  const held = policy.rules.filter(rule => isAlways(rule))
  const must = held.find(({ always }) => always !== undefined)?.always
  const out = new Set(held.flatMap(({ never }) => never))
  for (const { name, value, key } of options.entries.values()) {
    if (policy.kind === 'score')
      warn(
        `options.${name}.chance`,
        valueOf(value, 'chance'),
        '"chance" has no effect on an option with "from": the score leads to it. Begin with "prior" instead.',
      )
    if (must !== undefined ? must !== name : out.has(name))
      warn(`options.${name}`, key, `The option "${name}" can never be chosen: a rule that always holds puts it out.`)
    else if (policy.kind === 'score' && valueOf(value, 'from') && plainOf(valueOf(value, 'from')!) === 100)
      warn(
        `options.${name}.from`,
        valueOf(value, 'from'),
        `The option "${name}" can never be chosen: no score reaches 100.`,
        '95',
      )
  }
}

function checkRules(root: YamlNode, policy: Policy, warn: Warn): void {
  const list = valueOf(root, 'rules')
  if (list?.kind !== 'list') return
  const known = new Set(policy.options.map(({ key }) => key))
  for (const [at, node] of list.items.entries()) {
    const path = `rules.${at}`
    const rule = policy.rules[at]
    const points = valueOf(node, 'points')
    const never = valueOf(node, 'never')
    if (!rule) continue
    if (rule.if.roots.size === 0 && !isAlways(rule))
      warn(`${path}.if`, valueOf(node, 'if'), 'The rule never holds: its condition reads no input and is false.')
    if (points && weightsOf(rule.points).every(weight => weight === 0))
      warn(`${path}.points`, points, '"points" of 0 change nothing: give them a weight, or take them out.')
    if (rule.always !== undefined) {
      const how = 'where the rule holds it is the option of "always" alone.'
      warn(`${path}.points`, policy.kind === 'choose' ? points : undefined, `"points" have no effect: ${how}`)
      warn(`${path}.never`, never, `"never" has no effect: ${how}`)
    } else if (never && known.size > 0 && [...known].every(key => rule.never.includes(key)))
      warn(`${path}.never`, never, '"never" names every option, and then none is out. Leave one that can be chosen.')
    else
      for (const key of rule.never.filter(out => typeof rule.points === 'object' && rule.points[out]))
        warn(`${path}.points`, points, `The points of "${key}" have no effect: the same rule puts it out with "never".`)
  }
}

const weightsOf = (points: Policy['rules'][number]['points']) =>
  typeof points === 'number' ? [points] : Object.values(points)

/** Its condition reads no input and is true. */
function isAlways(rule: Policy['rules'][number]): boolean {
  if (rule.if.roots.size > 0) return false
  try {
    return rule.if.evaluate({}) === true
  } catch {
    return false
  }
}
