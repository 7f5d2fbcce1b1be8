import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openFarSide } from '../plugins/far-side.ts'
import { packVendor } from '../credentials/vendor-world.ts'
import { startTrae, temporaryFolder, trae } from './trae.ts'

const SECRET = 'sk-live-4f9d81c2'

describe('trae credential', { timeout: 120_000 }, () => {
  it('connects an account with a secret that is never on the command line, tests and forgets it', async () => {
    const far = await openFarSide(['api.example.com'], (_request, response) => response.end())
    const dataDir = await temporaryFolder()
    const env = { TRAE_DATA_DIR: dataDir, TRAE_PLAYBOOKS_DIR: await temporaryFolder() }
    const host = startTrae(['start', '--json'], { env })
    await host.until('\n')
    const plugin = join(await temporaryFolder(), 'vendor')
    await packVendor(plugin, far.port)
    expect(await trae(['plugin', 'install', plugin, '--yes'], { env })).toMatchObject({ code: 0 })

    const list = await trae(['credential', 'list', 'vendor'], { env })
    expect(list.stdout).toMatch(/vendor key +Key: not connected\n/)
    expect(await trae(['credential', 'test', 'vendor', 'key'], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('vendor key is not connected'),
    })
    const refused = await trae(['credential', 'connect', 'vendor', 'key', '--field', `apiKey=${SECRET}`], { env })
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('must not stand on the command line') })
    expect(refused.stderr).not.toContain(SECRET)
    expect(await trae(['credential', 'connect', 'vendor', 'kee'], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('did you mean key?'),
    })
    expect(await trae(['credential', 'connect', 'vendor', 'key'], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('needs region, apiKey'),
    })

    const connect = ['credential', 'connect', 'vendor', 'key', '--field', 'region=sa-east']
    const fromEnvironment = await trae([...connect, '--env', 'apiKey=MY_KEY'], { env: { ...env, MY_KEY: SECRET } })
    expect(fromEnvironment).toMatchObject({ code: 0, stdout: expect.stringContaining('Key is connected') })
    const fromStdin = await trae([...connect, '--stdin', '--json'], { env, stdin: `${SECRET}\n` })
    expect(JSON.parse(fromStdin.stdout)).toMatchObject({ status: 'CONNECTED' })
    const object = await trae(['credential', 'connect', 'vendor', 'pair', '--stdin'], {
      env,
      stdin: JSON.stringify({ user: 'ana', password: SECRET }),
    })
    expect(object).toMatchObject({ code: 0 })
    const broken = await trae(['credential', 'connect', 'vendor', 'pair', '--stdin'], { env, stdin: `{"x": ${SECRET}` })
    expect(broken).toMatchObject({ code: 2 })
    const signIn = await trae(
      ['credential', 'connect', 'vendor', 'signed-in', '--field', 'clientId=me', '--env', 'clientSecret=MY_KEY'],
      { env: { ...env, MY_KEY: SECRET } },
    )
    expect(signIn).toMatchObject({ code: 0, stdout: expect.stringContaining('https://auth.example.com/authorize?') })

    const after = await trae(['credential', 'list', '--json'], { env })
    expect(JSON.parse(after.stdout)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          key: 'key',
          credential: expect.objectContaining({ status: 'CONNECTED', publicFields: { region: 'sa-east' } }),
        }),
      ]),
    )
    // The vendor is at a private address here, which this host may not reach: the test says so
    const tested = await trae(['credential', 'test', 'vendor', 'key'], { env })
    expect(tested).toMatchObject({ code: 1, stderr: expect.stringContaining('api.example.com') })
    const second = await trae([...connect, '--account', 'sales', '--env', 'apiKey=MY_KEY'], {
      env: { ...env, MY_KEY: SECRET },
    })
    expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining('Key is connected as sales') })
    expect((await trae(['credential', 'list', 'vendor'], { env })).stdout).toMatch(
      /vendor key main +Key: connected, the default\n +vendor key sales +Key: connected\n/,
    )
    expect(await trae(['credential', 'rename', 'vendor', 'sale', 'brazil'], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('did you mean sales?'),
    })
    expect(await trae(['credential', 'rename', 'vendor', 'sales', 'brazil'], { env })).toMatchObject({ code: 0 })
    expect(await trae(['credential', 'make-default', 'vendor', 'brazil'], { env })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('vendor uses brazil'),
    })
    const gone = await trae(['credential', 'disconnect', 'vendor', 'key', '--account', 'sales'], { env })
    expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('There is: main, brazil.') })
    expect(await trae(['credential', 'disconnect', 'vendor', 'key'], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Make main the default first'),
    })
    expect(await trae(['credential', 'make-default', 'vendor', 'main'], { env })).toMatchObject({ code: 0 })
    expect(await trae(['credential', 'disconnect', 'vendor', 'key', '--account', 'brazil'], { env })).toMatchObject({
      code: 0,
    })
    expect(await trae(['credential', 'disconnect', 'vendor', 'key'], { env })).toMatchObject({ code: 0 })
    expect((await trae(['credential', 'list', 'vendor'], { env })).stdout).toMatch(/vendor key +Key: not connected/)

    const all = [fromEnvironment, fromStdin, object, broken, signIn, after, tested]
    for (const { stdout, stderr } of all) expect(stdout + stderr).not.toContain(SECRET)
    host.process.kill('SIGTERM')
    const { stdout, stderr } = await host.ended
    expect(stdout + stderr).not.toContain(SECRET)
    await far.close()
  })
})
