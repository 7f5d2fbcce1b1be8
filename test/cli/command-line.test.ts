import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { REDIS } from '../support/redis.ts'
import { ROOT, temporaryFolder, trae } from './trae.ts'

const COMMANDS = [
  'start',
  'doctor',
  'build',
  'playbook check',
  'playbook test',
  'playbook test-from-run',
  'playbook simulate',
  'playbook run',
  'plugin list',
  'plugin build',
  'lead add',
]

describe('the command line', () => {
  it('explains itself, as a whole and command by command', { timeout: 120_000 }, async () => {
    const [bare, help, ...each] = await Promise.all([
      trae([]),
      trae(['--help']),
      ...COMMANDS.map(name => trae([...name.split(' '), '--help'])),
    ])
    expect(help).toEqual(bare)
    for (const name of COMMANDS) expect(help.stdout).toContain(`  ${name} `)
    each.forEach(({ code, stdout }, i) => {
      expect(code).toBe(0)
      expect(stdout).toMatch(new RegExp(`^Usage: trae ${COMMANDS[i]}`))
    })
    expect((await trae(['plugin', '--help'])).stdout).not.toContain('lead add')
  })

  it.each([
    [['strat'], 'There is no command trae strat; did you mean start?'],
    [['playbook', 'chekc', 'a.yaml'], 'There is no command trae playbook chekc; did you mean check?'],
    [
      ['playbook'],
      'trae playbook needs one more word: check, test, test-from-run, simulate, run, publish, require-tests, versions, rollback, pause, resume.',
    ],
    [['build', '--quite'], 'trae build knows no --quite; did you mean --quiet?'],
    [['build', '--quiet=yes'], "trae build: Option '--quiet' does not take an argument"],
    [['plugin', 'build', 'a', '--out'], "trae plugin build: Option '--out <value>' argument missing"],
    [['plugin', 'build'], 'Usage: trae plugin build <folder> [--out <folder>]'],
    [['lead', 'add', '--name', 'Ana'], 'A lead needs --name, and --email or --phone.'],
    [
      ['lead', 'add', '--name', 'Ana', '--email', 'a@b.co', '--source', 'linkedin'],
      '--source must be one of WEBSITE, EMAIL, REFERRAL, EVENT, IMPORT, API; found linkedin.',
    ],
    [['playbook', 'run', 'a', '--event', '[1]'], '--event must be a JSON object: \'{"key": "value"}\'.'],
    [['playbook', 'check', 'a.yaml', '--format', 'xml'], '--format must be text, json or sarif; found xml.'],
  ])('answers %j with what was meant, and exit code 2', async (args, message) => {
    expect(await trae(args)).toMatchObject({ code: 2, stdout: '', stderr: `${message}\n` })
    const machine = await trae(args.toSpliced(2, 0, '--json'))
    expect(JSON.parse(machine.stdout)).toEqual({ error: { code: 'USAGE', message, retryable: false } })
  })

  it('says that no host runs where one is needed', async () => {
    const { code, stderr } = await trae(['lead', 'add', '--name', 'Ana', '--email', 'ana@example.com'], {
      env: { TRAE_URL: 'http://127.0.0.1:9', TRAE_EMAIL: 'a@example.com', TRAE_PASSWORD: 'correct horse battery' },
    })
    expect([code, stderr]).toEqual([
      1,
      'No TRAE OS answers at http://127.0.0.1:9. Start it with npm start, or set TRAE_URL to where it runs.\n',
    ])
  })
})

