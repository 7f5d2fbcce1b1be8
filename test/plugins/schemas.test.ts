import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { boundedRegExp } from '../../core/plugins/bounded-regexp.ts'
import { jsonSchemaOf } from '../../core/plugins/json-schema.ts'
import { misfits } from '../../core/plugins/schema-fit.ts'
import { RESERVED_IDS, SERVICES } from '../../core/plugins/services.ts'
import { checkInput } from '../../core/plugins/validators.ts'
import { isVersion } from '../../core/version-range.ts'
import { schemaProblems } from '../../core/plugins/action-schema.ts'

describe('does everything that fits one schema fit the other?', () => {
  const fits = (given: z.ZodType, wanted: z.ZodType) =>
    misfits(jsonSchemaOf(given, 'input'), jsonSchemaOf(wanted, 'input'))
  const name = z.string().max(50)

  test.each<[string, z.ZodType, z.ZodType]>([
    ['the same', z.object({ name }), z.object({ name })],
    ['more than is asked for', z.object({ name, age: z.int() }), z.object({ name })],
    ['a wish of its own that is optional', z.object({ name }), z.object({ name, extra: z.string().optional() })],
    ['a wish of its own with a default', z.object({ name }), z.object({ name, extra: z.string().default('x') })],
    ['a tighter text', z.object({ name }), z.object({ name: z.string().max(60) })],
    ['a whole number for a number', z.object({ n: z.int() }), z.object({ n: z.number() })],
    ['a number within', z.object({ n: z.number().min(2).max(3) }), z.object({ n: z.number().min(1).max(3) })],
    ['a choice within a choice', z.object({ c: z.enum(['a']) }), z.object({ c: z.enum(['a', 'b']) })],
    ['a choice for a text', z.object({ c: z.enum(['a']) }), z.object({ c: z.string() })],
    ['a text for text or nothing', z.object({ c: z.string() }), z.object({ c: z.string().nullable() })],
    ['required for optional', z.object({ c: z.string() }), z.object({ c: z.string().optional() })],
    [
      'one of two shapes',
      z.object({ c: z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]) }),
      z.object({ c: z.object({}) }),
    ],
    ['a list', z.object({ c: z.array(z.enum(['a'])).max(3) }), z.object({ c: z.array(z.string()) })],
    ['a record', z.object({ c: z.record(z.string(), z.string()) }), z.object({ c: z.record(z.string(), z.unknown()) })],
    ['an e-mail address for one', z.object({ c: z.email() }), z.object({ c: z.email() })],
  ])('yes: %s', (_, given, wanted) => expect(fits(given, wanted)).toEqual([]))

  test.each<[z.ZodType, z.ZodType, string]>([
    [z.object({}), z.object({ name }), 'name: may be missing, but is required'],
    [z.object({ name: name.optional() }), z.object({ name }), 'name: may be missing, but is required'],
    [z.object({ name, more: z.string() }), z.strictObject({ name }), 'more: may be there, but is not accepted'],
    [z.object({ name: z.string() }), z.object({ name }), 'name: accepted is only maxLength 50, found no bound'],
    [z.object({ n: z.number() }), z.object({ n: z.int() }), 'n: may be number, accepted is integer'],
    [z.object({ c: z.string().nullable() }), z.object({ c: z.string() }), 'c: may be null, accepted is string'],
    [z.object({ c: z.string() }), z.object({ c: z.enum(['a']) }), 'c: may be anything, accepted is only ["a"]'],
    [z.object({ c: z.enum(['a', 'z']) }), z.object({ c: z.enum(['a']) }), 'c: may be ["z"], accepted is only ["a"]'],
    [z.object({ c: z.string() }), z.object({ c: z.email() }), 'c: accepted is only format "email", found any'],
    [z.object({ c: z.array(z.string()) }), z.object({ c: z.array(z.email()) }), 'c[]: accepted is only format "email"'],
    [
      z.object({ c: z.object({ d: z.string() }) }),
      z.object({ c: z.object({ d: z.number() }) }),
      'c.d: may be string, accepted is number',
    ],
    [
      z.object({ c: z.boolean() }),
      z.object({ c: z.union([z.string(), z.object({})]) }),
      'c: fits none of the 2 that are accepted',
    ],
    [
      z.object({ c: z.union([z.string(), z.number()]) }),
      z.object({ c: z.string() }),
      'c: may be number, accepted is string',
    ],
    [
      z.object({ c: z.record(z.string(), z.unknown()) }),
      z.object({ c: z.record(z.string(), z.string()) }),
      'c.*: may be object or array',
    ],
  ])('no: %#', (given, wanted, reason) => expect(fits(given, wanted).join('\n')).toContain(reason))
})

test('the contracts of the services are schemas that a manifest may hold, under reserved names', () => {
  for (const [service, { version, actions }] of SERVICES) {
    expect(RESERVED_IDS).toContain(service)
    expect(isVersion(version)).toBe(true)
    for (const [name, { input, output, sample }] of Object.entries(actions)) {
      expect(() => checkInput(`${service}/${name}`, { input, output }, sample)).not.toThrow()
      expect([...schemaProblems(input, name), ...schemaProblems(output, name)]).toEqual([])
      expect([...misfits(input, input), ...misfits(output, output)]).toEqual([])
    }
  }
})

test('a pattern cannot stop the engine, whoever wrote it', () => {
  const evil = boundedRegExp('^(a+)+$', 'u')
  expect(evil.test('aaaa')).toBe(true)
  expect(evil.test('aab')).toBe(false)
  const start = performance.now()
  expect(() => evil.test(`${'a'.repeat(60)}b`)).toThrowError(expect.objectContaining({ code: 'VALIDATION' }))
  expect(() => boundedRegExp('^(\\w+\\s?)*$', 'u').test(`${'a'.repeat(60)}!`)).toThrow()
  expect(() => boundedRegExp('(a|a)*$', 'u').test(`${'a'.repeat(60)}b`)).toThrow()
  expect(performance.now() - start).toBeLessThan(2000)
  expect(boundedRegExp('^\\d{4}-\\d{2}$', 'u').test('2026-01')).toBe(true)
  expect(boundedRegExp('a+$', 'u').test('b'.repeat(100_000))).toBe(false)
})
