import { describe, expect, test } from 'vitest'
import { checkJson, cleanJson, parseJson, plainText } from '../../core/sandbox/check-json.ts'

const limits = { bytes: 1_000, depth: 4, nodes: 10 }

describe('checkJson', () => {
  test.each([
    '1',
    '"text"',
    '{"a":[1,{"b":[2]}]}',
    '"[[[[[[[[{{{{,,,,,,,,,,,,"',
    '"\\"[[[[[[[["',
    '"\\\\"',
    '[1,2,3,4,5,6,7,8]',
  ])('lets %s through', text => {
    expect(() => checkJson(text, limits, 'It')).not.toThrow()
  })

  test.each([
    ['[[[[[1]]]]]', 'nested more than 4'],
    ['{"a":{"a":{"a":{"a":{}}}}}', 'nested more than 4'],
    ['"\\\\"[[[[[', 'nested more than 4'],
    [`[${'1,'.repeat(20)}1]`, '22 values; 10 may cross'],
    [JSON.stringify('x'.repeat(1_000)), '1002 characters'],
  ])('refuses %s', (text, message) => {
    expect(() => checkJson(text, limits, 'It')).toThrow(message)
  })

  test('takes time in proportion to the text, whatever is in it', () => {
    const text = JSON.stringify('\\'.repeat(400_000))
    const start = performance.now()
    checkJson(text, { ...limits, bytes: 1_000_000 }, 'It')
    expect(performance.now() - start).toBeLessThan(200)
  })
})

test.each([
  '{"__proto__":{"admin":1},"a":1}',
  '{"a":1,"\\u005f_proto__":{"admin":1}}',
  '{"a":1,"__\\u0070roto__":{"admin":1}}',
])('parseJson drops the key that poisons: %s', text => {
  const merged = Object.assign({}, parseJson(text)) as Record<string, unknown>
  expect([merged.a, merged.admin, Object.keys(merged)]).toEqual([1, undefined, ['a']])
})

test.each(['{"a":["x\\u0000"]}', '{"x\\u0000":1}', '["\\ud800"]', '{"\\udfff":1}'])(
  'what no database takes is refused where it is to be stored: %s',
  text => {
    expect(() => parseJson(text, 'It')).toThrow('It has a text with U+0000 or half of a surrogate pair')
    expect(() => cleanJson(text, 'It')).toThrow('It has a text')
    expect(JSON.stringify(parseJson(text))).toBe(text)
  },
)

test('plainText leaves nothing that a terminal obeys or a database refuses', () => {
  expect(plainText('São Paulo\n\t→ 🚀')).toBe('São Paulo\n\t→ 🚀')
  expect(plainText('\u001b[2J\0\r\u009b\ud800x')).toBe('\ufffd[2J\ufffd\ufffd\ufffd\ufffdx')
})

test('cleanJson leaves other text as it is', () => {
  expect(cleanJson('{ "a": 1 }')).toBe('{ "a": 1 }')
  expect(cleanJson('{"a":[{"__proto__":1,"b":2}]}')).toBe('{"a":[{"b":2}]}')
  expect(cleanJson('"a text about __proto__"')).toBe('"a text about __proto__"')
  expect(cleanJson('{ "bell": "\\u0007", "pair": "\\ud83d\\ude80" }', 'It')).toBe(
    '{ "bell": "\\u0007", "pair": "\\ud83d\\ude80" }',
  )
})
