import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brokenAudit, readAudit } from '../../core/access/audit.ts'
import { createWorkspace } from '../../core/brain/create-workspace.ts'
import { publishPolicies } from '../../core/decisions/publish-policy.ts'
import type { UserId, WorkspaceId } from '../../core/ids.ts'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { mergeLeads, type MergeField } from '../../core/privacy/merge-leads.ts'
import { findPerson } from '../../core/privacy/person.ts'
import { REGISTER } from '../../core/privacy/register.ts'
import { createRequest } from '../../core/privacy/requests.ts'
import { publishFolder } from '../../core/publishing/publish-folder.ts'
import { addCallLines, endCall, startCall } from '../../core/sales/calls.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { createCharge } from '../../core/sales/charges.ts'
import { startCustomer } from '../../core/sales/customers.ts'
import { openDeal } from '../../core/sales/deals.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { getLead, updateLead } from '../../core/sales/leads.ts'
import { scheduleMeeting } from '../../core/sales/meetings.ts'
import { sendMessage, thread } from '../../core/sales/messages.ts'
import { createProposal } from '../../core/sales/proposals.ts'
import { receiveLetter, receiveText } from '../../core/sales/receive-message.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { DATABASE_KINDS } from '../support/database.ts'

const BY_HAND = { source: 'graphql' }
const letter = (from: string, externalId: string) => ({
  externalId,
  answers: undefined,
  from,
  subject: 'Oi',
  text: 'Ainda vale?',
  automatic: false,
})

