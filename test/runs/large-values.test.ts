import { isDeepStrictEqual } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { makeTest } from '../../core/rehearsal/make-test.ts'
import { readLarge } from '../../core/runs/large-values.ts'
import { replayRun } from '../../core/runs/replay-run.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'

const DAY = 86_400_000
/** A megabyte that does not repeat itself, so that no compression hides it. */
const TEXT = Array.from({ length: 125_000 }, (_, n) => ((n * 2_654_435_761) >>> 0).toString(16).padStart(8, '0')).join(
  '',
)
const HALF = TEXT.slice(0, 400_000)

describe.each(DATABASE_KINDS)('an output of a megabyte, on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  afterEach(() => engine.wipe())

  const start = async (steps: string, rest = '') => {
    await engine.publish(`
id: large
name: Large
module: gestao
triggers: [{ event: large.wanted }]
steps:
${steps}
${rest}`)
    await engine.emit('large.wanted', { text: TEXT, half: HALF, items: ['a', 'b', 'c'] })
    await engine.settled()
  }
  const stored = async () => {
    const [row] = await engine.sql.query<{ values: number; bytes: number; journal: number }>({
      name: '',
      text: `select (select count(*)::int from large_values) as values,
                    (select coalesce(sum(octet_length(value::text)), 0)::int from large_values) as bytes,
                    (select sum(octet_length(data::text))::int from journal) as journal`,
    })
    return row!
  }
  const reads = async (work: () => Promise<unknown>) => {
    const query = vi.spyOn(engine.sql, 'query')
    await work()
    const count = query.mock.calls.filter(([statement]) => statement.name === 'read-large-values').length
    query.mockRestore()
    return count
  }

  it('is stored once, however many outputs hold it', async () => {
    await start(`
  - id: fetch
    parallel:
      branches:
        big:
          - id: echo
            uses: probe/echo
            with: { value: '\${{ event.text }}' }
        small: [{ set: { n: 1 } }]
  - id: each
    forEach: { in: '\${{ event.items }}' }
    do: [{ set: { kept: '\${{ steps.fetch.output.big }}' } }]
  - id: last
    try: [{ set: { again: '\${{ steps.each.output }}' } }]
    catch: { do: [{ set: { n: 2 } }] }`)
    expect(await engine.run()).toMatchObject({ status: 'completed' })
    const { values, bytes, journal } = await stored()
    expect({ values, bytes: Math.round(bytes / 1e5) }).toEqual({ values: 1, bytes: 10 })
    expect(journal).toBeLessThan(10_000)
    const { last } = await engine.steps((await engine.run()).id)
    const whole = await readLarge(engine, engine.workspaceId, last!.output)
    expect(isDeepStrictEqual(whole, { again: Array.from({ length: 3 }, () => ({ kept: { value: TEXT } })) })).toBe(true)
  })

  it('is read where it is used, and not where it is not', async () => {
    await start(
      `
  - { id: fetch, uses: probe/echo, with: { value: '\${{ event.text }}' } }
  - { id: little, uses: probe/echo, with: { value: 7 } }
  - wait: 1d
  - { id: other, set: { n: '\${{ steps.little.output.value }}' } }
  - wait: 1d
  - id: size
    set: { n: '\${{ size(steps.fetch.output.value) }}' }`,
      "outputs: { size: '${{ steps.size.output.n }}' }",
    )
    expect(await reads(() => engine.advance(DAY))).toBe(0)
    expect(await reads(() => engine.advance(DAY))).toBe(1)
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { size: TEXT.length } })
  })

  it('is whole after a restart: in variables, lists of loops, results', async () => {
    await start(
      `
  - id: fetch
    uses: probe/echo
    with: { value: '\${{ [event.half, event.half] }}' }
  - set: { copy: '\${{ steps.fetch.output }}' }
  - id: each
    forEach: { in: '\${{ steps.fetch.output.value }}', as: text }
    do:
      - wait: 1d
      - id: length
        set: { n: '\${{ size(vars.text) + size(vars.copy.value[0]) }}' }`,
      `finally: [{ wait: 1d }]
outputs: { lengths: '\${{ steps.each.output.map(o, o.n) }}', all: '\${{ steps.fetch.output }}' }`,
    )
    for (let day = 0; day < 4; day++) {
      await engine.brain.stop()
      await engine.brain.start()
      await engine.advance(DAY)
    }
    const run = await engine.run()
    expect(run.status).toBe('completed')
    const wanted = { lengths: [2 * HALF.length, 2 * HALF.length], all: { value: [HALF, HALF] } }
    expect(isDeepStrictEqual(run.output, wanted)).toBe(true)
  })

  it('goes along with a replay and into a test that is made of the run', async () => {
    await start(
      `
  - { id: fetch, uses: probe/echo, with: { value: '\${{ event.text }}' } }
  - { id: size, set: { n: '\${{ size(steps.fetch.output.value) }}' } }`,
      "outputs: { size: '${{ steps.size.output.n }}' }",
    )
    const run = await engine.run()
    expect((await makeTest(engine, engine.workspaceId, run.id)).includes(TEXT.slice(0, 100))).toBe(true)
    await replayRun(engine, engine.workspaceId, run.id, { from: 'size', by: 'test', version: 'origin' })
    await engine.settled()
    expect((await engine.runs()).map(({ output }) => output)).toEqual([{ size: TEXT.length }, { size: TEXT.length }])
    expect((await stored()).values).toBe(1)
  })
})
