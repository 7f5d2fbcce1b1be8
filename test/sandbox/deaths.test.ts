import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import type { HostLimits } from '../../core/sandbox/limits.ts'
import type { Sandbox } from '../../core/sandbox/sandbox.ts'
import type { HostOp } from '../../core/sandbox/call.ts'
import { act, failure, LIMITS, newSandbox, plugin } from './call-plugin.ts'
import { isAlive, runnerPids, until } from './runner-pids.ts'

const opened: Sandbox[] = []
function open(limits: Partial<HostLimits> = {}): Sandbox {
  const sandbox = newSandbox({ idleMs: 300, ...limits })
  opened.push(sandbox)
  return sandbox
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map(sandbox => sandbox.close()))
  expect(runnerPids()).toEqual([])
})

/** A host whose effects are counted, and that can be made to wait. */
function effects() {
  const done: unknown[] = []
  let release = () => {}
  const gate = new Promise<void>(resolve => (release = resolve))
  const host = async (op: HostOp, argument: unknown) => {
    if (op === 'log') return done.push(argument)
    const { verb, argument: given } = argument as { verb: string; argument: unknown }
    if (verb === 'wait') return gate
    done.push(given)
    return `did ${String(given)}`
  }
  return { done, host, release: () => release() }
}

const TWO_EFFECTS = `
  ctx.log.info('begun')
  const first = await ctx.records.messages.send('first ' + input)
  await ctx.records.messages.wait()
  return [first, await ctx.records.messages.send('second ' + input)]`

/** Memory that V8 ends the process over. */
const KILLER = plugin("return 'a'.repeat(1e8).split('').length")
const HUGE = { memoryMb: 64, cpuMs: 20_000, wallMs: 20_000 }

