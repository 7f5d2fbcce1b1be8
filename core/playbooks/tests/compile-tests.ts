import type { Catalog } from '../catalog.ts'
import { checkShape, spanOf } from '../check/shape.ts'
import { didYouMean } from '../../did-you-mean.ts'
import { type Diagnostic, type Finding, Findings } from '../diagnostic.ts'
import { parseDuration } from '../duration.ts'
import { join, parseYaml } from '../parse-yaml.ts'
import { RECORD_NAMES, RECORD_SCHEMAS, type RecordName } from '../record-schemas.ts'
import { stepsOf } from '../step-branches.ts'
import { entryOf, isText, plainOf, valueOf, type YamlNode } from '../yaml-tree.ts'
import { compileApprovals } from './compile-approvals.ts'
import { compileExpectation } from './compile-expectation.ts'
import { compileFixtures } from './compile-fixtures.ts'
import { byHand, comingStart, compileStart, eventOf, startingTypes } from './compile-start.ts'
import { fitValue } from './fit-value.ts'
import type { ApprovalAnswers, Fixture, LaterEvent, PlaybookTest, TestRecords } from './playbook-test.ts'
import { FLAT_TEST, FLAT_TEST_FILE, LATER_SCHEMA } from './test-file.ts'
import type { TestContext, TestedPlaybook } from './test-context.ts'

/** `<id>.test.yaml`, beside the playbook. `tests` is empty when there is an error among the diagnostics. */
export function compileTestFile(
  source: string,
  playbook: TestedPlaybook,
  catalog: Catalog,
  options: { readonly file?: string | undefined } = {},
): { readonly tests: readonly PlaybookTest[]; readonly diagnostics: readonly Diagnostic[] } {
  const findings = new Findings(source, options.file)
  const root = parseYaml(findings)
  const tests = root ? compileFile(root, { playbook, catalog, findings }) : []
  return { tests: findings.hasErrors ? [] : tests, diagnostics: findings.sorted() }
}

function compileFile(root: YamlNode, context: TestContext): PlaybookTest[] {
  checkShape(root, FLAT_TEST_FILE, { path: '' }, context.findings)
  const now = momentOf(root, '', context) ?? DEFAULT_NOW
  const fixtures = compileFixtures(valueOf(root, 'fixtures'), 'fixtures', context)
  const approvals = compileApprovals(valueOf(root, 'approvals'), 'approvals', context)
  const tests = valueOf(root, 'tests')
  const shared = { now, fixtures, approvals, records: recordsAt(root, '', context) }
  return tests ? compileTests(tests, 'tests', context, shared) : []
}

/** What all tests of a file share. */
interface Shared {
  readonly now: Date
  readonly fixtures: readonly Fixture[]
  readonly approvals: readonly ApprovalAnswers[]
  readonly records: TestRecords
}

export const DEFAULT_NOW = new Date('2026-03-02T12:00:00Z')
const NOTHING: Shared = { now: DEFAULT_NOW, fixtures: [], approvals: [], records: {} }

/** A list of tests, in a file of their own or in the playbook; all that is wrong with them is in the findings. */
export function compileTests(
  list: YamlNode,
  path: string,
  context: TestContext,
  shared: Shared = NOTHING,
): PlaybookTest[] {
  if (list.kind !== 'list') return []
  const names = new Set<string>()
  return list.items.map((node, index) => {
    const test = compileTest(node, join(path, index), context, shared)
    const name = valueOf(node, 'name')
    if (name && test.name !== '' && names.has(test.name))
      context.findings.add({
        code: 'DUPLICATE_ID',
        message: `Two tests are called "${test.name}".`,
        path: join(join(path, index), 'name'),
        span: name,
      })
    names.add(test.name)
    return test
  })
}

function compileTest(node: YamlNode, path: string, context: TestContext, shared: Shared): PlaybookTest {
  checkShape(node, FLAT_TEST, { path }, context.findings)
  const name = valueOf(node, 'name')
  const now = momentOf(node, path, context) ?? shared.now
  const own = compileFixtures(valueOf(node, 'fixtures'), join(path, 'fixtures'), context)
  const approvals = compileApprovals(valueOf(node, 'approvals'), join(path, 'approvals'), context)
  const records = recordsAt(node, path, context)
  const until = valueOf(node, 'until')
  const expect = itemsOf(valueOf(node, 'expect')).flatMap(
    (item, index) => compileExpectation(item, join(join(path, 'expect'), index), context) ?? [],
  )
  const startsNothing = expect.some(one => one.kind === 'run' && one.status === 'none')
  return {
    name: isText(name) ? name.value : '',
    line: context.findings.position(node.start).line,
    now,
    start: compileStart(node, path, startsNothing, context),
    untilMs: isText(until) ? parseDuration(until.value) : undefined,
    records: merged(shared.records, records),
    fixtures: [...own, ...shared.fixtures],
    approvals: [...approvals, ...shared.approvals],
    later: itemsOf(valueOf(node, 'events')).flatMap(
      (item, index) => compileLater(item, join(join(path, 'events'), index), context) ?? [],
    ),
    expect,
  }
}

