/** What the playbook language costs: checking a playbook of 500 steps, evaluating a condition and an input. npm run bench:language */
import { execFileSync } from 'node:child_process'
import { compilePlaybook } from '../core/playbooks/compile-playbook.ts'
import type { Step } from '../core/playbooks/playbook.ts'
import { catalog } from '../test/playbooks/catalog.ts'

/** Five steps with eight expressions, each group reading the one before. */
const group = (n: number): string => `  - id: score${n}
    uses: sdr/lead-scoring@^1
    with: { lead: '\${{ lead }}'${n === 0 ? '' : `, person: '\${{ steps.score${n - 1}.output }}'`} }
  - if: \${{ steps.score${n}.output.score < 60 && lead.score >= ${n} }}
    then:
      - uses: email/send
        with: { to: '\${{ lead.email }}', subject: 'Hi \${{ lead.name }}, score \${{ steps.score${n}.output.score }}', body: "\${{ default(lead.company, 'x') }}" }
        onError: continue
      - set: { hot: '\${{ steps.score${n}.output.factors.exists(f, f.points > 3) }}' }
      - wait: 2d
`
const source = `id: big\nname: Big\nmodule: vendas\ntriggers: [ { event: lead.captured } ]\nsteps:\n${Array.from({ length: 100 }, (_, n) => group(n)).join('')}`

function cpuMs(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const microseconds = (work: () => void) => {
  const many = () => {
    for (let time = 0; time < 20_000; time++) work()
  }
  many()
  return Math.round((Math.min(...[1, 2, 3].map(() => cpuMs(many))) * 1e6) / 20_000) / 1000
}

const first = cpuMs(() => compilePlaybook(source, catalog))
if (process.argv[2] === 'first') {
  console.log(first)
  process.exit()
}
const firsts = Array.from({ length: 9 }, () => Number(execFileSync(process.execPath, [import.meta.filename, 'first'])))
const warm = Math.min(...[1, 2, 3, 4, 5].map(() => cpuMs(() => compilePlaybook(source, catalog))))
const { playbook, diagnostics } = compilePlaybook(source, catalog)
if (diagnostics.length > 0) throw new Error('the playbook of the benchmark is not right')
const scope = {
  lead: { name: 'Ana', email: 'ana@example.com', company: null, score: 70 },
  steps: { score0: { output: { score: 10, factors: [] }, error: null, status: 'completed' } },
}
const gate = playbook!.steps[1] as Step & { kind: 'if' }
const mail = gate.then[0] as Step & { kind: 'uses' }
console.table({
  'check 500 steps, first of a process, CPU ms': Math.round(firsts.sort((a, b) => a - b)[4]!),
  'check 500 steps, warm, CPU ms': Math.round(warm),
  'evaluate a condition, CPU µs': microseconds(() => gate.if!.evaluate(scope)),
  'evaluate an input of three expressions, CPU µs': microseconds(() => mail.with.evaluate(scope)),
})
