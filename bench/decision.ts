/**
 * One decision as the product takes it, with 200 decisions of before to compare with: asked for, weighed in seven steps, stored and read
 * back. CPU of this process, in milliseconds; the embedded database works in it, Postgres does not. A decision asks the database twice, an
 * outcome five times: what one bare question costs on this machine, now, stands below.
 *
 *   node bench/decision.ts [--database pglite|postgres] [--json]
 */
import { parseArgs } from 'node:util'
import { chanceOf } from '../core/decisions/learner/chance.ts'
import { publishPolicy } from '../core/decisions/publish-policy.ts'
import { recordOutcome } from '../core/decisions/record-outcome.ts'
import { previewDecision, requestDecision } from '../core/decisions/request-decision.ts'
import { measure, type Measured } from './measure.ts'
import { openBenchCore } from './bench-core.ts'

const PAST = 200
const MEASURED = 300
const WORDS = 18
const NUMBERS = 9
/** Milliseconds of CPU: what the issue of the brain asks of one decision, one score and one update. */
const TARGET = 1

const { values } = parseArgs({
  options: { database: { type: 'string', default: 'postgres' }, json: { type: 'boolean', default: false } },
})
const { core, workspaceId, close } = await openBenchCore(values.database)
try {
  await publishPolicy(core, workspaceId, policy())
  let asked = 0
  const ids: string[] = []
  const decide = async () => {
    ids.push((await requestDecision(core, workspaceId, { policy: 'bench', inputs: inputsOf(asked++) })).id)
  }
  const record = (index: number) =>
    recordOutcome(core, workspaceId, {
      decisionId: ids[index]!,
      outcome: chanceOf(`outcome ${index}`) < 0.4 ? 'success' : 'failure',
      source: 'bench',
    })
  for (let index = 0; index < PAST; index++) {
    await decide()
    await record(index)
  }
  const weigh = (index: number) => previewDecision(core, workspaceId, { policy: 'bench', inputs: inputsOf(index) })
  for (let index = 0; index < PAST; index++) await weigh(index) // a host that has been up for a while
  const once = { atOnce: 1, count: MEASURED }
  const measured = [
    await measure('a decision', once, decide),
    await measure('an outcome', once, index => record(PAST + index)),
    await measure('an outcome, then a decision', once, async index => {
      await record(PAST + MEASURED + index - 1)
      await decide()
    }),
    await measure('a decision weighed, not stored', once, weigh),
    await measure('a bare question to the database', once, () => core.sql.query({ name: 'bench', text: 'select 1' })),
  ]
  if (values.json) console.log(JSON.stringify(measured))
  else console.table(Object.fromEntries(measured.map((one, at) => [one.what, shown(one, at === 2 ? 2 : 1)])))
} finally {
  await close()
}

/** `of`: decisions and outcomes in it. */
function shown({ hostCpuMs, p50Ms, p95Ms }: Measured, of: number) {
  const target = of * TARGET
  return {
    'CPU ms': hostCpuMs,
    target: `< ${target}`,
    '': hostCpuMs < target ? 'met' : 'missed',
    'p50 ms': p50Ms,
    'p95 ms': p95Ms,
  }
}

/** A policy that scores by 27 inputs. */
function policy(): string {
  const names = [
    ...Array.from({ length: WORDS }, (_, n) => `w${n}`),
    ...Array.from({ length: NUMBERS }, (_, n) => `n${n}`),
  ]
  return `policy: bench
name: Bench
module: pre_vendas
type: OPERATIONAL
question: Is it worth a call?
inputs:
${names.map(name => `  ${name}: { type: ${name.startsWith('w') ? 'string' : 'number'} }`).join('\n')}
options:
  call: { title: Call, from: 60 }
  wait: { title: Wait, from: 0 }
rules:
  - { if: '\${{ inputs.w0 == "value 1" }}', points: 10, because: One. }
  - { if: '\${{ inputs.n0 > 50 }}', points: -10, because: Two. }
learn: { from: [${names.join(', ')}] }
threshold: 0
auto: true
`
}

function inputsOf(index: number): Record<string, unknown> {
  const one = (name: string, values: number) => Math.floor(chanceOf(`${name} ${index}`) * values)
  return Object.fromEntries([
    ...Array.from({ length: WORDS }, (_, n) => [`w${n}`, `value ${one(`w${n}`, 3)}`] as const),
    ...Array.from({ length: NUMBERS }, (_, n) => [`n${n}`, one(`n${n}`, 100)] as const),
  ])
}
