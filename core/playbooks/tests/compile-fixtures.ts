import type { CatalogAction } from '../catalog.ts'
import { checkShape, spanOf } from '../check/shape.ts'
import { decisionSchema } from '../step-kinds/decide.ts'
import { didYouMean } from '../../did-you-mean.ts'
import { parseDuration, shortDuration } from '../duration.ts'
import { join } from '../parse-yaml.ts'
import type { Step } from '../playbook.ts'
import { stepsOf, plainPath } from '../step-branches.ts'
import { describeNode, entryOf, isText, plainOf, valueOf, type YamlEntry, type YamlNode } from '../yaml-tree.ts'
import type { TestContext } from './test-context.ts'
import { fitValue } from './fit-value.ts'
import type { Fixture, FixtureOutcome } from './playbook-test.ts'
import { OUTCOME_SCHEMA } from './test-file.ts'

/** A step that a fixture answers. */
type UsesStep = Step & { readonly kind: 'uses' | 'playbook' | 'decide' }
const answers = (step: Step): step is UsesStep =>
  step.kind === 'uses' || step.kind === 'playbook' || step.kind === 'decide'

/** What calls answer, the most exact first: by path, by id, by action. */
export function compileFixtures(node: YamlNode | undefined, path: string, context: TestContext): readonly Fixture[] {
  if (node?.kind !== 'map') return []
  const steps = stepsOf(context.playbook)
  return [...node.entries.values()]
    .flatMap(entry => compileFixture(entry, join(path, entry.name), steps, context) ?? [])
    .toSorted((a, b) => b.rank - a.rank)
}

function compileFixture(
  entry: YamlEntry,
  path: string,
  steps: readonly Step[],
  context: TestContext,
): Fixture | undefined {
  const named = stepsNamed(entry, path, steps, context)
  const listed = entry.value.kind === 'list'
  const nodes = entry.value.kind === 'list' ? entry.value.items : [entry.value]
  if (nodes.length === 0)
    context.findings.add({
      code: 'WRONG_FIXTURE',
      message: `${entry.name} needs an outcome: done, an output or an error.`,
      path,
      span: entry.value,
    })
  const action = named && answerOf(named.steps[0]!, context)
  const origin = { action, place: entry.name, steps: named?.steps }
  const outcomes = nodes.map((node, index) => compileOutcome(node, listed ? join(path, index) : path, origin, context))
  if (!named || outcomes.includes(undefined)) return undefined
  return {
    key: entry.name,
    paths: named.steps.map(step => plainPath(step.path)),
    rank: named.rank,
    account: named.account,
    outcomes: outcomes.filter(outcome => outcome !== undefined),
    repeats: !listed,
    line: context.findings.position(entry.key.start).line,
  }
}

interface Named {
  readonly steps: readonly [UsesStep, ...UsesStep[]]
  readonly rank: number
  readonly account?: string | undefined
}

function stepsNamed(
  { name, key }: YamlEntry,
  path: string,
  steps: readonly Step[],
  { findings }: TestContext,
): Named | undefined {
  const calls = steps.filter(answers)
  const { action, account } = actionAndAccount(name)
  const wanted = [
    { rank: 4, steps: steps.filter(step => plainPath(step.path) === plainPath(name) && step.id !== name) },
    { rank: 3, steps: steps.filter(step => step.id === name) },
    { rank: account === undefined ? 1 : 2, steps: calls.filter(step => mayCall(step, action, account)), account },
  ].find(found => found.steps.length > 0)
  const [first, ...rest] = (wanted?.steps ?? []).filter(answers)
  if (wanted && first) return { rank: wanted.rank, steps: [first, ...rest], account: wanted.account }
  const known = [...new Set(calls.flatMap(step => [step.id ?? step.path, nameOf(step)]))]
  const suggestion = wanted ? undefined : didYouMean(name, known)
  const message = wanted
    ? `${name} calls nothing: only steps with uses or decide take a fixture.`
    : `This playbook has no step or action "${name}".${suggestion === undefined ? ` It calls ${[...new Set(calls.map(nameOf))].join(', ') || 'nothing'}.` : ''}`
  findings.add({ code: 'UNKNOWN_FIXTURE', message, path, span: key, suggestion })
  return undefined
}

interface FixtureOrigin {
  readonly action: Pick<CatalogAction, 'output'> | undefined
  readonly place: string
  /** Undefined where it is not known which are meant. */
  readonly steps: readonly UsesStep[] | undefined
}

