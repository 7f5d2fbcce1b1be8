import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KEPT_MS } from '../core/adapters/cache/cache.ts'
import { createLog } from '../core/log.ts'
import { statement } from '../core/sql.ts'
import { logEvents } from '../core/triggers/log-events.ts'
import { openTestCore, type TestCore } from './support/core.ts'
import { DATABASE_KINDS } from './support/database.ts'

/** The tables of SEED.pt-BR.md with their columns, as it spells them. */
const TABLES = {
  leads: 'id name email company score status created_at updated_at',
  tasks: 'id module action priority status data created_at executed_at',
  decisions: 'id module context decision outcome created_at',
  metrics: 'id module metric_name metric_value timestamp',
} as const

describe.each(DATABASE_KINDS)('the names of the seed, on %s,', kind => {
  let core: TestCore
  beforeAll(async () => {
    core = await openTestCore(kind)
  })
  afterAll(() => core?.close())

  it.each(Object.entries(TABLES))('the table %s has its columns', async (table, columns) => {
    const there = await core.sql.query<{ name: string }>(
      statement(
        '',
        `select column_name as name from information_schema.columns where table_schema = 'public' and table_name = $1`,
      ),
      [table],
    )
    const names = there.map(({ name }) => name)
    expect(columns.split(' ').filter(column => !names.includes(column))).toEqual([])
  })
})

it('the cache keeps the overview for 15 minutes', () => {
  expect(KEPT_MS['analytics:overview']).toBe(15 * 60_000)
})

describe('the log', () => {
  const event = {
    id: 'e1',
    workspaceId: 'w1',
    type: 'lead.qualified',
    subjectId: 'l1',
    data: { score: 85, text: 'joao@empresa.com' },
  }

  it('has the fields of the seed, and of a lead nothing but its id', () => {
    const lines: string[] = []
    const into = new Writable({ write: (chunk, _encoding, done) => (lines.push(String(chunk)), done()) })
    const settings = createLog('info')
    const log = pino(
      { level: 'info', timestamp: false, formatters: { level: label => ({ level: label.toUpperCase() }) } },
      into,
    )
    expect(settings.level).toBe('info')
    logEvents(log, [event as never, { ...event, type: 'schedule.fired' } as never])
    expect(lines.map(line => JSON.parse(line))).toMatchObject([
      {
        level: 'INFO',
        module: 'pre_vendas',
        event: 'lead_qualified',
        lead_id: 'l1',
        score: 85,
        context: { event_id: 'e1', workspace_id: 'w1' },
      },
    ])
    expect(lines.join('')).not.toContain('joao')
  })
})
