import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Retry } from '../../core/playbooks/playbook.ts'
import { NEVER_RETRIED } from '../../core/runs/attempts.ts'
import { defaultRetry, nextRetry, RETRY_DEFAULTS, retryDelay } from '../../core/playbooks/retry-delay.ts'
import { openTestBench, type TestBench } from '../rehearsal/rehearse.ts'

const retry = (rest: Partial<Retry>): Retry => ({
  ...RETRY_DEFAULTS,
  maxAttempts: 10,
  delayMs: 2000,
  maxDelayMs: 60_000,
  jitter: 0,
  ...rest,
})
const delays = (rest: Partial<Retry>, random = 0.5): number[] =>
  [1, 2, 3, 4, 5, 6, 7].map(attempt => retryDelay(retry(rest), attempt, () => random))

describe('Promise 5, retry: the delay before the next attempt', () => {
  it('doubles up to its ceiling when exponential', () => {
    expect(delays({ backoff: 'exponential', factor: 2 })).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
    expect(delays({ backoff: 'exponential', factor: 3 })).toEqual([2000, 6000, 18_000, 54_000, 60_000, 60_000, 60_000])
  })

  it('grows by the same amount when linear, and not at all when constant', () => {
    expect(delays({ backoff: 'linear', maxDelayMs: 9000 })).toEqual([2000, 4000, 6000, 8000, 9000, 9000, 9000])
    expect(delays({ backoff: 'constant' })).toEqual(Array(7).fill(2000))
  })

  it('is moved by jitter either way, after the ceiling', () => {
    expect(delays({ backoff: 'constant', jitter: 0.5 }, 0)[0]).toBe(1000)
    expect(delays({ backoff: 'constant', jitter: 0.5 }, 0.999999)[0]).toBe(3000)
    expect(delays({ backoff: 'constant', jitter: 0.5 }, 0.5)[0]).toBe(2000)
  })

  it('stays finite after very many attempts', () => {
    expect(retryDelay(retry({ backoff: 'exponential', factor: 10 }), 5000, () => 0.5)).toBe(60_000)
  })
})

describe('Promise 5, retry: what is never retried', () => {
  let bench: TestBench
  beforeAll(async () => void (bench = await openTestBench()))
  afterAll(() => bench?.close())

  /** What is other than expected of a step that may be tried three times, and fails with this code each time. */
  async function misfits(code: string, attempts: number): Promise<string[]> {
    const { results } = await bench.rehearse(`
steps:
  - id: letter
    uses: email/send
    with: { to: ana@example.com, subject: Olá, body: Olá }
    retry: { maxAttempts: 3, delay: 1s, jitter: 0 }
tests:
  - name: fails
    event: { type: lead.captured }
    fixtures: { letter: { error: { code: ${code} } } }
    expect: [{ run: failed }, { step: letter, status: failed, error: ${code}, attempts: ${attempts} }]
`)
    return results[0]!.failures.map(({ message }) => message)
  }

  it.each([...NEVER_RETRIED])('%s is not', async code => {
    expect(await misfits(code, 1)).toEqual([])
  })

  it.each(['TIMEOUT', 'UNAVAILABLE', 'RATE_LIMITED', 'PLUGIN'])('%s is, three times and not once', async code => {
    expect(await misfits(code, 3)).toEqual([])
    expect(await misfits(code, 1)).toHaveLength(1)
  })

  it('is what the input, whoever asks, the playbook and its bounds are wrong with', () => {
    expect([...NEVER_RETRIED].toSorted()).toEqual([
      'BAD_USER_INPUT',
      'CANCELLED',
      'CONFLICT',
      'EXPRESSION',
      'FORBIDDEN',
      'LIMIT',
      'NOT_FOUND',
      'PERMISSION',
      'UNAUTHENTICATED',
      'UNKNOWN_OUTCOME',
      'VALIDATION',
    ])
  })
})

describe('the next attempt', () => {
  const half = (): number => 0.5

  it('is none once maxAttempts, which counts the first, have been made', () => {
    expect(nextRetry(retry({ maxAttempts: 3 }), { attempt: 2, elapsedMs: 0 }, half)).toBe(4000)
    expect(nextRetry(retry({ maxAttempts: 3 }), { attempt: 3, elapsedMs: 0 }, half)).toBeUndefined()
    expect(nextRetry(retry({ maxAttempts: 1 }), { attempt: 1, elapsedMs: 0 }, half)).toBeUndefined()
  })

  it('waits at least as long as the far side asked', () => {
    expect(nextRetry(retry({}), { attempt: 1, elapsedMs: 0, retryAfterMs: 30_000 }, half)).toBe(30_000)
    expect(nextRetry(retry({}), { attempt: 1, elapsedMs: 0, retryAfterMs: 10 }, half)).toBe(2000)
  })

  it('is none when it would begin after maxDuration', () => {
    expect(nextRetry(retry({ maxDurationMs: 10_000 }), { attempt: 1, elapsedMs: 8000 }, half)).toBe(2000)
    expect(nextRetry(retry({ maxDurationMs: 10_000 }), { attempt: 1, elapsedMs: 8001 }, half)).toBeUndefined()
    expect(
      nextRetry(retry({ maxDurationMs: 10_000 }), { attempt: 1, elapsedMs: 0, retryAfterMs: 11_000 }, half),
    ).toBeUndefined()
  })

  it('is there by default for what may be repeated, and not for what may not', () => {
    expect(defaultRetry({ effect: 'none', idempotency: 'none' })).toMatchObject({ maxAttempts: 3, delayMs: 1000 })
    expect(defaultRetry({ effect: 'read', idempotency: 'none' })).toBeDefined()
    expect(defaultRetry({ effect: 'send', idempotency: 'none' })).toBeUndefined()
    expect(defaultRetry({ effect: 'write', idempotency: 'none' })).toBeUndefined()
    expect(defaultRetry({ effect: 'send', idempotency: 'lookup' })).toBeDefined()
    expect(defaultRetry({ effect: 'write', idempotency: 'key' })).toBeDefined()
  })
})