function compileLater(node: YamlNode, path: string, context: TestContext): LaterEvent | undefined {
  checkShape(node, LATER_SCHEMA, { path }, context.findings)
  const at = valueOf(node, 'at')
  const atMs = isText(at) ? parseDuration(at.value) : undefined
  const type = valueOf(node, 'type')
  const complain = (finding: Pick<Finding, 'message'> & Partial<Finding>) =>
    void context.findings.add({ code: 'TEST_EVENT', path, span: spanOf(node, context.findings), ...finding })
  if (!type && entryOf(node, 'inputs')) {
    const start = byHand(node, path, context)
    return atMs === undefined ? undefined : { atMs, start }
  }
  if (!type) {
    const records = recordsAt(node, path, context)
    const changes = Object.keys(records).length > 0
    if (changes && atMs !== undefined) return { atMs, records }
    if (node.kind === 'map' && !changes)
      complain({
        message:
          'Say what happens: the type of an event, lead, deal or customer with what changes on record, or inputs of another start.',
      })
    return undefined
  }
  const written = eventOf(node, path, context)
  const { at: _at, ...data } = written.data
  const event = { ...written, data }
  const heard = listenedTo(context.playbook)
  if (event.type !== '' && !heard.includes(event.type))
    complain({
      message: `Nothing in this playbook waits for ${event.type}${heard.length > 0 ? `; it waits for ${heard.join(', ')}` : ''}.`,
      path: join(path, 'type'),
      span: type,
      suggestion: didYouMean(event.type, heard),
      severity: 'warning',
    })
  if (event.type === 'schedule.fired')
    complain({
      message: 'The clock fires schedules by itself; say how long the test goes on, for example until: 7d.',
      path: join(path, 'type'),
      span: type,
    })
  const start = comingStart(node, path, event, context)
  return atMs === undefined ? undefined : { atMs, start }
}

/** Types of events that this playbook waits for or begins with. */
function listenedTo(playbook: TestedPlaybook): string[] {
  const awaited = stepsOf(playbook).flatMap(step =>
    step.kind === 'waitFor' ? step.events.map(({ event }) => event) : [],
  )
  const goal = playbook.enrollment?.goal
  return [...new Set([...awaited, ...(goal ? [goal.event] : []), ...startingTypes(playbook)])]
}

function momentOf(node: YamlNode, path: string, { findings }: TestContext): Date | undefined {
  const written = valueOf(node, 'now')
  if (!isText(written)) return undefined
  const moment = new Date(written.value)
  if (!Number.isNaN(moment.getTime()) && /^\d{4}-\d{2}-\d{2}(T.*(Z|[+-]\d{2}:\d{2}))?$/.test(written.value))
    return moment
  findings.add({
    code: 'WRONG_VALUE',
    message: `"now" must be a moment with its offset, such as 2026-03-02T12:00:00Z; found ${JSON.stringify(written.value)}.`,
    path: join(path, 'now'),
    span: written,
  })
  return undefined
}

const itemsOf = (node: YamlNode | undefined): readonly YamlNode[] => (node?.kind === 'list' ? node.items : [])

/** Fields of the records that stand here. */
function recordsAt(node: YamlNode, path: string, { findings }: TestContext): TestRecords {
  const records: Partial<Record<RecordName, Record<string, unknown>>> = {}
  for (const name of RECORD_NAMES) {
    const value = valueOf(node, name)
    if (value?.kind !== 'map') continue
    for (const { message, span, below, suggestion } of fitValue(value, RECORD_SCHEMAS[name], `A ${name}`))
      findings.add({ code: 'WRONG_FIXTURE', message, path: join(join(path, name), below), span, suggestion })
    records[name] = plainOf(value) as Record<string, unknown>
  }
  return records
}

/** Field by field: what the second says stands. */
function merged(shared: TestRecords, own: TestRecords): TestRecords {
  const names = RECORD_NAMES.filter(name => shared[name] || own[name])
  return Object.fromEntries(names.map(name => [name, { ...shared[name], ...own[name] }]))
}