function compileOutcome(
  node: YamlNode,
  path: string,
  origin: FixtureOrigin,
  context: TestContext,
): FixtureOutcome | undefined {
  const { findings } = context
  const schema = origin.action?.output ?? {}
  if (isText(node) && node.value === 'done') return { output: undefined }
  const [output, error] = [entryOf(node, 'output'), valueOf(node, 'error')]
  if (node.kind !== 'map' || (output !== undefined) === (error !== undefined)) {
    const message = `${origin.place} needs one outcome: done, { output: … } or { error: { code: … } }; found ${describeNode(node)}.`
    findings.add({ code: 'WRONG_FIXTURE', message, path, span: spanOf(node, findings) })
    return undefined
  }
  checkShape(node, OUTCOME_SCHEMA, { path }, findings)
  const after = entryOf(node, 'after')
  const afterMs = after && compileAfter(after, join(path, 'after'), origin, context)
  if (output) {
    for (const { message, span, below, suggestion } of fitValue(output.value, schema, 'The output'))
      findings.add({
        code: 'WRONG_FIXTURE',
        message: `${origin.place}: ${message}`,
        path: join(join(path, 'output'), below).replace(/\.$/, ''),
        span: spanOf(span as YamlNode, findings),
        suggestion,
      })
    return { output: plainOf(output.value), afterMs }
  }
  const { code, message, retryable } = plainOf(error!) as Record<string, unknown>
  return {
    afterMs,
    error: {
      code: String(code),
      message: typeof message === 'string' ? message : `${origin.place} failed in this test.`,
      ...(typeof retryable === 'boolean' ? { retryable } : {}),
    },
  }
}

/** How long a person takes: no longer than the step waits for them, for then time decides. */
function compileAfter(
  { key, value }: YamlEntry,
  path: string,
  { place, steps = [] }: FixtureOrigin,
  { findings }: TestContext,
): number | undefined {
  const report = (span: YamlNode | YamlEntry['key'], message: string, suggestion?: string) =>
    findings.add({ code: 'WRONG_FIXTURE', message: `${place}: ${message}`, path, span, suggestion })
  const deciding = steps.filter(step => step.kind === 'decide')
  if (deciding.length < steps.length)
    report(key, '"after" is how long a person takes to decide; only a fixture of decide has it.')
  const afterMs = isText(value) ? parseDuration(value.value) : undefined
  const over = deciding.find(({ withinMs }) => afterMs !== undefined && withinMs !== undefined && afterMs > withinMs)
  if (over) {
    const within = shortDuration(over.withinMs!)
    const instead =
      over.onTimeout === 'fail'
        ? `{ error: { code: TIMEOUT }, after: ${within} }`
        : `{ output: { choice: …, by: time }, after: ${within} }, with what is recommended`
    const message = `the step in line ${over.line} waits for a person no longer than ${within}. Where nobody decides in time, say ${instead}.`
    report(value, message, within)
  }
  return afterMs
}

/** `twilio/send-sms:sales` is an action with one account of its plugin, as a binding of a service is written. */
export function actionAndAccount(name: string): { readonly action: string; readonly account: string | undefined } {
  const [action, account] = name.split('@')[0]!.split(':') as [string, string | undefined]
  return { action, account }
}

/** May the step call the action with this account? Where it names none, its plugin's default or a binding says which. */
export const mayCall = (step: UsesStep, action: string, account: string | undefined): boolean =>
  nameOf(step) === action &&
  (account === undefined || (step.kind === 'uses' && (step.account === undefined || step.account === account)))

/** The action of a step as it is written, without the range of versions. */
export const nameOf = (step: UsesStep) => (step.kind === 'decide' ? `decide/${step.policy}` : step.uses.split('@')[0]!)

/** What a fixture is held against: the action, or what the playbook answers that is started. */
function answerOf(step: UsesStep, { catalog }: TestContext): Pick<CatalogAction, 'output'> | undefined {
  if (step.kind === 'uses') return actionOf(step, { catalog })
  if (step.kind === 'decide') return { output: decisionSchema(catalog.policies?.get(step.policy)?.options) }
  const output = step.awaits ? catalog.playbooks?.get(step.playbook)?.output : undefined
  return output && { output }
}

export function actionOf(
  step: Step & { readonly kind: 'uses' },
  { catalog }: Pick<TestContext, 'catalog'>,
): CatalogAction | undefined {
  return catalog.services.get(nameOf(step)) ?? catalog.actions.get(nameOf(step))
}
