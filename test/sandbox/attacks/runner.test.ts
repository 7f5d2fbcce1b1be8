import { afterEach, describe, expect, test } from 'vitest'
import { TraeError } from '../../../core/errors.ts'
import { createLog } from '../../../core/log.ts'
import { Invocation } from '../../../core/sandbox/invocation.ts'
import { Lane } from '../../../core/sandbox/lane.ts'
import { HOST_LIMITS } from '../../../core/sandbox/limits.ts'
import type { OsLevel } from '../../../core/sandbox/os-level.ts'
import { startRunner } from '../../../core/sandbox/runner-process.ts'
import { CONTEXT, failure, plugin } from '../call-plugin.ts'

// What if a plugin has broken out of its isolate and the runner is its own? Here the runner is a process that speaks the wire as
// an attacker would. The host must stay up, end it, hand nothing to anybody else, and every call must end.

/** A process that says HELLO and then does `script`: `say(kind, call, text)`, `raw(bytes)`, `onCall(call => …)`. */
function hostile(script: string): OsLevel {
  const source = `
    const { Socket } = require('node:net')
    const socket = new Socket({ fd: 3, readable: true, writable: true })
    const frame = (kind, call, text) => {
      const body = Buffer.from(text)
      const head = Buffer.alloc(9)
      head.writeUInt32BE(body.length + 5); head[4] = kind; head.writeUInt32BE(call, 5)
      return Buffer.concat([head, body])
    }
    const say = (kind, call, text) => socket.write(frame(kind, call, text))
    const raw = bytes => socket.write(Buffer.from(bytes))
    let each = () => {}
    const onCall = then => (each = then)
    let read = Buffer.alloc(0)
    socket.on('data', chunk => {
      read = Buffer.concat([read, chunk])
      while (read.length >= 4 && read.length >= 4 + read.readUInt32BE(0)) {
        if (read[4] === 1) each(read.readUInt32BE(5))
        read = read.subarray(4 + read.readUInt32BE(0))
      }
    })
    socket.on('close', () => process.exit())
    process.on('uncaughtException', () => {})
    say(5, 0, '')
    ${script}`
  return { name: 'hostile', command: () => [process.execPath, '--no-warnings', '-e', source] }
}

const lanes: Lane[] = []
afterEach(() => Promise.all(lanes.splice(0).map(lane => lane.close())))

/** A lane in front of such a runner, and calls into it. */
function open(script: string, limits: Partial<typeof HOST_LIMITS> = {}) {
  const log = createLog('silent')
  const all = { ...HOST_LIMITS, ...limits }
  const [asked, convicted, quarantined]: [unknown[], string[], Invocation[]] = [[], [], []]
  let started = 0
  let ids = 0
  const lane = new Lane(
    {
      limits: all,
      log,
      startRunner: () => (started++, startRunner([hostile(script)], all, log)),
      nextCallId: () => ++ids,
      quarantine: invocation => {
        quarantined.push(invocation)
        invocation.fail(new TraeError('CRASHED', 'to be tried alone'))
      },
      convicted: isolate => convicted.push(isolate),
    },
    false,
  )
  lanes.push(lane)
  const call = (workspaceId = 'mine', wallMs = 5_000) => {
    const invocation = new Invocation(
      {
        code: plugin('return 1'),
        workspaceId,
        entry: 'actions.act',
        input: '1',
        context: CONTEXT,
        limits: { memoryMb: 64, cpuMs: 500, wallMs },
        host: async (op, argument) => asked.push([workspaceId, op, argument]),
      },
      all,
      log,
    )
    lane.add(invocation)
    return invocation.promise
  }
  return { call, asked, convicted, quarantined, started: () => started }
}

