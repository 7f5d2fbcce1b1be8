import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder, trae } from './trae.ts'

const PLAYBOOK = `id: greet
name: Greet
module: pre_vendas
triggers: [{ event: lead.captured }]
steps:
  - { id: pause, wait: 2d }
  - if: \${{ lead.phone == null }}
    then: [{ return: { outcome: no-phone } }]
  - { uses: local-crm/add-note, with: { leadId: '\${{ lead.id }}', text: Ligar }, onError: continue }
`
const TESTS = `tests:
  - name: waits <two> days
    expect: [{ step: pause, at: 2d }, { run: completed, output: { outcome: no-phone } }]
`

async function write(tests: string | undefined, playbook = PLAYBOOK): Promise<string> {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'greet.yaml'), playbook)
  if (tests !== undefined) await writeFile(join(folder, 'greet.test.yaml'), tests)
  return folder
}

describe('trae playbook test', () => {
  it('runs what stands beside a playbook, tells the branches that nothing takes, and writes JUnit', async () => {
    const folder = await write(TESTS)
    const junit = join(folder, 'out.xml')
    const { code, stdout, stderr } = await trae(['playbook', 'test', folder, '--coverage', '--junit', junit])
    expect(stderr).toBe('')
    expect(stdout).toMatch(/✓ waits <two> days \(\d+ ms\)\n/)
    expect(stdout).toMatch(
      /greet\.yaml: 50 % of branches \(1 of 2\)\n {2}line 7 {2}if lead\.phone == null: else is never taken\n/,
    )
    expect([code, stdout.trim().split('\n').at(-1)]).toEqual([0, '1 test of 1 playbook: all passed'])
    expect(await readFile(junit, 'utf8')).toMatch(
      /^<\?xml .*\n<testsuites>\n {2}<testsuite name="greet" file=".*" tests="1" failures="0" time="[\d.]+">\n {4}<testcase classname="greet" name="waits &lt;two&gt; days" file=".*greet\.test\.yaml" line="2" time="[\d.]+"\/>\n {2}<\/testsuite>\n<\/testsuites>\n$/,
    )
  })

  it('ends with 1 where a test fails, with the place, and with the same facts in JSON', async () => {
    const folder = await write(TESTS.replace('at: 2d', 'at: 3d'))
    const file = join(folder, 'greet.test.yaml')
    const { code, stdout } = await trae(['playbook', 'test', file])
    expect(code).toBe(1)
    expect(stdout).toContain('greet.test.yaml:3: pause was over at 2d, expected 3d.')
    expect(stdout).toContain('+2d       pause: done')
    const machine = await trae(['playbook', 'test', file, '--json'])
    expect(machine.code).toBe(1)
    expect(JSON.parse(machine.stdout)).toMatchObject({
      passed: false,
      playbooks: [
        {
          playbook: 'greet',
          coverage: { percent: 50 },
          tests: [{ passed: false, failures: [{ line: 3, expected: '3d', found: '2d' }] }],
        },
      ],
    })
  })

  it('ends with 1 where the coverage that is required is not reached', async () => {
    const folder = await write(TESTS)
    const { code, stdout } = await trae(['playbook', 'test', folder, '--require-coverage', '80'])
    expect([code, stdout]).toEqual([1, expect.stringContaining('branch coverage is 50 %, required are 80 %')])
  })

  it('ends with 2 where a file cannot be checked or read, and runs nothing', async () => {
    const folder = await write(TESTS.replace('step: pause', 'step: pauze'))
    const { code, stdout } = await trae(['playbook', 'test', folder])
    expect([code, stdout]).toEqual([
      2,
      expect.stringMatching(/greet\.test\.yaml:3:\d+: error: .*pauze.*WRONG_EXPECTATION/),
    ])
    expect(stdout).not.toContain('✓')
    expect(await trae(['playbook', 'test', join(folder, 'absent.yaml')])).toMatchObject({ code: 2 })
    expect(await trae(['playbook', 'test', '--require-coverage', 'all'])).toMatchObject({ code: 2 })
  })

  it('runs only the tests whose name holds the filter', async () => {
    const folder = await write(`${TESTS}  - { name: another, expect: [{ run: failed }] }\n`)
    expect(await trae(['playbook', 'test', folder, '--filter', 'TWO'])).toMatchObject({ code: 0 })
    expect(await trae(['playbook', 'test', folder, '--filter', 'another'])).toMatchObject({ code: 1 })
  })
})