describe('trae playbook check', () => {
  const PLAYBOOK = `id: greet
name: Greet
module: pre_vendas
triggers:
  - event: lead.captured
steps:
  - id: score
    uses: sdr/lead-scoring
    with: { lead: '\${{ lead }}' }
`

  it('finds our own playbooks in order', async () => {
    const { code, stdout } = await trae([
      'playbook',
      'check',
      'playbooks/qualify-lead.yaml',
      'playbooks/handoff-to-closer.yaml',
    ])
    expect([code, stdout.split('\n')[0]]).toEqual([0, 'playbooks/qualify-lead.yaml: Qualificar lead is fine'])
  })

  it('points at the line of what is wrong, knows what was meant, and fails', async () => {
    const file = join(await temporaryFolder(), 'greet.yaml')
    await writeFile(file, PLAYBOOK.replace('lead-scoring', 'lead-scorin'))
    const { code, stdout } = await trae(['playbook', 'check', file])
    expect(code).toBe(1)
    expect(stdout).toContain('greet.yaml:8:11: error: ')
    expect(stdout).toContain('sdr/lead-scoring')
    const machine = await trae(['playbook', 'check', file, '--format', 'json'])
    expect(machine.code).toBe(1)
    expect(JSON.parse(machine.stdout)).toMatchObject([{ code: 'UNKNOWN_ACTION', line: 8, severity: 'error' }])
    const hosts = await trae(['playbook', 'check', file, '--format', 'sarif'])
    expect(hosts.code).toBe(1)
    const { version, runs } = JSON.parse(hosts.stdout) as { version: string; runs: SarifRun[] }
    expect(version).toBe('2.1.0')
    const [result] = runs[0]!.results
    expect(result).toMatchObject({ ruleId: 'UNKNOWN_ACTION', level: 'error' })
    expect(result!.locations[0]!.physicalLocation.region).toMatchObject({ startLine: 8, startColumn: 11 })
    expect(runs[0]!.tool.driver.rules[result!.ruleIndex]!.id).toBe('UNKNOWN_ACTION')
  })

  it('says which file cannot be read', async () => {
    expect(await trae(['playbook', 'check', 'nowhere.yaml'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nowhere.yaml cannot be read'),
    })
  })
})

describe('trae build', () => {
  it('does nothing where nothing has changed', async () => {
    await trae(['build', '--quiet'])
    const { code, stdout } = await trae(['build', '--json'])
    const parts = JSON.parse(stdout) as { part: string; outcome: string; milliseconds: number }[]
    expect(code).toBe(0)
    expect(parts.map(({ part, outcome }) => [part, outcome])).toEqual([
      ['plugins', 'fresh'],
      ['admin-ui', 'fresh'],
      ['seed', 'fresh'],
      ['packages', 'fresh'],
    ])
  })
})

describe('trae plugin build', () => {
  it('makes a package where it is told to, and never over the source', async () => {
    const out = join(await temporaryFolder(), 'package')
    const { code, stdout } = await trae(['plugin', 'build', 'plugins/mailbox', '--out', out, '--json'])
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { id: 'mailbox', out }])
    expect(JSON.parse(await readFile(join(out, 'plugin.json'), 'utf8'))).toMatchObject({ id: 'mailbox' })
    expect(await trae(['plugin', 'build', 'plugins/mailbox', '--out', ROOT])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('would be emptied'),
    })
  })
})

describe('trae doctor', () => {
  interface Report {
    readonly ok: boolean
    readonly findings: readonly {
      readonly name: string
      readonly status: string
      readonly message: string
      readonly todo?: string
    }[]
  }

  it('finds this installation ready', async () => {
    const { code, stdout } = await trae(['doctor', '--json'], {
      env: { TRAE_DATA_DIR: join(await temporaryFolder(), 'data') },
    })
    const { ok, findings } = JSON.parse(stdout) as Report
    expect(findings.filter(({ status }) => status === 'fail')).toEqual([])
    expect([code, ok]).toEqual([0, true])
    expect(findings.map(({ name }) => name)).toEqual([
      'node',
      'sandbox',
      'plugins',
      'admin UI',
      'first start',
      'quick start',
      'environment',
      'data',
      'database',
      'wall',
      'port',
      'mailbox',
      'postgres',
      'redis',
    ])
  })

  it('says what to do about a database that is away, and about a variable that is wrong', async () => {
    const away = await trae(['doctor', '--json'], {
      env: {
        DATABASE_URL: 'postgres://trae:secret@127.0.0.1:9/trae',
        TRAE_DATA_DIR: join(ROOT, 'package.json', 'data'),
      },
    })
    const { ok, findings } = JSON.parse(away.stdout) as Report
    expect([away.code, ok]).toEqual([1, false])
    expect(findings.filter(({ status }) => status === 'fail').map(({ name }) => name)).toEqual(['data', 'database'])
    expect(findings.find(({ name }) => name === 'database')?.todo).toContain('DATABASE_URL')
    expect(away.stdout).not.toContain('secret')
    const { host } = new URL(REDIS)
    const strange = await trae(['doctor', '--json'], { env: { REDIS_URL: `redis://nobody:geheim@${host}` } })
    expect((JSON.parse(strange.stdout) as Report).findings.find(({ name }) => name === 'redis')).toMatchObject({
      status: 'warn',
      message: expect.stringMatching(/^Redis at .* cannot be used: WRONGPASS/),
      todo: expect.stringContaining('REDIS_URL'),
    })
    expect(strange.stdout).not.toContain('geheim')
    const wrong = await trae(['doctor'], { env: { TRAE_PORT: 'eight' } })
    expect([wrong.code, wrong.stdout]).toEqual([1, expect.stringMatching(/^fail {2}environment .*\n {2}TRAE_PORT/m)])
  })
})

/** The part of SARIF that is read here. */
interface SarifRun {
  readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } }
  readonly results: readonly {
    readonly ruleIndex: number
    readonly locations: readonly { readonly physicalLocation: { readonly region: object } }[]
  }[]
}
