import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startTrae, temporaryFolder, trae } from './trae.ts'

describe('the kit of a plugin author on the command line', { timeout: 180_000 }, () => {
  it('makes a plugin, checks it, packs it and says what would be published', async () => {
    const cwd = await temporaryFolder()
    const plugin = (...args: string[]) => trae(['plugin', ...args], { cwd })

    expect(await plugin('new', 'hello-there')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('trae plugin check hello-there'),
    })
    expect(await plugin('test', 'hello-there')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('2 of 2 tests passed.'),
    })
    expect(await plugin('check', 'hello-there', '--strict')).toMatchObject({
      code: 0,
      stdout: 'hello-there 0.1.0 can be installed. It asks for no permission.\n',
    })
    expect((await plugin('pack', 'hello-there')).stdout).toContain('trae-plugin-hello-there 0.1.0, ')
    expect((await plugin('publish', 'hello-there', '--dry-run')).stdout).toContain('Nothing was published.')
    expect(await plugin('publish', 'hello-there')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('npm publish ./<name>-<version>.tgz'),
    })

    const index = join(cwd, 'hello-there/index.ts')
    await writeFile(index, (await readFile(index, 'utf8')).replace("'^0'", "'^9'"))
    const wrong = await plugin('check', 'hello-there', '--json')
    expect(wrong.code).toBe(1)
    expect(JSON.parse(wrong.stdout)).toMatchObject({
      ok: false,
      findings: [{ kind: 'problem', file: 'index.ts', line: 10, message: expect.stringContaining('engine: ') }],
    })
    expect(await plugin('pack', 'hello-there', '--out', 'packed')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('hello-there/index.ts:10: problem: engine: '),
      stderr: expect.stringContaining('nothing was packed'),
    })
    expect((await readdir(cwd)).sort()).toEqual(['hello-there', 'trae-plugin-hello-there-0.1.0.tgz'])
  })

  it('says which test of a plugin fails, where and why', async () => {
    const cwd = await temporaryFolder()
    await trae(['plugin', 'new', 'hello'], { cwd })
    const file = join(cwd, 'hello/test/greet.test.ts')
    await writeFile(file, (await readFile(file, 'utf8')).replace('Olá, Ana!', 'Oi!'))
    const failed = await trae(['plugin', 'test', 'hello', '--json'], { cwd })
    expect(failed.code).toBe(1)
    expect(JSON.parse(failed.stdout)).toMatchObject({
      ok: false,
      tests: [
        { name: 'greets in the language of the lead', passed: false, line: 7, message: expect.stringContaining('Oi!') },
        { name: 'takes no empty name', passed: true },
      ],
    })
    expect(await trae(['plugin', 'test', 'hello', '--only', 'empty'], { cwd })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 of 1 tests passed.'),
    })
    expect(await trae(['plugin', 'test', 'hello', '--only', 'nothing'], { cwd })).toMatchObject({ code: 1 })
    expect(await trae(['plugin', 'test', '.', '--only', '('], { cwd: join(cwd, 'hello/actions') })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('holds no tests'),
    })
  })

  it('refuses a bad, a reserved and a taken id, and a folder that is not empty, and writes nothing', async () => {
    const cwd = await temporaryFolder()
    await writeFile(join(cwd, 'mine'), 'mine')
    for (const [args, told] of [
      [['Hello'], 'an id is written in lower case letters'],
      [['../up'], 'an id is written in lower case letters'],
      [['email'], 'is the name of a service'],
      [['sdr'], 'sdr is a plugin that comes with TRAE OS'],
      [['hello', '--out', '.'], 'is not empty: it holds mine'],
      [['hello', '--out', 'mine'], 'is no folder that can be written to (ENOTDIR)'],
    ] as const)
      expect(await trae(['plugin', 'new', ...args], { cwd })).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(told),
      })
    expect(await readdir(cwd)).toEqual(['mine'])
  })

  it('brings a plugin into the running host after every change, and asks when it wants more', async () => {
    const env = { TRAE_DATA_DIR: await temporaryFolder() }
    const cwd = await temporaryFolder()
    await startTrae(['start', '--json'], { env }).until('\n')
    await trae(['plugin', 'new', 'hello'], { cwd })
    const index = join(cwd, 'hello/index.ts')
    const edit = async (from: string, to: string) =>
      writeFile(
        index,
        (await readFile(index, 'utf8')).replace(from, () => to),
      )
    const list = async () => (await trae(['plugin', 'list'], { env })).stdout

    const unasked = startTrae(['plugin', 'dev', 'hello'], { cwd, env })
    await unasked.until('Nobody can be asked here')
    expect(await list()).not.toContain('hello')
    unasked.process.kill('SIGINT')
    expect((await unasked.ended).code).toBe(0)

    const first = startTrae(['plugin', 'dev', 'hello', '--yes'], { cwd, env })
    await first.until('hello 0.1.0 is installed.')
    await edit("'0.1.0'", "'0.1.1'")
    await first.until('hello 0.1.1 is reloaded.')
    await edit("'0.1.1',", "'0.1.2',,")
    await first.until('index.ts:8:') // and it goes on
    await edit("'0.1.2',,", "'0.1.2',")
    await first.until('hello 0.1.2 is reloaded.')
    expect(await list()).toContain('hello 0.1.2')
    first.process.kill('SIGINT')
    expect((await first.ended).code).toBe(0)

    const second = startTrae(['plugin', 'dev', 'hello'], { cwd, env })
    await second.until('hello 0.1.2 is as it was.')
    await edit('permissions: {}', "permissions: { storage: { bytes: 1000, reason: 'To remember.' } }")
    await second.until('Nobody can be asked here')
    await edit("'0.1.2'", "'0.1.3'")
    await edit("permissions: { storage: { bytes: 1000, reason: 'To remember.' } }", 'permissions: {}')
    expect(await second.until('hello 0.1.3 is reloaded.')).toContain('is more than 0.1.2 may')
    await edit('permissions: {}', 'permissions: {}, limits: { memoryMb: 128 }')
    await second.until('use up to 128 MB of memory')
    await edit(', limits: { memoryMb: 128 }', '')
    await second.until('hello 0.1.3 is as it was.') // so it did not take the other
  })
})