describe.each(DATABASE_KINDS)('two records that are one person, on %s', { timeout: 60_000 }, kind => {
  let core: TestCore
  let count = 0
  let slot = 0
  beforeAll(async () => {
    core = await openTestCore(kind)
    await installBuiltIns(core, core.workspaceId)
    await publishPolicies(core, core.workspaceId, core.config.playbooksDir)
    await publishFolder(core, core.workspaceId, core.config.playbooksDir)
    await core.brain.open()
  }, 180_000)
  afterAll(() => core?.close())

  const rows = <T>(text: string, values: readonly unknown[] = []) =>
    core.sql.query<T & Record<string, unknown>>({ name: '', text }, [...values])
  const capture = async (more: Record<string, unknown> = {}, workspaceId: WorkspaceId = core.workspaceId) => {
    const fields = { name: `Ana Souza ${++count}`, email: `ana${count}@acme.example`, source: 'API', consent: { basis: 'CONSENT' } } // prettier-ignore
    const { leadId } = await captureLead(core, workspaceId, leadInput.parse({ ...fields, ...more }), { source: 'rest' })
    return leadId
  }
  const settled = async () => {
    const busy = `select 1 from events where dispatched_at is null union all select 1 from runs where lease_owner is not null or (finished_at is null and due_at <= $1)`
    for (let quiet = 0; quiet < 3;) {
      await new Promise(resolve => setTimeout(resolve, 100))
      quiet = (await rows(busy, [core.clock.now()])).length === 0 ? quiet + 1 : 0
    }
  }
  const merge = (keepId: string, mergeId: string, ...take: MergeField[]) =>
    mergeLeads(core, core.workspaceId, { keepId, mergeId, take }, 'user:ana')
  /** Everything that a lead can have. */
  const fill = async (leadId: string) => {
    const { workspaceId } = core
    const deal = await openDeal(core, workspaceId, { leadId, title: 'Painéis' }, BY_HAND)
    await startCustomer(core, workspaceId, { leadId, dealId: deal.id, facts: { seats: 5 } }, BY_HAND)
    const startsAt = new Date(core.clock.now().getTime() + (3 + slot++) * 3_600_000)
    await scheduleMeeting(core, workspaceId, { leadId, title: 'Conversa', startsAt: startsAt.toISOString(), endsAt: new Date(startsAt.getTime() + 1_800_000).toISOString(), attendees: [] }, { key: `meeting:${leadId}`, runId: null }) // prettier-ignore
    const call = await startCall(core, workspaceId, { leadId }, { by: null })
    await addCallLines(core, workspaceId, call.id, [{ who: 'them', text: 'Quanto custa?' }])
    await endCall(core, workspaceId, call.id)
    const items = [{ description: 'Painel', quantity: 1, unitAmount: 1000 }]
    await createProposal(core, workspaceId, { leadId, title: 'Proposta', items, currency: 'BRL' }, { key: null, runId: null }) // prettier-ignore
    const charge = { leadId, amount: 1000, currency: 'BRL', description: 'Fatura', customer: { name: 'Ana' } }
    await createCharge(core, workspaceId, charge, { key: `bill:${leadId}`, runId: null })
    await rows(`insert into audience_members (workspace_id, audience, lead_id, added_at) values ($1, 'vip', $2, now())`, [workspaceId, leadId]) // prettier-ignore
    await rows(`insert into planned_calls (id, workspace_id, installation_id, key, action, input, due_at, origin, planned_at)
      select gen_random_uuid(), $1, id, $2, 'sdr/qualify', jsonb_build_object('leadId', $3::text), $4, 'test', $4 from installations limit 1`, [workspaceId, `plan:${leadId}`, leadId, new Date('2999-01-01')]) // prettier-ignore
  }

  it(
    'become one with everything that either has, and no row of the register names the one that is gone',
    { timeout: 120_000 },
    async () => {
      // prettier-ignore
      const keep = await capture({ phone: '+5511987650001', company: 'Acme' })
      const gone = await capture({ phone: '+5511987650002', jobTitle: 'Diretora' })
      await settled()
      for (const leadId of [keep, gone]) await fill(leadId)
      await settled()
      const before = await getLead(core, core.workspaceId, { id: gone })
      const owned = 'messages meetings deals proposals calls charges notices activities'.split(' ')
      const counts = async () => {
        const found = owned.map(async table => (await rows<{ n: number }>(`select count(*)::int as n from ${table} where lead_id = any($1::uuid[])`, [[keep, gone]]))[0]!.n) // prettier-ignore
        return Object.fromEntries((await Promise.all(found)).map((n, index) => [owned[index]!, n]))
      }
      const had = await counts()
      expect(Object.entries(had).filter(([, n]) => n === 0)).toEqual([])
      await merge(keep, gone, 'email')
      await settled()

      for (const [name, table] of Object.entries(REGISTER)) {
        if (['audit_log', 'lead_aliases'].includes(name)) continue // the proof, and what finds the lead
        const texts = Object.keys(table.columns).filter(
          column => table.columns[column] !== 'plain' && column !== 'dedupe_key',
        )
        const said = await rows<Record<string, unknown>>(`select to_jsonb(t) as row from "${name}" t where to_jsonb(t)::text like $1`, [`%${gone}%`]) // prettier-ignore
        const named = said.flatMap(({ row }) => {
          const all = row as Record<string, unknown>
          const told = name === 'events' && all['type'] === 'lead.merged' // and what tells of it, with what heard it
          const places = [...texts, 'lead_id', 'subject_id', 'id'].filter(column => JSON.stringify(all[column] ?? null).includes(gone)) // prettier-ignore
          const ofMerge = name === 'activities' && all['kind'] === 'MERGED'
          return told || ofMerge ? [] : places.map(column => `${name}.${column}`)
        })
        expect(named, name).toEqual([])
      }
      const now = await counts()
      expect(now).toEqual({ ...had, activities: had['activities']! + 1 })
      expect(await rows('select 1 from customers where lead_id = $1', [keep])).toHaveLength(1)
      expect(await rows('select 1 from audience_members where lead_id = $1', [keep])).toHaveLength(1)
      const lead = await getLead(core, core.workspaceId, { id: keep })
      expect(lead).toMatchObject({
        email: before.email,
        phone: '+5511987650001',
        company: 'Acme',
        jobTitle: 'Diretora',
      })
      await expect(getLead(core, core.workspaceId, { id: gone })).rejects.toMatchObject({ code: 'NOT_FOUND' })

      expect(await rows(`select data from events where type = 'lead.merged' and subject_id = $1`, [keep])).toEqual([
        { data: { leadId: keep, mergedLeadId: gone } },
      ])
      expect(await rows(`select summary from activities where kind = 'MERGED' and lead_id = $1`, [keep])).toEqual([
        { summary: before.name },
      ])
      expect((await readAudit(core, core.workspaceId, `lead:${keep}`))[0]).toMatchObject({
        action: 'lead.merged',
        actor: 'user:ana',
        data: { merged: gone },
      })
      expect(await brokenAudit(core, core.workspaceId)).toBeUndefined()

      // again: nothing; and into another one: not any more
      await merge(keep, gone)
      expect(await rows(`select 1 from events where type = 'lead.merged' and subject_id = $1`, [keep])).toHaveLength(1)
      await expect(merge(await capture(), gone)).rejects.toMatchObject({ code: 'CONFLICT' })
    },
  )

  it('stop what runs about the one that goes, so that nobody is written to twice', { timeout: 60_000 }, async () => {
    const keep = await capture()
    const gone = await capture()
    await settled()
    const open = (id: string) => rows('select id from runs where subject_id = $1 and finished_at is null', [id])
    const running = (await open(keep)).length
    expect(running).toBeGreaterThan(0)
    const stopped = (await open(gone)).map(({ id }) => id)
    expect(stopped.length).toBeGreaterThan(0)
    await merge(keep, gone)
    const after = await rows<{ id: string; status: string }>('select id, status from runs where id = any($1::uuid[])', [stopped]) // prettier-ignore
    expect(after.map(({ status }) => status)).toEqual(stopped.map(() => 'cancelled'))
    expect(await open(keep)).toHaveLength(running)
  })

  it('are found by every address and number that either had', async () => {
    const keep = await capture({ phone: '+5511987650011' })
    const gone = await capture({ phone: '+5511987650012' })
    const old = (await getLead(core, core.workspaceId, { id: gone })).email!
    await merge(keep, gone)
    const own = (await getLead(core, core.workspaceId, { id: keep })).email
    const back = await captureLead(core, core.workspaceId, leadInput.parse({ name: 'Ana', email: old, source: 'API' }), { source: 'form:demo' }) // prettier-ignore
    expect(back).toMatchObject({ leadId: keep, created: false })
    expect((await getLead(core, core.workspaceId, { id: keep })).email).toBe(own) // what somebody chose stays
    expect(await receiveLetter(core, core.workspaceId, letter(old, '<alias@x>'))).toMatchObject({ leadId: keep })
    const text = { channel: 'sms', externalId: 'sms-1', from: '+5511987650012', to: '+551100000000', text: 'Oi' } as const // prettier-ignore
    expect(await receiveText(core, core.workspaceId, text)).toMatchObject({ leadId: keep })
  })

  it('keep the stricter of what was asked of us, also at the address that is an alias', async () => {
    const keep = await capture()
    const gone = await capture()
    await settled()
    const old = (await getLead(core, core.workspaceId, { id: gone })).email!
    await updateLead(core, core.workspaceId, { id: gone, patch: { unsubscribed: true, status: 'DISQUALIFIED' } }, { key: `off:${gone}`, runId: null }) // prettier-ignore
    await rows(`update leads set consent = consent || '{"withdrawnAt": "2026-01-01T00:00:00Z"}' where id = $1`, [gone])
    await merge(keep, gone)
    const lead = await getLead(core, core.workspaceId, { id: keep })
    expect(lead.unsubscribedAt).not.toBeNull()
    expect(lead).toMatchObject({ status: 'DISQUALIFIED', consent: { basis: 'CONSENT', withdrawnAt: '2026-01-01T00:00:00Z' } }) // prettier-ignore
    const written = (await thread(core, core.workspaceId, { leadId: keep })).length
    const sent = sendMessage(core, core.workspaceId, { to: old, subject: 'x', body: 'x' }, { key: `to:${old}`, runId: null }) // prettier-ignore
    await expect(sent).rejects.toThrow()
    expect(await thread(core, core.workspaceId, { leadId: keep })).toHaveLength(written)
  })

  it(
    'are erased together: who asks under one address is found, and gone, under every other',
    { timeout: 60_000 },
    async () => {
      const keep = await capture()
      const gone = await capture({ phone: '+5511987650021' })
      await settled()
      const [own, old] = await Promise.all([keep, gone].map(async id => (await getLead(core, core.workspaceId, { id })).email!)) // prettier-ignore
      await merge(keep, gone)
      await rows(`update runs set due_at = null, finished_at = now(), status = 'cancelled' where subject_id = $1 and finished_at is null`, [keep]) // prettier-ignore
      for (const subject of [old!, '+5511987650021', gone])
        expect(await findPerson(core, core.workspaceId, subject)).toMatchObject({ leadIds: [keep] })
      const { status } = await createRequest(core, core.workspaceId, { kind: 'ERASURE', subject: own! }, undefined)
      expect(status).toBe('COMPLETED')
      expect((await getLead(core, core.workspaceId, { id: keep })).name).toBe('[erased]')
      for (const table of Object.keys(REGISTER).filter(name => name !== 'audit_log')) {
        const said = await rows(`select 1 from "${table}" t where to_jsonb(t)::text ilike any($1::text[])`, [[`%${old}%`, `%${own}%`, '%5511987650021%']]) // prettier-ignore
        expect(said, table).toEqual([])
      }
      for (const email of [own!, old!])
      await expect(captureLead(core, core.workspaceId, leadInput.parse({ name: 'Ana', email, source: 'API' }), { source: 'rest' })).rejects.toMatchObject({ code: 'CONFLICT' }) // prettier-ignore
    },
  )

  it('are refused where one is of another workspace, is being erased, or is the other', async () => {
    const [keep, gone] = [await capture(), await capture()]
    await settled()
    const [owner] = await rows<{ id: UserId }>('select id from users limit 1')
    const other = await createWorkspace(core, { userId: owner!.id }, { name: 'Other', locale: 'en', timeZone: 'UTC' })
    const stranger = await capture({}, other.id as WorkspaceId)
    await expect(merge(keep, stranger)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(merge(stranger, keep)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(merge(keep, keep)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    await rows(`insert into data_subject_requests (id, workspace_id, kind, status, subject, due_at, created_at)
      values (gen_random_uuid(), $1, 'ERASURE', 'PROCESSING', $2, now(), now())`, [core.workspaceId, gone]) // prettier-ignore
    await expect(merge(keep, gone)).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(merge(gone, keep)).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await rows('select 1 from leads where id = any($1::uuid[])', [[keep, gone]])).toHaveLength(2)
  })
})
