import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openAccess } from '../../core/access/access.ts'
import { audit, readAudit } from '../../core/access/audit.ts'
import { endpoint, endpointRouter } from '../../core/http/endpoint.ts'
import type { WorkspaceId } from '../../core/ids.ts'
import { newId } from '../../core/ids.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { readKillList } from '../../core/plugins/kill-list.ts'
import { type Sql, statement } from '../../core/sql.ts'
import { openTestServer } from '../http/open-test-server.ts'
import { insertWorkspace } from '../plugins/world.ts'
import { openTestCore, type TestCore } from '../support/core.ts'

const A = leadInput.parse({ name: 'A', email: 'a@example.com', source: 'API', consent: { basis: 'CONSENT' } })
const LEADS = statement('test.all-leads', 'select id, workspace_id from leads')

describe('the second wall between workspaces, on postgres', () => {
  let core: TestCore
  let other: WorkspaceId
  beforeAll(async () => {
    core = await openTestCore('postgres')
    other = await insertWorkspace(core, 'other')
    for (const workspaceId of [core.workspaceId, other]) await captureLead(core, workspaceId, A, { source: 'rest' })
  })
  afterAll(() => core?.close())

  it('shows a statement that forgot its workspace only rows of the one it is asked for', async () => {
    expect(await core.sql.query(LEADS)).toHaveLength(2)
    for (const workspaceId of [core.workspaceId, other, core.workspaceId])
      expect(await core.sqlOf(workspaceId).query(LEADS)).toMatchObject([{ workspace_id: workspaceId }])
    expect(await core.sqlOf(newId()).query(LEADS)).toEqual([])
  })
  it('keeps many workspaces apart that ask at once, also inside transactions', async () => {
    const asked = Array.from({ length: 60 }, (_, i) => (i % 2 ? core.workspaceId : other))
    const found = await Promise.all(
      asked.map((workspaceId, i) =>
        i % 3
          ? core.sqlOf(workspaceId).query<{ workspace_id: string }>(LEADS)
          : core.sqlOf(workspaceId).transaction(tx => tx.query<{ workspace_id: string }>(LEADS)),
      ),
    )
    expect(found.map(rows => rows.map(row => row.workspace_id))).toEqual(asked.map(id => [id]))
  })
  it('looks up a few leads by what they are called, and nobody of another workspace', async () => {
    const find = statement('test.find', 'select leads_found($1, $2, $3) as ids')
    const plan = statement(
      'test.plan',
      `explain select id from leads where name ilike '%example%' or email ilike '%example%' or company ilike '%example%'`,
    )
    await core.sql.transaction(async tx => {
      await tx.query(statement('', 'set local enable_seqscan = off')) // two rows are read sooner than an index
      expect(JSON.stringify(await tx.query(plan))).toContain('leads_by_words')
    })
    for (const mine of [core.workspaceId, other]) {
      const [{ id }] = (await core.sqlOf(mine).query(LEADS)) as [{ id: string }]
      expect(await core.sqlOf(mine).query(find, ['%example%', mine, 5])).toEqual([{ ids: [id] }])
      expect(await core.sql.query(find, ['%example%', mine, 5])).toEqual([{ ids: [id] }]) // the engine's own connections
      expect(await core.sqlOf(mine).query(find, ['%EXAMPLE%', mine, 0])).toEqual([{ ids: null }]) // more than were asked for
      expect(await core.sqlOf(mine).query(find, ['%exemple%', mine, 5])).toEqual([{ ids: [] }])
      expect(await core.sqlOf(mine).query(find, ['%e%', mine, 5])).toEqual([{ ids: null }]) // no three letters
    }
    expect(await core.sqlOf(other).query(find, ['%example%', core.workspaceId, 5])).toEqual([{ ids: [] }])
  })
  it('stands behind REST: an endpoint that forgot the workspace of who asks answers with theirs alone', async () => {
    const host = await openTestServer('postgres')
    const forgetful = endpoint({
      method: 'GET',
      path: '/forgetful',
      tag: 'leads',
      summary: 'Every lead there is.',
      permission: 'leads:read',
      status: 200,
      answer: z.array(z.unknown()),
      handle: ({ core }) => core.sql.query(LEADS),
    })
    const app = express().use(endpointRouter(host.core, await openAccess(host.core), [forgetful]))
    const listening = app.listen(0, '127.0.0.1')
    await once(listening, 'listening')
    try {
      const mine = host.core.workspaceId
      for (const workspaceId of [mine, await insertWorkspace(host.core, 'other')])
        await captureLead(host.core, workspaceId, A, { source: 'rest' })
      const { port } = listening.address() as AddressInfo
      const answer = await fetch(`http://127.0.0.1:${port}/forgetful`, {
        headers: { authorization: `Bearer ${await host.token()}` },
      })
      expect(await answer.json()).toEqual([{ id: expect.any(String), workspace_id: mine }])
      expect(await host.core.sql.query(LEADS)).toHaveLength(2)
    } finally {
      listening.close()
      await host.close()
    }
  })
  it('takes no row for another workspace, and changes none of its', async () => {
    const move = statement('test.move', 'update leads set workspace_id = $1')
    await expect(core.sqlOf(other).query(move, [core.workspaceId])).rejects.toThrow(/row-level security/)
    const rename = statement('test.rename', `update leads set name = 'B' returning workspace_id`)
    expect(await core.sqlOf(other).query(rename)).toEqual([{ workspace_id: other }])
  })
  it('lets nobody who is let in change the audit log or take anything out of it', async () => {
    const write = (tx: Sql) =>
      audit(tx, other, { actor: 'host', action: 'test.done', target: 'test', data: {} }, core.clock.now())
    await core.sqlOf(other).transaction(write)
    for (const text of [`update audit_log set actor = 'host'`, 'delete from audit_log'])
      await expect(core.sqlOf(other).query(statement('', text))).rejects.toThrow(/permission denied/)
    expect(await readAudit({ sql: core.sqlOf(other) }, other, 'test')).toHaveLength(1)
  })
  it('lets who is let in read the kill list of plugins, and change nothing of it', async () => {
    const sql = core.sqlOf(other)
    expect(await readKillList(sql)).toEqual([])
    for (const text of [`insert into plugin_kill_list (origin) values ('x')`, 'delete from plugin_kill_list'])
      await expect(sql.query(statement('', text))).rejects.toThrow(/permission denied/)
  })
  it('stands around every table that has a workspace, and keeps keys from everybody', async () => {
    const open = await core.sql.query<{ name: string }>(
      statement(
        'test.open-tables',
        `select c.table_name as name from information_schema.columns c
         join information_schema.tables t using (table_schema, table_name)
         where c.table_schema = 'public' and c.column_name = 'workspace_id' and t.table_type = 'BASE TABLE'
           and not exists (select 1 from pg_policies p where p.tablename = c.table_name)`,
      ),
    )
    expect(open).toEqual([])
    for (const table of ['data_keys', 'signing_keys', 'sentinels'])
      await expect(core.sqlOf(other).query(statement(`test.${table}`, `select * from ${table}`))).rejects.toThrow(
        /permission denied/,
      )
  })
})
