import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { healthOf, withContact } from '../../plugins/onboarding/health.ts'

const AT = new Date('2026-03-31T12:00:00Z')
const of = (facts: Parameters<typeof healthOf>[0]) => healthOf(facts, AT, key => key)

describe('a customer’s health', () => {
  test('is not invented where nothing is known', () => {
    expect(of({})).toEqual({ known: false, health: null, missing: ['use', 'payment', 'contact', 'tickets', 'nps'] })
  })
  test('is the sum of its factors, whatever is known', () => {
    const lots = [
      { activeUsers: 3, seats: 10, overdueDays: 3, openTickets: 1, nps: 7, lastContactAt: '2026-03-10T12:00:00Z' },
      { nps: 6, openTickets: 2 },
      { activeUsers: 99, seats: 10 },
      { overdueDays: 400, openTickets: 90 },
    ]
    for (const facts of lots) {
      const { score, factors } = of(facts).health!
      expect(factors.reduce((sum, { points }) => sum + points, 0)).toBe(score)
      expect(score).toBeGreaterThanOrEqual(0)
      expect(score).toBeLessThanOrEqual(100)
    }
  })
  test('is full where all is well, and nothing where nothing is', () => {
    const well = {
      activeUsers: 8,
      seats: 10,
      overdueDays: 0,
      openTickets: 0,
      nps: 10,
      lastContactAt: '2026-03-30T12:00:00Z',
    }
    expect(of(well).health!.score).toBe(100)
    const ill = {
      activeUsers: 0,
      seats: 10,
      overdueDays: 60,
      openTickets: 9,
      nps: 0,
      lastContactAt: '2025-12-01T12:00:00Z',
    }
    expect(of(ill).health!.score).toBe(0)
  })
  test('neither gains nor loses by what is not known', () => {
    expect(of({ nps: 10 }).health!.score).toBe(100)
    expect(of({ openTickets: 9 }).health!.score).toBe(0)
  })
  test('falls with every fact that gets worse', () => {
    const base = {
      activeUsers: 5,
      seats: 10,
      overdueDays: 5,
      openTickets: 1,
      nps: 7,
      lastContactAt: '2026-03-10T12:00:00Z',
    }
    const worse = [
      { activeUsers: 3 },
      { overdueDays: 12 },
      { openTickets: 3 },
      { nps: 4 },
      { lastContactAt: '2026-02-20T12:00:00Z' },
    ]
    for (const change of worse) expect(of({ ...base, ...change }).health!.score).toBeLessThan(of(base).health!.score)
  })
  test('counts the last message that came where it is later than what was told', () => {
    const told = { lastContactAt: '2026-02-01T00:00:00Z' }
    expect(withContact(told, '2026-03-01T00:00:00Z').lastContactAt).toBe('2026-03-01T00:00:00Z')
    expect(withContact(told, '2026-01-01T00:00:00Z').lastContactAt).toBe(told.lastContactAt)
    expect(withContact({}, null)).toEqual({})
  })
})

test('the playbook that steps in weighs the factors as the score does', async () => {
  const source = await readFile(join(import.meta.dirname, '../../playbooks/help-customer.yaml'), 'utf8')
  const written = /const WEIGHTS = \{ (.*?) \}/.exec(source)?.[1]?.split(', ')
  const best = { activeUsers: 8, seats: 10, overdueDays: 0, lastContactAt: AT.toISOString(), openTickets: 0, nps: 10 }
  expect(written?.toSorted()).toEqual(
    of(best)
      .health!.factors.map(({ name, points }) => `${name}: ${points}`)
      .toSorted(),
  )
})
