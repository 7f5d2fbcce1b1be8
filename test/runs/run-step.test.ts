import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook } from './support.ts'

describe.each(DATABASE_KINDS)('a run step on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  afterEach(() => engine.wipe())

  /** Runs a playbook of these steps; its run. */
  async function walk(steps: string, rest = '') {
    await engine.wipe()
    await engine.publish(playbook(steps, rest))
    await engine.capture()
    await engine.settled()
    return engine.run()
  }
  const script = (text: string) => `- id: it\n  run: |\n${text.trim().replace(/^/gm, '    ')}\n`
  const output = "outputs: { it: '${{ steps.it.output }}' }"

  test('computes with its input and nothing else, in a loop in a branch too', async () => {
    const run = await walk(
      `
- id: each
  forEach: { in: '\${{ [[1, 2], [3]] }}', as: items, limit: 2 }
  do:
    - parallel:
        branches:
          sum:
            - id: sum
              run: |
                const total = input.items.reduce((sum, item) => sum + item, 0)
                return { total, name: input.name, seen: Object.keys(input), more: typeof fetch + typeof console + typeof setTimeout + typeof this }
              with: { items: '\${{ vars.items }}', name: '\${{ lead.name }}' }
- return: \${{ steps.each.output.map(o, o.sum) }}`,
    )
    const same = { name: 'Ana Souza', seen: ['items', 'name'], more: 'undefined'.repeat(4) }
    expect(run).toMatchObject({
      status: 'completed',
      output: [
        { total: 3, ...same },
        { total: 3, ...same },
      ],
    })
  })

  test('fails with what it threw, and the line of the playbook', async () => {
    const run = await walk(script('const a = 1\n\nreturn input.missing.field + a'))
    expect(run).toMatchObject({ status: 'failed', error: { code: 'SCRIPT', path: 'it', retryable: false } })
    expect(run.error!.message).toMatch(/^Line 12: .*undefined/)
    const nested = await walk(`${script('const check = () => {\n  throw new Error("no budget")\n}\nreturn check()')}`)
    expect(nested.error!.message).toBe('Line 11: no budget')
    const caught = await walk(
      `- try: [{ run: 'throw "a text"' }]\n  catch: { errors: [SCRIPT], do: [{ return: '\${{ vars.error.message }}' }] }`,
    )
    expect(caught).toMatchObject({ status: 'completed', output: 'Line 8: a text' })
  })

  test('that never ends or eats all memory costs its own step only', async () => {
    const run = await walk(
      `
- id: both
  parallel:
    mode: settled
    branches:
      loop: [{ run: 'for (;;) {}', timeout: 1s, retry: { maxAttempts: 1 } }]
      later: [{ run: 'Promise.resolve().then(() => { for (;;) {} }); return new Promise(() => {})', timeout: 1s, retry: { maxAttempts: 1 } }]
      memory: [{ run: 'const all = []; for (;;) all.push(new Array(10_000).fill(all.length))', retry: { maxAttempts: 1 } }]
      good: [{ run: 'return 1' }]
- return: '\${{ steps.both.output.map(b, b.status == "failed" ? b.error.code : "fine") }}'`,
    )
    expect(run).toMatchObject({ status: 'completed', output: ['TIMEOUT', 'TIMEOUT', 'MEMORY', 'fine'] })
  })

  test.each([
    ['a global', 'globalThis.kept = 1', 'globalThis.kept'],
    ['a prototype', 'Array.prototype.kept = 1; Object.prototype.kept = 1', '[].kept'],
    ['a method that is replaced', 'JSON.stringify = () => "1"', 'JSON.stringify({ kept: 2 }) === "1" || undefined'],
    ['a knob of the engine', 'Error.stackTraceLimit = 77', 'Error.stackTraceLimit === 77 || undefined'],
    ['the last match', '/(secret)/.exec("secret")', 'RegExp.$1 || RegExp.lastMatch || undefined'],
    ['a property of a shared object', 'URL.kept = 1; Math.kept = 1', 'URL.kept || Math.kept || undefined'],
  ])('leaves nothing behind: %s', async (_, leave, look) => {
    const both = `if (input.leave) { try { ${leave} } catch {} }\nreturn (${look}) ?? 'nothing'`
    const run = await walk(
      `
- id: each
  forEach: { in: '\${{ [true, false] }}', as: leave }
  do:
    - run: |
${both.replace(/^/gm, '        ')}
      with: { leave: '\${{ vars.leave }}' }
- id: other
  run: |
    return (${look}) ?? 'nothing'
- return: \${{ [steps.each.output[1], steps.other.output] }}`,
    )
    expect(run).toMatchObject({ status: 'completed', output: ['nothing', 'nothing'] })
  })

  test('reaches nothing outside: no code from text, no host, no module', async () => {
    const tries = [
      'Function("return 1")()',
      'eval("1")',
      '(async () => {}).constructor("return 1")()',
      'globalThis.process.exit()',
      'globalThis.require("fs")',
      'arguments[1].fetch("https://example.com")',
      'arguments.callee.caller',
    ]
    const run = await walk(
      `${script(tries.map(text => `try { ${text}; return ${JSON.stringify(text)} } catch {}`).join('\n'))}`,
      output,
    )
    expect(run).toMatchObject({ status: 'completed', output: { it: null } })
    const module = await walk(script('return import("node:fs").then(() => 1, () => 0)'), output)
    expect(module).toMatchObject({ status: 'completed', output: { it: 0 } })
  })

  test('answers JSON or fails: functions, rings and what is too large do not cross', async () => {
    expect(await walk(script('return () => 1'))).toMatchObject({ error: { code: 'VALIDATION' } })
    expect(await walk(script('const a = {}; a.a = a; return a'))).toMatchObject({ error: { code: 'SCRIPT' } })
    expect(await walk(script('return "x".repeat(3e6)'))).toMatchObject({ error: { code: 'VALIDATION' } })
    const run = await walk(script('return JSON.parse(\'{"__proto__": {"polluted": true}, "a": 1}\')'), output)
    expect(run).toMatchObject({ status: 'completed', output: { it: { a: 1 } } })
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})
