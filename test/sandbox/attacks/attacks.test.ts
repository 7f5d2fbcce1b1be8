import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TraeError } from '../../../core/errors.ts'
import { act, bundle, newSandbox, plugin } from '../call-plugin.ts'
import { readAttack } from './read-attack.ts'
import { mayHoldLoop, watchLoop } from './watch-loop.ts'

// Each file of fixtures/ is a hostile plugin: it says what it tries, and how its call must end (read-attack.ts). All of them
// share one sandbox. While one runs, a neighbour in another workspace calls its own plugin in the same runner and must be
// answered; the event loop of the engine must not be held; nothing may be asked or told in the name of a call that is over.

const folder = new URL('fixtures/', import.meta.url)
const attacks = readdirSync(folder).map(file => readAttack(file, readFileSync(new URL(file, folder), 'utf8')))

process.env['TRAE_TEST_SECRET'] = 'canary-of-the-environment'
const sandbox = newSandbox({ quarantineMs: 1_000, idleMs: 500 })
afterAll(() => sandbox.close())
const neighbour = plugin('return input + (await ctx.storage.get(String(input)))')

let mayHoldMs: number
beforeAll(async () => {
  mayHoldMs = await mayHoldLoop()
})

test('there are at least as many as were promised', () => {
  expect(attacks.length).toBeGreaterThanOrEqual(60)
  for (const { name, tries, must } of attacks) expect([name, tries !== '', must.length > 0]).toEqual([name, true, true])
})

test.each(attacks)('$name: tries to $tries; ends as $must', { timeout: 120_000 }, async attack => {
  const { must, cpuMs, wallMs, calls, source } = attack
  const host = hostileHost()
  const watched = await whileNeighbourCalls(async () => {
    for (let i = 1; ; i++) {
      const limits = { memoryMb: 64, cpuMs, wallMs }
      const request = { entry: 'actions.attack', workspaceId: 'hostile', limits, host: host.answer }
      host.over = false
      const outcome = await act(sandbox, bundle(source), { n: i }, request).then(
        output => ({ code: 'ok', output }),
        (error: TraeError) => ({ code: error.code, output: error.message }),
      )
      host.over = true
      if (i === calls) return outcome
    }
  })
  const { code, output } = watched.result
  expect(must, `${code}: ${JSON.stringify(output)?.slice(0, 500)}`).toContain(code)
  if ('gives' in attack) expect(output).toEqual(attack.gives)
  if (code !== 'ok') expect(output).not.toMatch(NOT_PLAIN)
  expect(host.lines.join('')).not.toMatch(NOT_PLAIN)
  expect(host.lines.length).toBeLessThanOrEqual(500 * calls)
  expect(host.afterTheEnd).toEqual([])
  expect(watched.refused).toEqual([])
  expect(watched.answered).toBeGreaterThan(0)
  expect(watched.held.longestMs).toBeLessThan(mayHoldMs)
})

// oxlint-disable-next-line no-control-regex -- they are what is looked for
const NOT_PLAIN = /[\0-\x08\x0b-\x1f\x7f-\x9f]|\\u00[01]/

/** Answers as a host may: with a value, an error that names its files, a large text, never. */
function hostileHost() {
  const host = {
    over: false,
    lines: [] as string[],
    afterTheEnd: [] as string[],
    answer: async (op: string, argument: unknown) => {
      if (host.over) host.afterTheEnd.push(op)
      if (op === 'log' || op === 'progress') return host.lines.push(JSON.stringify(argument))
      if (op === 'records') throw new Error('connect ECONNREFUSED /srv/secret.ts')
      const { url, key } = argument as { url?: string; key?: string }
      if (key === 'never') return new Promise(() => {})
      if (url !== undefined) return { status: 200, headers: {}, body: url.endsWith('large') ? LARGE : '{}', url }
      return 1
    },
  }
  return host
}
const LARGE = 'x'.repeat(1_000_000)

/** `answered` and `refused`: calls of the neighbour that began while the work was under way. */
async function whileNeighbourCalls<T>(work: () => Promise<T>) {
  const refused: string[] = []
  let answered = 0
  const call = () => act(sandbox, neighbour, 1, { workspaceId: 'neighbour', host: async () => 2 })
  await call() // its runner is up
  const watch = watchLoop()
  const working = { over: false }
  const result = work().finally(() => (working.over = true))
  const calling = (async () => {
    do {
      await call().then(
        sum => (sum === 3 ? answered++ : refused.push(`answered ${String(sum)}`)),
        (error: Error) => refused.push(error.message),
      )
      await new Promise(resolve => setTimeout(resolve, 5))
    } while (!working.over)
  })()
  await Promise.allSettled([result, calling])
  return { result: await result, refused, answered, held: watch.stop() }
}