describe('when a runner dies', () => {
  test('its calls are replayed, and nothing they did is done again', async () => {
    const sandbox = open()
    const { done, host, release } = effects()
    const calls = [1, 2, 3].map(n => act(sandbox, plugin(TWO_EFFECTS), n, { host, workspaceId: `w${n}` }))
    await until(() => done.length === 6, 'all first effects are done')
    process.kill(runnerPids()[0]!, 'SIGKILL')
    await until(() => runnerPids().length > 0, 'a runner is started for the replay')
    release()
    expect(await Promise.all(calls)).toEqual([1, 2, 3].map(n => [`did first ${n}`, `did second ${n}`]))
    const begun = { level: 'info', message: 'begun' }
    expect(done.length).toBe(9)
    expect(done).toEqual(
      expect.arrayContaining([begun, 'first 1', 'first 2', 'first 3', 'second 1', 'second 2', 'second 3']),
    )
  })

  test('an answer that comes after the death reaches the replay', async () => {
    const sandbox = open()
    let answer: (response: unknown) => void = () => {}
    let asked = 0
    const host = async () => new Promise(resolve => ((answer = resolve), asked++))
    const call = act(
      sandbox,
      plugin("return ctx.fetch('https://example.com', { method: 'POST' }).then(r => r.text())"),
      null,
      { host },
    )
    await until(() => asked === 1, 'the request is sent')
    process.kill(runnerPids()[0]!, 'SIGKILL')
    await until(() => runnerPids().length > 0, 'a runner is started for the replay')
    answer({ status: 200, headers: {}, body: 'sent once' })
    expect(await call).toBe('sent once')
    expect(asked).toBe(1)
  })

  test('a replay that would do something else ends as UNKNOWN_OUTCOME', async () => {
    const sandbox = open()
    const { done, host } = effects()
    const code = plugin('await ctx.records.messages.send(crypto.randomUUID()); await ctx.records.messages.wait()')
    const call = failure(act(sandbox, code, null, { host }))
    await until(() => done.length === 1, 'the effect is done')
    process.kill(runnerPids()[0]!, 'SIGKILL')
    expect(await call).toMatchObject({ code: 'UNKNOWN_OUTCOME', retryable: false })
    expect(done.length).toBe(1)
  })

  test('a replay may read something else', async () => {
    const sandbox = open()
    let asked = 0
    const host = async () => (++asked === 2 ? new Promise(() => {}) : { status: 200, headers: {}, body: String(asked) })
    const code = plugin(`
      const get = () => ctx.fetch('https://example.com/?' + crypto.randomUUID()).then(r => r.text())
      return [await get(), await get()]`)
    const call = act(sandbox, code, null, { host })
    await until(() => asked === 2, 'the second request is waited for')
    process.kill(runnerPids()[0]!, 'SIGKILL')
    expect(await call).toEqual(['3', '4'])
  })

  test('the one who killed it is found, alone; the innocent do not notice', async () => {
    const sandbox = open()
    const { done, host, release } = effects()
    const innocent = [1, 2, 3].map(n => act(sandbox, plugin(TWO_EFFECTS), n, { host, workspaceId: `w${n}` }))
    await until(() => done.length === 6, 'all first effects are done')
    const guilty = failure(act(sandbox, KILLER, null, { workspaceId: 'hostile', limits: HUGE }))
    expect(await guilty).toMatchObject({ code: 'MEMORY', retryable: false })
    release()
    expect(await Promise.all(innocent)).toEqual([1, 2, 3].map(n => [`did first ${n}`, `did second ${n}`]))
    expect(done.length).toBe(9)
  })

  test('who killed once is called apart from the others, for a while', async () => {
    const sandbox = open({ quarantineMs: 60_000 })
    const code = plugin("if (input === 'die') return 'a'.repeat(1e8).split('').length; return input")
    await act(sandbox, plugin('return 1'))
    expect(await failure(act(sandbox, code, 'die', { limits: HUGE }))).toMatchObject({ code: 'MEMORY' })
    await act(sandbox, plugin('return 1'))
    const [shared] = runnerPids()
    expect(await failure(act(sandbox, code, 'die', { limits: HUGE }))).toMatchObject({ code: 'MEMORY' })
    expect(runnerPids()).toContain(shared) // it died elsewhere
    expect(await act(sandbox, code, 'live')).toBe('live')
    await until(() => runnerPids().length === 1, 'the runner of the quarantine is ended when idle')
  })

  test('a call that was moved to quarantine still obeys its clock and its signal', async () => {
    const sandbox = open()
    const hang = plugin('await ctx.records.messages.wait(); return new Promise(() => {})')
    const { host } = effects()
    await act(sandbox, plugin('return 1'))
    const abort = new AbortController()
    const timed = failure(act(sandbox, hang, 1, { host, workspaceId: 'w1', limits: { ...HUGE, wallMs: 1_000 } }))
    const aborted = failure(act(sandbox, hang, 2, { host, workspaceId: 'w2', signal: abort.signal }))
    await new Promise(resolve => setTimeout(resolve, 100))
    process.kill(runnerPids()[0]!, 'SIGKILL')
    await until(() => runnerPids().length >= 2, 'both are tried alone')
    await new Promise(resolve => setTimeout(resolve, 300))
    abort.abort()
    expect(await aborted).toMatchObject({ code: 'CANCELLED' })
    expect(await timed).toMatchObject({ code: 'TIMEOUT' })
    await until(() => runnerPids().length === 0, 'the quarantine is empty, so its runners are ended')
    expect(await act(sandbox, hang, 3, { limits: { ...HUGE, wallMs: 1_000 } }).catch(() => 'stopped')).toBe('stopped')
  })

  test('a standby takes over', async () => {
    const sandbox = open({ standby: true })
    await act(sandbox, plugin('return 1'))
    await until(() => runnerPids().length === 2, 'the standby is started')
    const before = runnerPids()
    process.kill(before[0]!, 'SIGKILL')
    await until(() => !isAlive(before[0]!), 'it is dead')
    expect(await act(sandbox, plugin('return 2'))).toBe(2)
    await until(() => runnerPids().length === 2, 'there is a new standby')
  })
})

