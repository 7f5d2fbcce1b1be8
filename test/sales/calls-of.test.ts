import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listCalls } from '../../core/sales/read-calls.ts'
import { type Statement, statement } from '../../core/sql.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { DATABASE_KINDS } from '../support/database.ts'

const FILL = `
  with people as (
    insert into leads (id, workspace_id, name, email, source, locale, status, created_at, updated_at)
    select gen_random_uuid(), $1, 'Ana ' || n, 'ana' || n || '@example.com', 'API', 'pt-BR', 'NEW', now(), now() from generate_series(1, 200) n
    returning id
  ), sold as (
    insert into deals (id, workspace_id, lead_id, title, stage, currency, probability, created_at, updated_at)
    select gen_random_uuid(), $1, id, 'Deal', 'PROSPECTING', 'BRL', 10, now(), now() from people returning id, lead_id
  ), met as (
    insert into meetings (id, workspace_id, lead_id, title, status, starts_at, ends_at, attendees, key, created_at)
    select gen_random_uuid(), $1, id, 'Call', 'SCHEDULED', now(), now(), '[]', id::text, now() from people returning id, lead_id
  )
  insert into calls (id, workspace_id, lead_id, deal_id, meeting_id, status, started_at)
  select gen_random_uuid(), $1, sold.lead_id, case when n % 4 = 0 then sold.id end, case when n % 4 = 1 then met.id end, 'ENDED', now() - make_interval(mins => n)
  from sold join met using (lead_id), generate_series(1, 40) n`

describe.each(DATABASE_KINDS)('the calls of a deal or a meeting, on %s,', kind => {
  let core: TestCore
  beforeAll(async () => {
    core = await openTestCore(kind)
    await core.sql.query(statement('', FILL), [core.workspaceId])
    await core.sql.query(statement('', 'analyze calls'))
  }, 60_000)
  afterAll(() => core?.close())

  it.each([
    ['dealId', 'deal_id', 'calls_by_deal'],
    ['meetingId', 'meeting_id', 'calls_by_meeting'],
  ])('by %s are read from an index', async (name, column, index) => {
    const [{ id }] = (await core.sql.query<{ id: string }>(
      statement('', `select ${column} as id from calls where ${column} is not null limit 1`),
    )) as [{ id: string }]
    const sent: [Statement, readonly unknown[] | undefined][] = []
    const watched: TestCore['sql'] = {
      ...core.sql,
      query(text, values) {
        sent.push([text, values])
        return core.sql.query(text, values)
      },
    }
    const page = await listCalls({ sql: watched }, core.workspaceId, { first: 50, filter: { [name]: id } })
    expect(page.items).toHaveLength(10)
    const [[list, values]] = sent as [[Statement, unknown[]]]
    const plan = await core.sql.query<{ 'QUERY PLAN': string }>(statement('', `explain ${list.text}`), values)
    const lines = plan.map(row => row['QUERY PLAN']).join('\n')
    expect(lines).toMatch(new RegExp(`${index}[^]*Index Cond: [^\n]*${column} =`))
  })
})
