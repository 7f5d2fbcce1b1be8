import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import type { TraeError } from '../../../core/errors.ts'
import { act, bundle, newSandbox, plugin } from '../call-plugin.ts'

// Each file of fixtures/ is a hostile plugin: it says what it tries, and how its call must end. While it runs, a neighbour
// in another workspace keeps calling its own plugin in the same runner and must notice nothing but a little waiting.

const folder = new URL('fixtures/', import.meta.url)
const attacks = readdirSync(folder).map(file => {
  const source = readFileSync(new URL(file, folder), 'utf8')
  const said = (what: string) => new RegExp(`^// ${what}: (.*)$`, 'm').exec(source)?.[1] ?? ''
  return {
    name: file.replace('.js', ''),
    tries: said('tries'),
    must: said('must').split('|'),
    cpuMs: Number(said('cpuMs') || 250),
    source,
  }
})

/** What those that end well may bring home. */
const BOOTY: Record<string, unknown> = {
  'code-from-text': [],
  'look-for-the-host': [],
  'poison-intrinsics': [],
  'host-error': {
    keys: ['code', 'name', 'retryable'],
    stack: false,
    message: 'ctx.records failed in the host.',
    ours: true,
  },
  'log-flood': 'logged',
  'dirty-keys': { kept: 1, nested: {} },
  'speak-after-the-end': 'kept',
}

const sandbox = newSandbox({ quarantineMs: 1_000, idleMs: 500 })
afterAll(() => sandbox.close())
const neighbour = plugin('return input + (await ctx.storage.get(String(input)))')

test.each(attacks)(
  '$name: tries to $tries; ends as $must',
  { timeout: 15_000 },
  async ({ name, must, cpuMs, source }) => {
    let logged = 0
    const host = async (op: string) => {
      if (op === 'log') logged++
      if (op === 'records') throw new Error('connect ECONNREFUSED /srv/secret.ts')
      return 1
    }
    const watched = await whileNeighbourCalls(async () => {
      const limits = { memoryMb: 64, cpuMs, wallMs: Math.max(1_500, cpuMs) }
      return act(
        sandbox,
        bundle(source),
        { n: 1 },
        { entry: 'actions.attack', workspaceId: 'hostile', limits, host },
      ).then(
        output => ({ code: 'ok', output }),
        (error: TraeError) => ({ code: error.code, output: error.message }),
      )
    })
    expect(must, String(watched.result.output)).toContain(watched.result.code)
    if (name in BOOTY) expect(watched.result.output).toEqual(BOOTY[name])
    expect(logged).toBeLessThanOrEqual(500)
    expect(watched.refused).toEqual([])
    expect(watched.answered).toBeGreaterThan(0)
    expect(watched.slowestMs).toBeLessThan(4_000)
    expect(watched.loopStallMs).toBeLessThan(750)
  },
)

async function whileNeighbourCalls<T>(work: () => Promise<T>) {
  const refused: string[] = []
  let [answered, slowestMs, loopStallMs] = [0, 0, 0]
  const over = new AbortController()
  let tick = performance.now()
  const ticking = setInterval(() => {
    loopStallMs = Math.max(loopStallMs, performance.now() - tick)
    tick = performance.now()
  }, 5)
  const call = async () => {
    const start = performance.now()
    const sum = await act(sandbox, neighbour, 1, { workspaceId: 'neighbour', host: async () => 2 })
    expect(sum).toBe(3)
    answered++
    slowestMs = Math.max(slowestMs, performance.now() - start)
  }
  await call()
  const calling = (async () => {
    while (!over.signal.aborted) {
      await call().catch((error: Error) => refused.push(error.message))
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  })()
  const result = await work()
  over.abort()
  await calling
  clearInterval(ticking)
  return { result, refused, answered, slowestMs, loopStallMs }
}