describe('a call that is stopped', () => {
  test('by its neighbour in the same isolate is replayed, and nothing it did is done again', async () => {
    const sandbox = open()
    const { done, host, release } = effects()
    const code = plugin(`if (input === 'loop') for (;;); ${TWO_EFFECTS}`)
    const sibling = act(sandbox, code, 1, { host })
    await until(() => done.length === 2, 'its first effect is done')
    const limits = { memoryMb: 64, cpuMs: 100, wallMs: 5_000 }
    expect(await failure(act(sandbox, code, 'loop', { limits, host }))).toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('100 ms of CPU'),
    })
    release()
    expect(await sibling).toEqual(['did first 1', 'did second 1'])
    expect(done.length).toBe(3)
    expect(runnerPids().length).toBe(1) // no process had to die for it
  })

  test('for the CPU it took is stopped long before its wall clock', async () => {
    const sandbox = open()
    const turns = plugin('for (;;) { for (let i = 0; i < 100_000; i++); await ctx.storage.get("k") }')
    for (const code of [plugin('for (;;);'), turns]) {
      const start = performance.now()
      const limits = { memoryMb: 64, cpuMs: 500, wallMs: 60_000 }
      const message = expect.stringContaining('500 ms of CPU')
      expect(await failure(act(sandbox, code, null, { limits }))).toMatchObject({ code: 'TIMEOUT', message })
      expect(performance.now() - start).toBeLessThan(3_500)
    }
  })

  test('for the CPU it took is stopped also when it slept until nobody was watching', async () => {
    const sandbox = open({ isolateIdleMs: 100 })
    const code = plugin('await new Promise(wake => setTimeout(wake, 500)); for (;;);')
    const limits = { memoryMb: 64, cpuMs: 200, wallMs: 60_000 }
    const message = expect.stringContaining('200 ms of CPU')
    expect(await failure(act(sandbox, code, null, { limits }))).toMatchObject({ code: 'TIMEOUT', message })
  })

  test('by its wall clock lets its neighbours in the same isolate go on', async () => {
    const sandbox = open()
    const { done, host, release } = effects()
    const limits = { memoryMb: 64, cpuMs: 1_000, wallMs: 150 }
    const code = plugin(`if (input === 'hang') return new Promise(() => {}); ${TWO_EFFECTS}`)
    const sibling = act(sandbox, code, 1, { host })
    await until(() => done.length === 2, 'its first effect is done')
    expect(await failure(act(sandbox, code, 'hang', { limits, host }))).toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('150 ms'),
    })
    release()
    expect(await sibling).toEqual(['did first 1', 'did second 1'])
    expect(done.length).toBe(3)
  })

  test('by its signal rejects at once, waiting, running or not yet begun', async () => {
    const sandbox = open({ callsPerPlugin: 1 })
    await act(sandbox, plugin('return 1'))
    const loop = plugin('for (;;);')
    const running = new AbortController()
    const waiting = new AbortController()
    const first = failure(act(sandbox, loop, null, { signal: running.signal }))
    const second = failure(act(sandbox, loop, null, { signal: waiting.signal }))
    expect(await failure(act(sandbox, loop, null, { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'CANCELLED',
    })
    waiting.abort()
    expect(await second).toMatchObject({ code: 'CANCELLED' })
    running.abort()
    expect(await first).toMatchObject({ code: 'CANCELLED' })
    expect(await act(sandbox, plugin('return 2'))).toBe(2)
  })
})

