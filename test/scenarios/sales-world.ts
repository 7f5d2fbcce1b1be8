import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import express from 'express'
import { firstBoot } from '../../core/access/first-boot.ts'
import { VirtualClock } from '../../core/clock.ts'
import { readConfig } from '../../core/config.ts'
import { openCore, type OpenCore } from '../../core/core.ts'
import { publishPolicies } from '../../core/decisions/publish-policy.ts'
import { proposalRouter } from '../../core/http/proposal-routes.ts'
import { newId, type WorkspaceId } from '../../core/ids.ts'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { nextTick, type Timing } from '../../core/playbooks/schedule-times.ts'
import { publishFolder } from '../../core/publishing/publish-folder.ts'
import { type Arrival, passTime } from '../../core/rehearsal/pass-time.ts'
import { Rehearsal } from '../../core/rehearsal/rehearsal.ts'
import { listDeals } from '../../core/sales/read-deals.ts'
import { captureLead, type Captured } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { getLead } from '../../core/sales/leads.ts'
import { listMeetings } from '../../core/sales/meetings.ts'
import { type Message, thread } from '../../core/sales/messages.ts'
import { receiveReply } from '../../core/sales/receive-message.ts'
import type { EgressSettings } from '../../core/credentials/egress.ts'
import { createTestDatabase, emptyTables } from '../support/database.ts'

export const PLAYBOOKS = join(import.meta.dirname, '../../playbooks')
/** A Monday, nine in the morning in São Paulo. */
export const MONDAY = new Date('2026-03-02T12:00:00Z')
const NEVER_MS = 2 ** 28 // some looks come five times as seldom, and a timer takes 31 bits
const DAY_MS = 86_400_000
const BOOKS =
  'decisions decision_examples runs journal effects waits wait_events events leads activities messages meetings deals customers proposals charges notices absences metrics tasks'.split(
    ' ',
  )

/** Of a lead that is worth a conversation. */
export const ANA = {
  name: 'Ana Souza',
  email: 'ana@acme-solar.com.br',
  phone: '+5511987654321',
  jobTitle: 'Diretora Comercial',
  source: 'WEBSITE',
  data: { companySize: '51-200' },
}

/**
 * The whole product as it is after its first start, on a real Postgres and a clock that the test moves: our plugins in
 * their sandbox, our playbooks, nothing held back. What comes from outside is played by the test through the doors' own functions.
 */
export interface SalesWorld {
  readonly core: OpenCore
  readonly clock: VirtualClock
  readonly workspaceId: WorkspaceId
  capture(fields?: Record<string, unknown>, dedupeKey?: string): Promise<Captured>
  /** The lead answers the last thing that we wrote to it. */
  reply(leadId: string, text: string): Promise<Message>
  /** Lets so many days pass, from one moment at which something is due or arrives to the next. */
  days(count: number, arrivals?: readonly Arrival[], look?: () => Promise<readonly Arrival[]>): Promise<void>
  rest(): Promise<void>
  lead(leadId: string): ReturnType<typeof getLead>
  /** What we wrote to the lead, oldest first. */
  written(leadId: string): Promise<Message[]>
  meetings(leadId: string): Promise<Awaited<ReturnType<typeof listMeetings>>['items'][number]['node'][]>
  deals(leadId: string): Promise<Awaited<ReturnType<typeof listDeals>>['items'][number]['node'][]>
  rows<T = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<T[]>
  /** What a lead sees who opens the address of a proposal; with a form, who answers it. */
  page(path: string, form?: Readonly<Record<string, string>>): Promise<{ status: number; text: string }>
  /** Somebody else of the team. */
  addCloser(name: string): Promise<string>
  /** Everything that happened is gone, and it is Monday again, or another day. */
  reset(at?: Date): Promise<void>
  close(): Promise<void>
}

/** A world that is thrown away waits for no disk at its commits: a third of the time of a play is that. */
function unsynced(address: string): string {
  const url = new URL(address)
  url.searchParams.set('options', '-c synchronous_commit=off')
  return url.href
}

