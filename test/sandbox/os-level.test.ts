import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { createLog } from '../../core/log.ts'
import { HOST_LIMITS } from '../../core/sandbox/limits.ts'
import { OS_LEVELS } from '../../core/sandbox/os-level.ts'
import { RunnerProcess, startRunner } from '../../core/sandbox/runner-process.ts'
import { runnerPids } from './runner-pids.ts'

// What the kernel says of a runner at each level. A level that this machine does not offer says why, on stderr.

const log = createLog('silent')
const started: RunnerProcess[] = []
afterEach(() => Promise.all(started.splice(0).map(runner => runner.close())))

test.each(OS_LEVELS)('level $name', async level => {
  const runner = new RunnerProcess(level, HOST_LIMITS, log)
  started.push(runner)
  const works = await runner.ready.then(
    () => true,
    () => false,
  )
  if (!works) return expect(runner.stderr).not.toBe('')
  const [pid] = runnerPids()
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const limits = readFileSync(`/proc/${pid}/limits`, 'utf8')
  const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean)
  expect(environment.filter(entry => !/^(PWD|OLDPWD|SHLVL|_)=/.test(entry))).toEqual([])
  expect(readlinkSync(`/proc/${pid}/cwd`)).toBe(readlinkSync(`/proc/${pid}/root`))
  expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain('--jitless\0--no-node-snapshot')
  expect(readdirSync(`/proc/${pid}/fd`).length).toBeLessThan(40)
  if (level.name.startsWith('0')) return
  expect(limits).toMatch(/Max data size +419430400 +419430400/)
  expect(limits).toMatch(/Max core file size +0 +0/)
  if (level.name.startsWith('1')) return
  expect(status).toMatch(/CapEff:\s+0{16}\nCapBnd:\s+0{16}/)
  expect(status).toMatch(/NoNewPrivs:\s+1/)
  const interfaces = readFileSync(`/proc/${pid}/net/dev`, 'utf8').match(/^ *\w+:/gm)
  expect(interfaces?.map(name => name.trim())).toEqual(['lo:'])
  if (level.name.startsWith('2 without')) return
  const tree = readdirSync(`/proc/${pid}/root`)
  const needed = [process.execPath, import.meta.filename].map(path => path.split('/')[1]) // it may stand in one of them
  const hidden = ['etc', 'home', 'root', 'var', 'tmp', 'dev', 'mnt'].filter(folder => !needed.includes(folder))
  expect(tree.filter(folder => hidden.includes(folder))).toEqual([])
  expect(readdirSync(`/proc/${pid}/root/proc`)).toEqual(['self'])
  expect(readdirSync(`/proc/${pid}/root/proc/self`)).toEqual(['stat'])
  const core = new URL('../../core', import.meta.url).pathname
  expect(readdirSync(`/proc/${pid}/root${core}`)).toEqual(['sandbox'])
  const mounts = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').trim().split('\n')
  const inside = mounts.map(line => line.split(' ')).filter(([, , , , place]) => place?.startsWith(`${core}/`))
  expect(inside.map(([, , , , , options]) => options?.split(',')[0])).toEqual(['ro'])
})

test('the first level that works is taken', async () => {
  const broken = { name: 'broken', command: () => ['/bin/sh', '-c', 'echo no such thing >&2; exit 1'] as const }
  const missing = { name: 'missing', command: () => ['/nonexistent/program'] as const }
  const last = OS_LEVELS.at(-1)!
  const runner = await startRunner([broken, missing, last], HOST_LIMITS, log)
  started.push(runner)
  expect(runner.level).toBe(last)
  await expect(startRunner([missing, broken], HOST_LIMITS, log)).rejects.toMatchObject({
    code: 'CRASHED',
    message: expect.stringContaining('no such thing'),
  })
})