describe('too many calls', () => {
  test('of one plugin are BUSY, while another is served', async () => {
    const sandbox = open({ callsPerPlugin: 2, queuePerPlugin: 3 })
    const { host, release } = effects()
    const slow = plugin('await ctx.records.messages.wait(); return input')
    const calls = Array.from({ length: 10 }, (_, n) =>
      act(sandbox, slow, n, { host }).catch((error: { code: string }) => error.code),
    )
    expect(await act(sandbox, plugin('return "served"'), null, { workspaceId: 'other' })).toBe('served')
    release()
    expect((await Promise.all(calls)).sort()).toEqual([0, 1, 2, 3, 4, 'BUSY', 'BUSY', 'BUSY', 'BUSY', 'BUSY'])
  })

  test('at once, for a plugin that wants one at a time, wait for each other; another plugin does not', async () => {
    const sandbox = open()
    let [now, most] = [0, 0]
    const gates: (() => void)[] = []
    const host = () => {
      most = Math.max(most, ++now)
      return new Promise<null>(resolve =>
        gates.push(() => {
          now--
          resolve(null)
        }),
      )
    }
    const limits = { ...LIMITS, concurrency: 1 }
    const slow = plugin('await ctx.records.messages.wait(); return input')
    const calls = [1, 2, 3].map(n => act(sandbox, slow, n, { host, limits }))
    const others = ['a', 'b'].map(workspaceId => act(sandbox, slow, workspaceId, { workspaceId }))
    expect(await Promise.all([...others, act(sandbox, plugin('return 1'))])).toEqual(['a', 'b', 1])
    for (let n = 0; n < 3; n++) {
      await until(() => gates.length > n, `call ${n + 1} has begun`)
      gates[n]!()
    }
    expect(await Promise.all(calls)).toEqual([1, 2, 3])
    expect(most).toBe(1)
  })

  test('do not wait for ever', async () => {
    const sandbox = open({ callsPerPlugin: 1, queueMs: 1_500 })
    const { host, release } = effects()
    const slow = plugin('await ctx.records.messages.wait()')
    await act(sandbox, plugin('return 1'))
    const first = act(sandbox, slow, null, { host })
    expect(await failure(act(sandbox, slow, null, { host }))).toMatchObject({
      code: 'BUSY',
      retryable: true,
      message: expect.stringContaining('1500 ms'),
    })
    release()
    await first
  })
})

describe('nothing is left behind', () => {
  test('by close(), also with calls in flight and while a runner is starting', async () => {
    const sandbox = open()
    await act(sandbox, plugin('return 1'))
    const loop = failure(act(sandbox, plugin('for (;;);')))
    const inspecting = failure(sandbox.inspect(plugin('for (;;);'), HUGE))
    await sandbox.close()
    expect([(await loop).code, (await inspecting).code]).toEqual(['UNAVAILABLE', 'UNAVAILABLE'])
    expect(runnerPids()).toEqual([])
    expect(await failure(act(sandbox, plugin('return 1')))).toMatchObject({ code: 'UNAVAILABLE' })
    const starting = open()
    const call = failure(act(starting, plugin('return 1')))
    await starting.close()
    expect(await call).toMatchObject({ code: 'UNAVAILABLE' })
  })

  test.each(['for (;;);', 'await new Promise(() => {})'])(
    'by a host that is killed under a call of: %s',
    async body => {
      const host = startHost(body)
      const [runner] = runnerPids((await said(host, 'started')).pid)
      expect(isAlive(runner!)).toBe(true)
      host.kill('SIGKILL')
      await until(() => !isAlive(runner!), 'the runner dies with its host')
    },
  )

  test('by a host that ends without close(), which an idle sandbox does not keep from ending', async () => {
    const host = startHost('return 1')
    const [runner] = runnerPids((await said(host, 'started')).pid)
    const [code] = (await once(host, 'exit')) as [number]
    expect(code).toBe(0)
    await until(() => !isAlive(runner!), 'the runner dies with its host')
  })
})

function startHost(body: string): ChildProcess {
  const file = fileURLToPath(new URL('host-process.ts', import.meta.url))
  return spawn(process.execPath, [file, body], { stdio: ['ignore', 'pipe', 'inherit'], env: { NO_COLOR: '1' } })
}

async function said(host: ChildProcess, line: string): Promise<ChildProcess> {
  let text = ''
  host.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await until(() => text.includes(line), `the host says ${line}`)
  return host
}

test('code whose calls are always ended by force is not called for a while; other code is', async () => {
  const sandbox = open({ breakerFailures: 3 })
  const endless = plugin('for (;;);')
  const budget = { memoryMb: 32, cpuMs: 50, wallMs: 20_000 }
  for (let call = 0; call < 3; call++)
    expect(await failure(act(sandbox, endless, null, { limits: budget }))).toMatchObject({ code: 'TIMEOUT' })
  expect(await failure(act(sandbox, endless, null, { limits: budget }))).toMatchObject({ code: 'BUSY', retryAfter: 60 })
  expect(await act(sandbox, plugin('return input'), 'well')).toBe('well')
})
