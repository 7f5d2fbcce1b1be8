import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startTrae, temporaryFolder, trae } from './trae.ts'

/** A host is started, maybe twice, on a machine that may be busy. */
const PATIENCE = { timeout: 120_000 }

describe('commands that go through the running host', PATIENCE, () => {
  it('hand in a lead, watch its run, list plugins: on this machine without a password', async () => {
    const env = { TRAE_DATA_DIR: await temporaryFolder() }
    const host = startTrae(['start', '--json'], { env })
    const said = await host.until('\n')
    const { url, owner } = JSON.parse(said) as { url: string; owner: { email: string; password: string } }

    const added = await trae(['lead', 'add', '--name', 'Ana Souza', '--email', 'ana@example.com', '--json'], { env })
    expect(JSON.parse(added.stdout)).toMatchObject({
      lead: { name: 'Ana Souza', email: 'ana@example.com' },
      known: false,
    })
    expect(await trae(['lead', 'add', '--name', 'Ana', '--email', 'not an address'], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('email'),
    })

    const event = {
      lead: { name: 'Bruno Dias', email: 'bruno@empresa.com.br', company: 'Empresa SA', jobTitle: 'CEO' },
    }
    const run = await trae(['playbook', 'run', 'qualify-lead', '--event', JSON.stringify(event)], { env })
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).toContain('✓ Pontuar (score')
    expect(run.stdout).toContain(`${url}/admin/runs/`)

    const runId = /admin\/runs\/(\S+)/.exec(run.stdout)![1]!
    const shown = await trae(['run', 'show', runId], { env })
    expect(shown).toMatchObject({ code: 0, stderr: '' })
    expect(shown.stdout).toMatch(/✓ Pontuar[^]*: queue .*, start .*, execute .*, persist .*, wait .*\n/)
    const listed = await trae(['run', 'list', '--playbook', 'qualify-lead', '--lead', 'bruno@empresa.com.br'], { env })
    expect(listed).toMatchObject({ code: 0, stderr: '' })
    expect(listed.stdout).toContain(`${runId}  `)
    const made = await trae(['playbook', 'test-from-run', runId], { env })
    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(made.stdout).toMatch(/^# Made from a run[^]*type: lead\.captured[^]*- run: completed/)
    expect(made.stdout).not.toContain('Bruno')

    const simulated = await trae(['playbook', 'simulate', 'playbooks/qualify-lead.yaml', '--since', '1d', '--json'], {
      env,
    })
    expect(simulated).toMatchObject({ code: 0, stderr: '' })
    const { report } = JSON.parse(simulated.stdout) as { report: { events: number; effects: { difference: string }[] } }
    expect(report.events).toBeGreaterThanOrEqual(2)
    expect(new Set(report.effects.map(({ difference }) => difference))).toEqual(new Set(['SAME']))

    expect(await trae(['playbook', 'run', 'qualify-leed', '--lead', 'a@example.com'], { env })).toMatchObject({
      code: 1,
      stderr: `${url} has no playbook qualify-leed; did you mean qualify-lead?\n`,
    })
    expect(await trae(['playbook', 'run', 'handoff-to-closer', '--lead', 'a@example.com'], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no lead a@example\.com.*Nothing was done/),
    })
    const byHand = ['playbook', 'run', 'handoff-to-closer', '--lead', 'ana@example.com']
    expect(await trae([...byHand, '--input', 'days=3'], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no input "days".*Nothing was done/),
    })
    expect(await trae([...byHand, '--input', 'days'], { env })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--input is written as name=value, found "days"'),
    })
    const started = await trae([...byHand, '--json'], { env })
    expect(started.stdout, started.stderr).toContain('"playbook":{"slug":"handoff-to-closer"}')

    const folder = await temporaryFolder()
    const file = join(folder, 'hello.yaml')
    const text = (time: string) =>
      `id: hello\nname: Hello\nmodule: pre_vendas\ntriggers:\n  - event: hello.said\nsteps:\n  - id: pause\n    wait: ${time}\n`
    await writeFile(file, text('1d'))
    expect((await trae(['playbook', 'publish', file], { env })).stdout).toContain('hello: version 1 is in force')
    await writeFile(file, text('2d'))
    const preview = await trae(['playbook', 'publish', file, '--preview'], { env })
    expect(preview).toMatchObject({ code: 0, stderr: '' })
    expect(preview.stdout).toContain('Against version 1:\n  step changed: pause\nNo run is under way.')
    expect((await trae(['playbook', 'publish', file, '--in-flight', 'migrate'], { env })).stdout).toContain('version 2')
    const back = ['playbook', 'rollback', 'hello', '--to', '1', '--note', 'too long']
    expect((await trae(back, { env })).stdout).toContain('hello: version 3 is in force')
    const versions = await trae(['playbook', 'versions', 'hello'], { env })
    expect(versions.stdout).toMatch(/^ *3 \* .*, back to 1 +too long\n *2 [^]*\n *1 /)
    expect((await trae(['playbook', 'pause', 'hello'], { env })).stdout).toBe('hello is paused\n')
    expect((await trae(['playbook', 'resume', 'hello'], { env })).stdout).toBe('hello is active\n')

    const caller = join(await temporaryFolder(), 'caller.yaml')
    const calls = (slug: string) =>
      `id: caller\nname: Caller\nmodule: pre_vendas\ntriggers:\n  - event: caller.said\nsteps:\n  - uses: playbook/${slug}\n    onError: fail\n`
    await writeFile(caller, calls('hello'))
    const alone = await trae(['playbook', 'check', caller], { env })
    expect(alone).toMatchObject({ code: 1, stdout: expect.stringContaining('[UNKNOWN_PLAYBOOK]') })
    expect(alone.stdout).toContain('With --host it is what your host has.')
    expect((await trae(['playbook', 'check', '--host', caller], { env })).stdout).toContain('Caller is fine')
    await writeFile(caller, calls('helo'))
    expect(await trae(['playbook', 'check', '--host', caller], { env })).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /caller\.yaml:7:11: error: .*helo.*\[UNKNOWN_PLAYBOOK\][^]*did you mean playbook\/hello\?/,
      ),
    })

    const required = await trae(['playbook', 'require-tests', 'on', '--coverage', '50'], { env })
    expect(required).toMatchObject({
      code: 0,
      stdout: 'Playbooks are published only with tests that pass and take 50 % of their branches.\n',
    })
    await writeFile(file, text('3d'))
    expect((await trae(['playbook', 'publish', file, '--preview'], { env })).stdout).toContain(
      'The workspace asks for tests that pass and take 50 % of the branches: it has 0.',
    )
    expect(await trae(['playbook', 'publish', file], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('hello:1: It has no tests.'),
    })
    const tests = (at: string) =>
      writeFile(join(folder, 'hello.test.yaml'), `tests: [{ name: waits, expect: [{ step: pause, at: ${at} }] }]\n`)
    await tests('2d')
    expect(await trae(['playbook', 'publish', file], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('hello.test.yaml:1: The test "waits" fails. pause was over at 3d, expected 2d.'),
    })
    await tests('3d')
    expect((await trae(['playbook', 'publish', file], { env })).stdout).toContain('hello: version 4 is in force')
    expect((await trae(['playbook', 'require-tests', 'off'], { env })).code).toBe(0)
    expect((await trae(['playbook', 'require-tests'], { env })).stdout).toContain('without tests as well')
    expect((await trae(['playbook', 'require-tests', 'maybe'], { env })).code).toBe(2)

    await writeFile(file, text('soon'))
    expect(await trae(['playbook', 'publish', file], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('hello:8:11: error'),
    })

    const elsewhere = { TRAE_DATA_DIR: await temporaryFolder(), TRAE_URL: url }
    expect(await trae(['plugin', 'list'], { env: elsewhere })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('TRAE_EMAIL'),
    })
    const wrong = { ...elsewhere, TRAE_EMAIL: owner.email, TRAE_PASSWORD: 'not the password' }
    expect(await trae(['plugin', 'list'], { env: wrong })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('wrong'),
    })
    const { stdout } = await trae(['plugin', 'list'], { env: { ...wrong, TRAE_PASSWORD: owner.password } })
    expect(stdout).toMatch(/^Installed:\n[^]* sdr 1\.0\.0 +enabled: .*lead-scoring/)
  })
})
