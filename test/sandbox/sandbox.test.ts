import { afterAll, describe, expect, test } from 'vitest'
import { act, bundle, CONTEXT, failure, LIMITS, newSandbox, plugin } from './call-plugin.ts'

const sandbox = newSandbox()
afterAll(() => sandbox.close())

describe('a call', () => {
  test('gives the input to run() and its result back, as JSON text', async () => {
    const code = plugin('return { given: input, twice: input.n * 2 }')
    expect(await act(sandbox, code, { n: 21, text: 'São Paulo 🚀' })).toEqual({
      given: { n: 21, text: 'São Paulo 🚀' },
      twice: 42,
    })
  })

  test('says how much CPU it took', async () => {
    const code = plugin('let sum = 0; for (let i = 0; i < 300_000; i++) sum += i; return sum')
    const call = {
      code,
      workspaceId: 'w',
      entry: 'actions.act',
      input: 'null',
      context: CONTEXT,
      limits: LIMITS,
      host: async () => null,
    }
    const { cpuMs } = await sandbox.call(call)
    expect(cpuMs).toBeGreaterThan(1)
    expect(cpuMs).toBeLessThan(500)
  })

  test('gives null for undefined and for a function', async () => {
    expect(await act(sandbox, plugin('return undefined'))).toBe(null)
    expect((await failure(act(sandbox, plugin('return () => 1')))).code).toBe('VALIDATION')
  })

  test("'lookups.<name>' calls lookup()", async () => {
    const code = bundle(
      "export default { actions: { send: { run: () => 'ran', lookup: input => ({ found: input }) } } }",
    )
    expect(await act(sandbox, code, 7, { entry: 'actions.send' })).toBe('ran')
    expect(await act(sandbox, code, 7, { entry: 'lookups.send' })).toEqual({ found: 7 })
  })

  test('calls run() as a method of its action', async () => {
    const code = bundle("export default { actions: { act: { name: 'kept', run() { return this.name } } } }")
    expect(await act(sandbox, code)).toBe('kept')
  })

  test.each([
    'actions.nope',
    'lookups.act',
    'actions.constructor',
    'actions.__proto__',
    'triggers.act',
    'inspect',
    'actions.a.b',
    '',
  ])('has no entry %j', async entry => {
    expect((await failure(act(sandbox, plugin('return 1'), null, { entry }))).code).toBe('NOT_FOUND')
  })

  test('refuses an input over the limit before it starts anything', async () => {
    const error = await failure(act(sandbox, plugin('return 1'), 'x'.repeat(2_000_000)))
    expect(error).toMatchObject({ code: 'VALIDATION', message: expect.stringContaining('2000002 characters') })
  })

  test('runs nothing but the source its digest names', async () => {
    const code = { digest: plugin('return "approved"').digest, source: async () => 'export default {}' }
    expect(await failure(act(sandbox, code))).toMatchObject({ code: 'MANIFEST' })
  })

  test('asks for the source once, and again when it could not be read', async () => {
    let asked = 0
    const { digest, source } = plugin('return "once"')
    const code = {
      digest,
      source: async () => {
        if (++asked === 1) throw new Error('disk')
        return source()
      },
    }
    expect(await failure(act(sandbox, code))).toMatchObject({ code: 'UNAVAILABLE' })
    await Promise.all([act(sandbox, code), act(sandbox, code), act(sandbox, code, null, { workspaceId: 'other' })])
    expect(asked).toBe(2)
  })
})

test('bundles that were not called for long are read again', async () => {
  const small = newSandbox({ isolates: 2 })
  let asked = 0
  const { digest, source } = plugin('return "first"')
  const first = { digest, source: async () => (asked++, source()) }
  expect(await act(small, first)).toBe('first')
  for (let i = 0; i < 70; i++) expect(await act(small, plugin(`return ${i}`))).toBe(i)
  expect(await act(small, first)).toBe('first')
  expect(asked).toBe(2)
  await small.close()
})