describe('a runner that is the attacker’s', () => {
  test.each([
    ['announces a frame of four gigabytes', 'onCall(() => raw([255, 255, 255, 255, 8, 0, 0, 0, 1]))'],
    ['announces a frame of nothing', 'onCall(() => raw([0, 0, 0, 0, 0, 0, 0, 0]))'],
    ['says noise', "onCall(() => raw(require('node:crypto').randomBytes(100_000)))"],
    ['says HTTP', "onCall(() => raw('GET / HTTP/1.1\\r\\n\\r\\n'))"],
    ['uses a kind that does not exist', "onCall(call => say(99, call, ''))"],
    ['speaks as the host', "onCall(call => { say(1, call, '{}'); say(2, call, '1 1 {}') })"],
    ['gives a verdict that is no JSON', "onCall(call => say(10, call, 'guilty'))"],
    ['gives a verdict that is null', "onCall(call => say(10, call, 'null'))"],
    ['gives a verdict that does not exist', `onCall(call => say(10, call, '{"verdict":"OK"}'))`],
    ['asks for a capability that does not exist', "onCall(call => say(6, call, '1 secrets {}'))"],
    ['asks for a capability that every object has', "onCall(call => say(6, call, '1 __proto__ {}'))"],
    ['asks a question of number zero', "onCall(call => say(6, call, '0 storage {}'))"],
    ['asks a question of number 2⁵³', "onCall(call => say(6, call, '9007199254740993 storage {}'))"],
    [
      'asks the same question twice',
      `onCall(call => { for (let i = 0; i < 2; i++) say(6, call, '1 storage {"verb":"get","key":"k"}') })`,
    ],
    ['tells line one thousand', "onCall(call => say(7, call, '1000 log {}'))"],
    ['asks for a log and logs a question', "onCall(call => { say(6, call, '1 log {}') })"],
    ['dies without a word', 'onCall(() => process.kill(process.pid, "SIGKILL"))'],
    ['closes its socket and lives on', 'setInterval(() => {}, 1000); onCall(() => socket.destroy())'],
  ])('%s: it is ended, and the call is tried alone', async (_, script) => {
    // prettier-ignore
    const { call, quarantined, convicted, asked } = open(script)
    await failure(call())
    expect(quarantined.length).toBe(1)
    expect(convicted).toEqual([])
    expect(asked.length).toBeLessThanOrEqual(1)
  })

  test.each([
    [
      'answers calls that nobody made',
      "onCall(call => { for (let id = 0; id < 5000; id++) if (id !== call) say(8, id, '1 \"forged\"'); say(8, call, '1 1') })",
    ],
    [
      'asks in the name of calls that nobody made',
      "onCall(call => { for (let id = 2; id < 5000; id++) say(6, id, '1 storage {}'); say(8, call, '1 1') })",
    ],
    [
      'answers one call twice',
      "onCall(call => { say(8, call, '1 1'); say(8, call, '1 2'); say(9, call, '1 {}'); say(10, call, '{\"verdict\":\"MEMORY\"}') })",
    ],
    [
      'says HELLO again and again',
      "onCall(call => { for (let i = 0; i < 5000; i++) say(5, 0, 'x'); say(8, call, '1 1') })",
    ],
    ['sends a frame in single bytes', "onCall(call => { for (const byte of frame(8, call, '1 1')) raw([byte]) })"],
    ['names a time of computing that is none', "onCall(call => say(8, call, 'NaN 1'))"],
  ])('%s: the call gets its own answer, once', async (_, script) => {
    // prettier-ignore
    const { call, asked } = open(script)
    expect(await call()).toMatchObject({ output: '1' })
    expect(asked).toEqual([])
  })

  test.each([
    [
      'a result that is too deep',
      "onCall(call => say(8, call, '1 ' + '['.repeat(100) + ']'.repeat(100)))",
      'VALIDATION',
    ],
    ['a result that is too long', "onCall(call => say(8, call, '1 \"' + 'x'.repeat(2_000_000) + '\"'))", 'VALIDATION'],
    [
      'an error that paints',
      "onCall(call => say(9, call, '1 ' + JSON.stringify({ message: '\\x1b[2J' + 'x'.repeat(1e6), stack: '\\0'.repeat(1e6), code: 'x'.repeat(1e6) })))",
      'PLUGIN',
    ],
    ['an error that is no object', "onCall(call => say(9, call, '1 7'))", 'PLUGIN'],
    [
      'a verdict that paints',
      `onCall(call => say(10, call, JSON.stringify({ verdict: 'TIMEOUT', message: '\\x1b[2J' + 'x'.repeat(1e6) })))`,
      'TIMEOUT',
    ],
  ])('%s is refused or cut', async (_, script, code) => {
    // prettier-ignore
    const error = await failure(open(script).call())
    expect(error.code).toBe(code)
    expect(error.message.length + JSON.stringify(error.details ?? '').length).toBeLessThan(15_000)
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    expect(error.message + String((error.details as { stack?: string } | undefined)?.stack)).not.toMatch(/[\0\x1b]/)
  })

  test('asks in the name of a neighbour in the same runner: it gets what it had anyway, the host asks under that name', async () => {
    const script = `
      const calls = []
      onCall(call => { calls.push(call); if (calls.length < 2) return
        say(6, calls[0], '1 storage ' + JSON.stringify({ verb: 'get', key: 'k', workspaceId: 'other', installationId: 'x' }))
        setTimeout(() => { for (const id of calls) say(8, id, '1 ' + id) }, 50) })`
    const { call, asked } = open(script)
    const [one, two] = await Promise.all([call('one'), call('two')])
    expect([one.output, two.output]).toEqual(['1', '2'])
    expect(asked).toEqual([['one', 'storage', { verb: 'get', key: 'k', workspaceId: 'other', installationId: 'x' }]])
  })

  test('blames a plugin that is not there: nobody is convicted', async () => {
    const stuck = JSON.stringify({ isolate: 'digest of another', call: 4242, verdict: 'MEMORY' })
    const { call, convicted } = open(`onCall(() => { say(11, 0, ${JSON.stringify(stuck)}); socket.end() })`)
    await failure(call('mine', 1_500))
    expect(convicted).toEqual([])
  })

  test('says nothing: the call ends by the clock, and the process is ended', async () => {
    const { call } = open('onCall(() => { socket.pause(); for (;;); })', { killAfterMs: 100 })
    expect(await failure(call('mine', 300))).toMatchObject({ code: 'TIMEOUT' })
  })

  test('does not read: what the host has to say does not pile up behind it for ever', async () => {
    const { call } = open('socket.pause(); setInterval(() => {}, 1000)', { killAfterMs: 100 })
    const calls = Array.from({ length: 20 }, (_, i) => failure(call(`w${i}`, 300)))
    for (const { code } of await Promise.all(calls)) expect(code).toBeDefined()
  })
})