export async function openSalesWorld(egress?: EgressSettings): Promise<SalesWorld> {
  const database = await createTestDatabase()
  const config = readConfig({
    TRAE_LOG_LEVEL: 'silent',
    TRAE_OWNER_EMAIL: 'owner@example.com',
    TRAE_OWNER_PASSWORD: 'correct horse battery',
    TRAE_ENCRYPTION_KEY: randomBytes(32).toString('hex'),
    TRAE_LEASE_SECONDS: '600',
    DATABASE_URL: unsynced(database.url),
  })
  const clock = new VirtualClock(MONDAY)
  const core = await openCore(config, { clock, pollMs: NEVER_MS, random: () => 0.5, ...(egress ? { egress } : {}) })
  const { workspaceId } = await firstBoot(core)
  await installBuiltIns(core, workspaceId)
  const files = [
    ...(await publishPolicies(core, workspaceId, PLAYBOOKS)),
    ...(await publishFolder(core, workspaceId, PLAYBOOKS)),
  ]
  for (const { file, error } of files) if (error) throw new Error(`${file}: ${error.message}`)
  const workspace = { name: 'TRAE OS', timeZone: 'America/Sao_Paulo', locale: 'pt-BR' }
  const rehearsal = new Rehearsal(core, clock, { plugins: [], workspace }, () => core.close(0))
  await core.brain.open()

  const rows = async <T>(text: string, values: readonly unknown[] = []) =>
    core.sql.query<T & Record<string, unknown>>({ name: '', text }, [...values])
  const door = express().use(proposalRouter(core)).listen(0, '127.0.0.1')
  await once(door, 'listening')
  const schedules = await rows<{ id: string; timing: Timing }>('select id, timing from schedules')
  const world: SalesWorld = {
    core,
    clock,
    workspaceId,
    capture: (fields = ANA, dedupeKey) =>
      captureLead(core, workspaceId, leadInput.parse(fields), { source: 'form:landing', dedupeKey }),
    async reply(leadId, text) {
      const last = (await world.written(leadId)).at(-1)
      if (!last) throw new Error('Nothing was written to this lead that it could answer.')
      return receiveReply(core, workspaceId, { messageId: last.id, body: text })
    },
    async days(count, arrivals = [], look) {
      const until = new Date(clock.now().getTime() + count * DAY_MS)
      if (!(await passTime(rehearsal, arrivals, { most: 100_000, until, ...(look ? { look } : {}) })))
        throw new Error('It comes to no end.')
      clock.to(until)
      await rehearsal.settle()
    },
    rest: async () => void (await rehearsal.settle()),
    lead: id => getLead(core, workspaceId, { id }),
    written: async leadId =>
      (await thread(core, workspaceId, { leadId })).filter(({ direction }) => direction === 'out'),
    meetings: async leadId =>
      (await listMeetings(core, workspaceId, { first: 100, filter: { leadId } })).items.map(({ node }) => node),
    deals: async leadId =>
      (await listDeals(core, workspaceId, { first: 100, filter: { leadId } })).items.map(({ node }) => node),
    rows: rows as SalesWorld['rows'],
    async page(path, form) {
      const address = `http://127.0.0.1:${(door.address() as AddressInfo).port}${path}`
      const asked = form ? { method: 'POST', body: new URLSearchParams(form) } : {}
      const answer = await fetch(address, { ...asked, redirect: 'manual' })
      return { status: answer.status, text: await answer.text() }
    },
    async addCloser(name) {
      const [id, email] = [newId(), `${name.toLowerCase()}@trae.example`]
      const now = clock.now()
      await rows(`insert into users (id, email, name, password_hash, locale, created_at) values ($1, $2, $3, '', 'pt-BR', $4)`, [id, email, name, now]) // prettier-ignore
      await rows(`insert into memberships (workspace_id, user_id, role, created_at) values ($1, $2, 'OPERATOR', $3)`, [workspaceId, id, now]) // prettier-ignore
      return email
    },
    async reset(at = MONDAY) {
      await rows(`update runs set due_at = null, sla_state = null where finished_at is null`)
      await rows(`update schedules set due_at = null`)
      await rehearsal.settle()
      clock.to(at)
      await emptyTables(core.sql, ...BOOKS)
      await rows(`delete from users where email like '%@trae.example'`)
      await rows(`update schedules s set last_at = null, last_event_id = null, last_run_id = null, queued = '[]', due_at = x.at, next_at = x.at, revision = revision + 1 from jsonb_to_recordset($1::jsonb) x(id uuid, at timestamptz) where x.id = s.id`, [JSON.stringify(schedules.map(({ id, timing }) => ({ id, at: new Date(nextTick(timing, at.getTime())!) })))]) // prettier-ignore
    },
    async close() {
      door.closeAllConnections()
      door.close()
      await core.close(0)
      await database.drop()
    },
  }
  return world
}
