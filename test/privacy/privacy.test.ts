import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brokenAudit } from '../../core/access/audit.ts'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { exportPerson } from '../../core/privacy/export-person.ts'
import { REGISTER } from '../../core/privacy/register.ts'
import { createRequest, getRequest, lookAtRequests } from '../../core/privacy/requests.ts'
import { applyRetention, setRetention } from '../../core/privacy/retention.ts'
import { publishPolicies } from '../../core/decisions/publish-policy.ts'
import { publishFolder } from '../../core/publishing/publish-folder.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { statement } from '../../core/sql.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { DATABASE_KINDS } from '../support/database.ts'

const ANA = {
  name: 'Marmelada Goiabada',
  email: 'marmelada@pessoal.example',
  phone: '+55 11 97346-1208',
  company: 'Doces Tijuca',
}
const BIA = { name: 'Beatriz Prado', email: 'bia@pessoal.example', phone: '+55 21 99876-5432', company: 'Prado Obras' }
const TRACES = [ANA.name, 'Marmelada', ANA.email, '+5511973461208', ANA.company]

const lead = (person: typeof ANA, source = 'API') =>
  leadInput.parse({ ...person, jobTitle: 'Diretora Comercial', source, consent: { basis: 'CONSENT' } })

describe.each(DATABASE_KINDS)('what a workspace knows of people, on %s', kind => {
  let core: TestCore
  beforeAll(async () => {
    core = await openTestCore(kind)
    await installBuiltIns(core, core.workspaceId)
    await publishPolicies(core, core.workspaceId, core.config.playbooksDir)
    await publishFolder(core, core.workspaceId, core.config.playbooksDir)
    await core.brain.open()
    for (const person of [ANA, BIA]) await captureLead(core, core.workspaceId, lead(person), { source: 'rest' })
    await settled()
    await core.sql.query(
      statement(
        'test.mention',
        `insert into webhook_posts (id, workspace_id, webhook_id, data, created_at)
         select gen_random_uuid(), workspace_id, id, $1::jsonb, now() from webhooks limit 1`,
      ),
      [JSON.stringify({ body: { to: `Write to ${ANA.email.toUpperCase()}, or ${BIA.email}` } })],
    )
  }, 120_000)
  afterAll(() => core?.close())

  /** Until nothing is dispatched or executed any more. */
  async function settled(): Promise<void> {
    const busy = statement(
      'test.busy',
      `select 1 from events where dispatched_at is null union all select 1 from runs where lease_owner is not null
       or (finished_at is null and due_at <= $1)`,
    )
    for (let quiet = 0; quiet < 3;) {
      await new Promise(resolve => setTimeout(resolve, 100))
      quiet = (await core.sql.query(busy, [core.clock.now()])).length === 0 ? quiet + 1 : 0
    }
  }
  async function everything(): Promise<Record<string, string>> {
    const tables = await core.sql.query<{ name: string }>(
      statement(
        'test.tables',
        `select table_name as name from information_schema.tables where table_schema = 'public'`,
      ),
    )
    const all: Record<string, string> = {}
    for (const { name } of tables)
      all[name] = (
        await core.sql.query<{ rows: string }>(
          statement(
            `test.dump-${name}`,
            `select coalesce(jsonb_agg(to_jsonb(t)), '[]')::text as rows from "${name}" t`,
          ),
        )
      )[0]!.rows
    return all
  }

  it('stands in the register, column by column', async () => {
    const columns = await core.sql.query<{ table: string; column: string }>(
      statement(
        'test.text-columns',
        `select table_name as table, column_name as column from information_schema.columns
         where table_schema = 'public' and data_type in ('text', 'character varying', 'jsonb', 'json', 'ARRAY', 'bytea')`,
      ),
    )
    const missing = columns.filter(({ table, column }) => REGISTER[table]?.columns[column] === undefined)
    expect(
      missing.map(({ table, column }) => `${table}.${column}`),
      'Say in core/privacy/register.ts what these columns are to a person: "plain" for nothing at all, "secret" for what is never handed out, "text", "null", "object", "list" or "json" for what an export hands out and an erasure takes away. A table with rows about one person needs `about` as well.',
    ).toEqual([])
    expect(columns.length).toBeGreaterThan(150)
  })

  it('is handed out: records, what runs were given and did, what mentions them, and why they were judged as they were', async () => {
    const bundle = await exportPerson(core, core.workspaceId, '(11) 97346-1208')
    expect(bundle.leadIds).toHaveLength(1)
    expect(Object.keys(bundle.tables)).toEqual(
      expect.arrayContaining(['leads', 'activities', 'events', 'runs', 'journal', 'webhook_posts']),
    )
    expect(bundle.tables['leads']).toMatchObject([{ name: ANA.name, email: ANA.email }])
    expect(JSON.stringify({ ...bundle.tables, webhook_posts: [] })).not.toContain(BIA.email)
    expect(JSON.stringify(bundle.automatedDecisions)).toMatch(/"score":\d+/)
    expect(JSON.stringify(bundle)).not.toMatch(/_sealed|token_hash|password_hash/)
  })
  it('is put right', async () => {
    const correction = { jobTitle: 'Presidente', phone: '11 97346-1208' }
    const done = await createRequest(
      core,
      core.workspaceId,
      { kind: 'CORRECTION', subject: ANA.email, correction },
      undefined,
    )
    expect(done).toMatchObject({ status: 'COMPLETED', report: { leads: 1 } })
    const { tables } = await exportPerson(core, core.workspaceId, ANA.email)
    expect(tables['leads']).toMatchObject([{ job_title: 'Presidente', name: ANA.name }])
  })
  it('refuses a subject that is nobody’s address, number or lead', async () => {
    const request = { kind: 'EXPORT', subject: 'Marmelada' } as const
    await expect(createRequest(core, core.workspaceId, request, undefined)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    })
  })

  it('is erased everywhere, once their runs have ended, and nobody else’s is', async () => {
    const before = await everything()
    for (const trace of TRACES) expect(JSON.stringify(before), trace).toContain(trace)
    const request = await createRequest(core, core.workspaceId, { kind: 'ERASURE', subject: ANA.email }, undefined)
    expect(request.dueAt.getTime() - request.createdAt.getTime()).toBe(15 * 86_400_000)
    expect(request.status).toBe('PROCESSING') // a month-long wait of theirs has to be ended first
    await settled()
    await lookAtRequests(core)
    const done = await getRequest(core, core.workspaceId, request.id)
    expect(done).toMatchObject({ status: 'COMPLETED', subject: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(done.report).toMatchObject({ leads: 1, events: expect.any(Number), journal: expect.any(Number) })
    const after = await everything()
    for (const [table, rows] of Object.entries(after))
      for (const trace of TRACES) expect(rows.toLowerCase(), `${table}: ${trace}`).not.toContain(trace.toLowerCase())
    expect(after['leads']).toContain('[erased]')
    expect(after['webhook_posts']).toContain(BIA.email)
    for (const trace of [BIA.name, BIA.email, BIA.company]) expect(after['leads']).toContain(trace)
    expect(JSON.stringify((await exportPerson(core, core.workspaceId, BIA.email)).tables)).toContain(BIA.name)
    expect(after['audit_log']).toContain('person.erased')
    expect(await brokenAudit(core, core.workspaceId)).toBeUndefined()
    await lookAtRequests(core) // again, as after a crash: nothing is left to do
    expect(await getRequest(core, core.workspaceId, request.id)).toEqual(done)
  })
  it('does not come back by an import, only by the person', async () => {
    const again = (source: string) => captureLead(core, core.workspaceId, lead(ANA), { source })
    await expect(again('rest')).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(
      captureLead(core, core.workspaceId, lead({ ...ANA, email: 'other@pessoal.example' }), { source: 'graphql' }),
    ).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(again('form:demo')).resolves.toMatchObject({ created: true })
    await expect(again('rest')).resolves.toMatchObject({ created: false })
    await settled()
  })
  it('is not kept for longer than the workspace wants', async () => {
    const days = (count: number) => core.clock.advance(count * 86_400_000)
    await setRetention(core, core.workspaceId, { runDays: 30, personDays: 365 }, 'host')
    await core.brain.stop()
    days(20)
    await applyRetention(core)
    expect((await everything())['leads']).toContain(BIA.name)
    const runs = async () => JSON.parse((await everything())['runs']!) as { finished_at: string | null }[]
    expect((await runs()).filter(run => run.finished_at).length).toBeGreaterThan(0)
    days(20)
    await applyRetention(core)
    expect((await runs()).filter(run => run.finished_at)).toEqual([])
    await expect(setRetention(core, core.workspaceId, { runDays: 1, personDays: null }, 'host')).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    })
  })
})