describe('what a plugin keeps', () => {
  const counter = bundle('let calls = 0; export default { actions: { act: { run: () => ++calls } } }')

  test('stays with it between calls of a workspace, and out of every other', async () => {
    expect([await act(sandbox, counter), await act(sandbox, counter)]).toEqual([1, 2])
    expect(await act(sandbox, counter, null, { workspaceId: 'workspace-2' })).toBe(1)
  })

  test('is forgotten after so many calls', async () => {
    const small = newSandbox({ callsPerIsolate: 3 })
    const seen = []
    for (let i = 0; i < 5; i++) seen.push(await act(small, counter))
    await small.close()
    expect(seen).toEqual([1, 2, 3, 1, 2])
  })

  test('is forgotten after each call where it asks for that, also by calls at once', async () => {
    const call = () => act(sandbox, counter, null, { fresh: true })
    expect([await call(), await call(), ...(await Promise.all([call(), call(), call()]))]).toEqual([1, 1, 1, 1, 1])
  })

  test('is forgotten when it fills the memory, before it costs a call', async () => {
    const leak = bundle(
      'const kept = []; export default { actions: { act: { run: i => kept.push(new Array(1e5).fill(i)) } } }',
    )
    for (let i = 0; i < 200; i++) expect(await act(sandbox, leak, i)).toBeGreaterThan(0)
  })

  test('is forgotten when nobody calls for a while', async () => {
    const small = newSandbox({ isolateIdleMs: 100 })
    const seen = [await act(small, counter), await act(small, counter)]
    await new Promise(resolve => setTimeout(resolve, 300))
    seen.push(await act(small, counter), await act(small, counter))
    await small.close()
    expect(seen).toEqual([1, 2, 1, 2])
  })

  test('is forgotten in favour of the least recently used when there are too many', async () => {
    const small = newSandbox({ isolates: 2 })
    const call = (workspaceId: string) => act(small, counter, null, { workspaceId })
    const seen = [await call('a'), await call('b'), await call('a'), await call('c'), await call('a'), await call('b')]
    await small.close()
    expect(seen).toEqual([1, 1, 2, 1, 3, 1])
  })
})

describe('an error of a plugin', () => {
  test('is PLUGIN with its message and the line of the bundle', async () => {
    const error = await failure(act(sandbox, plugin("throw new TypeError('no score for ' + input)"), 'Ana'))
    expect(error).toMatchObject({ code: 'PLUGIN', message: 'no score for Ana', retryable: false })
    expect(error.details).toMatchObject({ stack: expect.stringMatching(/plugin\.js:1:\d+/) })
  })

  test('keeps a code of its own, retryable and retryAfter', async () => {
    const code = plugin(
      "throw Object.assign(new Error('slow down'), { code: 'RATE_LIMITED', retryable: true, retryAfter: 30 })",
    )
    expect(await failure(act(sandbox, code))).toMatchObject({ code: 'RATE_LIMITED', retryable: true, retryAfter: 30 })
  })

  test.each(['MEMORY', 'CRASHED', 'INTERNAL', 'LEASE_LOST', 'CANCELLED', 'UNKNOWN_OUTCOME', 'nonsense'])(
    'cannot call itself %s',
    async claimed => {
      const error = await failure(act(sandbox, plugin(`throw Object.assign(new Error('x'), { code: '${claimed}' })`)))
      expect(error).toMatchObject({ code: 'PLUGIN', details: { pluginCode: claimed } })
    },
  )

  test('may be a subclass that names itself, as libraries do', async () => {
    const code = plugin(`
      class VendorError extends Error { constructor(message) { super(message); this.name = 'VendorError' } }
      function Old(message) { this.message = message }
      Old.prototype = Object.create(Error.prototype)
      Old.prototype.constructor = Old
      Old.prototype.toString = function () { return 'Old: ' + this.message }
      const error = new VendorError('down')
      return [error.name, String(error), String(new Old('gone')), new Old() instanceof Error, Object.keys(error)]`)
    expect(await act(sandbox, code)).toEqual(['VendorError', 'VendorError: down', 'Old: gone', true, ['name']])
  })

  test('that nobody waits for does not end the call', async () => {
    expect(
      await act(sandbox, plugin("void (async () => { throw new Error('lost') })(); await null; return 'fine'")),
    ).toBe('fine')
  })
})

describe('inspect', () => {
  test('says what the default export really has, with no capability', async () => {
    const code = bundle(`
      export default { actions: { b: { run() {} }, a: { run() {} }, 'no-run': {} }, triggers: { hook: { handle() {} }, look: { poll() {} }, 'no-call': {} } }`)
    expect(await sandbox.inspect(code, LIMITS)).toEqual({ actions: ['b', 'a'], triggers: ['hook.handle', 'look.poll'] })
  })

  test.each([
    ['export default 1', 'PLUGIN'],
    ['for (;;); export default {}', 'TIMEOUT'],
    ["import fs from 'node:fs'; export default {}", 'PLUGIN'],
    ["fetch('https://example.com'); export default {}", 'PLUGIN'],
    ['export default {', 'PLUGIN'],
  ])('refuses %j as %s', async (source, code) => {
    expect((await failure(sandbox.inspect(bundle(source), LIMITS))).code).toBe(code)
  })
})

test('the level says what the operating system does', async () => {
  const fresh = newSandbox()
  expect(fresh.level).toMatch(/^not started/)
  await act(fresh, plugin('return 1'))
  expect(fresh.level).toMatch(/^[012] /)
  await fresh.close()
})
