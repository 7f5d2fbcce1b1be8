import { describe, expect, test } from 'vitest'
import { type FetchResponse, PluginError, type VendorFault, vendorError } from '../../core/sdk/sdk.ts'

describe('the error of a vendor', () => {
  test('says who, what, its mark and what to do', async () => {
    const error = await told(403, '{"message":"Not yours"}', ({ message }) => ({
      words: message,
      mark: 'code 7',
      hint: 'Ask for it.',
    }))
    expect(error).toBeInstanceOf(PluginError)
    expect(error.message).toBe('Acme: Not yours (code 7). Ask for it.')
  })

  test('ends the words of the vendor with one full stop, before a hint', async () => {
    const hint = 'Ask for it.'
    expect((await told(403, '', () => ({ words: 'Not yours.', hint }))).message).toBe('Acme: Not yours. Ask for it.')
    expect((await told(403, '', () => ({ words: 'Not yours' }))).message).toBe('Acme: Not yours')
  })

  test('tells to connect the account again, where the vendor does not know it any more', async () => {
    expect((await told(401, '{}')).message).toBe(
      'Acme: it answered 401. Connect the account again on the page of the plugin.',
    )
  })

  test.each([
    [400, 'VALIDATION'],
    [401, 'UNAUTHENTICATED'],
    [403, 'FORBIDDEN'],
    [404, 'NOT_FOUND'],
    [409, 'CONFLICT'],
    [410, 'NOT_FOUND'],
    [412, 'CONFLICT'],
    [418, 'PLUGIN'],
    [422, 'VALIDATION'],
    [429, 'RATE_LIMITED'],
    [500, 'UNAVAILABLE'],
    [503, 'UNAVAILABLE'],
  ])('of status %i is %s', async (status, code) => {
    expect(await told(status, '{}')).toMatchObject({ code })
  })

  test('has the code that its body says, before that of the status', async () => {
    expect(await told(400, '', () => ({ code: 'CONFLICT' }))).toMatchObject({ code: 'CONFLICT', retryable: false })
  })

  test.each(['<html>Bad gateway</html>', '', 'null', '"Bad gateway"', '{"message":'])(
    'is read from an empty object where the body is %j, and from the body itself',
    async body => {
      const seen: unknown[] = []
      const error = await told(502, body, (said, text) => {
        seen.push(said, text)
        return { words: said.message }
      })
      expect(error.message).toBe('Acme: it answered 502')
      expect(seen).toEqual([{}, body])
    },
  )

  test('has words of 700 characters at most, and only words', async () => {
    expect((await told(400, '', () => ({ words: 'x'.repeat(900) }))).message).toHaveLength('Acme: '.length + 700)
    for (const words of [{ secret: 1 }, ['a'], 7, null, ''])
      expect((await told(400, '', () => ({ words }))).message).toBe('Acme: it answered 400')
  })

  test('says how long to wait, the header before the body', async () => {
    const body = () => ({ retryAfter: 11.2 })
    expect(await told(429, '', body)).toMatchObject({ retryable: true, retryAfter: 12 })
    expect(await told(429, '', body, { 'retry-after': '7' })).toMatchObject({ retryAfter: 7 })
    expect(await told(503, '', body)).toMatchObject({ retryable: true, retryAfter: 12 })
    for (const odd of ['-1', 'Wed, 21 Oct 2026 07:28:00 GMT']) {
      expect(await told(429, '', body, { 'retry-after': odd })).toMatchObject({ retryAfter: 12 })
      expect((await told(429, '', undefined, { 'retry-after': odd })).retryAfter).toBeUndefined()
    }
  })

  test('says nothing of waiting where another try does not help', async () => {
    expect((await told(400, '', () => ({ retryAfter: 5 }), { 'retry-after': '7' })).retryAfter).toBeUndefined()
  })
})

function told(
  status: number,
  body: string,
  read: (said: { readonly message?: unknown }, text: string) => VendorFault = () => ({}),
  headers: Readonly<Record<string, string>> = {},
): Promise<PluginError> {
  const answer: FetchResponse = {
    ok: false,
    status,
    headers: { get: name => headers[name] ?? null },
    text: async () => body,
    json: async () => JSON.parse(body),
  }
  return vendorError<{ readonly message: unknown }>(answer, 'Acme', read)
}
