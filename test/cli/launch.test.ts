import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { REDIS } from '../support/redis.ts'
import { ROOT, startTrae, temporaryFolder, trae } from './trae.ts'

/** A host is started, maybe twice, on a machine that may be busy. */
const PATIENCE = { timeout: 120_000 }

describe('the launcher', PATIENCE, () => {
  it('runs on an older Node by handing over to its own, with the exit code of the program', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string }
    expect(await trae(['--version'], { oldNode: true })).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' })
    expect(await trae(['nonsense'], { oldNode: true })).toMatchObject({ code: 2, stdout: '' })
  })

  it('says npm ci where the dependencies are missing', async () => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, 'core/cli'), { recursive: true })
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    const launcher = join(folder, 'core/cli/launch.js')
    await copyFile(join(ROOT, 'core/cli/launch.js'), launcher)
    expect(await trae(['start'], { launcher })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'The dependencies of TRAE OS are not installed. Run: npm ci\n',
    })
    await mkdir(join(folder, 'node_modules/zod'), { recursive: true })
    const withoutNode = await trae(['start'], { launcher, oldNode: true })
    expect(withoutNode.stderr).toMatch(/^TRAE OS needs Node 24\.12 or later; this is .* Run: npm ci\n$/)
  })

  it('starts a program that shares with others over Redis', async () => {
    const host = startTrae(['start', '--json'], { env: { TRAE_DATA_DIR: await temporaryFolder(), REDIS_URL: REDIS } })
    await host.until('"ready":true')
    host.process.kill('SIGTERM')
    await once(host.process, 'exit')
  })

  it('leaves no program behind when it is killed', async () => {
    const dataDir = await temporaryFolder()
    const host = startTrae(['start', '--json'], { oldNode: true, env: { TRAE_DATA_DIR: dataDir } })
    await host.until('"ready":true')
    const { pid } = JSON.parse(await readFile(join(dataDir, 'host.json'), 'utf8')) as { pid: number }
    expect(pid).not.toBe(host.process.pid)
    host.process.kill('SIGKILL')
    for (let tries = 0; isRunning(await state(pid)) && tries < 100; tries++) await delay(50)
    expect(isRunning(await state(pid))).toBe(false)
  })
})

describe('npm start', PATIENCE, () => {
  it('ends the host when npm is told to end, though the shell between them passes nothing on', async () => {
    const dataDir = await temporaryFolder()
    const env = {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      npm_lifecycle_event: 'start',
      TRAE_PORT: '0',
      TRAE_DATA_DIR: dataDir,
    }
    const command = `"${process.execPath}" "${join(ROOT, 'core/cli/launch.js')}" start --json; true` // `; true` keeps the shell there
    const shell = spawn('/bin/sh', ['-c', command], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const lines: string[] = []
    for await (const line of createInterface(shell.stdout)) {
      lines.push(line)
      if (line.includes('"ready":true')) shell.kill('SIGTERM')
    }
    expect(lines.at(-1)).toBe('{"stopped":true}') // stdout was closed by the host: it has drained and is gone
  })
})

/** The third field of proc(5)'s stat, undefined when there is no such process. */
async function state(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return stat?.slice(stat.lastIndexOf(')') + 2)[0]
}
const isRunning = (is: string | undefined) => is !== undefined && is !== 'Z'
