import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { WorkspaceId } from '../../../core/ids.ts'
import { statement } from '../../../core/sql.ts'
import { insertLead, insertWorkspace } from '../../plugins/world.ts'
import { openTrespasser } from './trespasser.ts'

// A plugin with nearly every permission in its own workspace, and what belongs to others: another workspace's records, another
// plugin's storage, the host's own tables. It knows their ids, as if it had guessed them.

let trespasser: Awaited<ReturnType<typeof openTrespasser>>
let other: WorkspaceId
let theirs: string
let mine: string
const reach = (path: string, ...given: unknown[]) =>
  trespasser.call('trespasser/reach', { path: path.split('.'), given })
const BOOKING = { title: 'x', startsAt: '2030-01-01T10:00:00Z', endsAt: '2030-01-01T11:00:00Z', attendees: [] }
const MAIL = { to: 'ana@example.com', subject: 'x', body: 'x' }

beforeAll(async () => {
  trespasser = await openTrespasser()
  const { core, workspaceId } = trespasser.world
  other = await insertWorkspace(core, 'other')
  await trespasser.install(other)
  await trespasser.install(workspaceId, 'neighbour')
  theirs = await insertLead(core, other)
  mine = await insertLead(core, workspaceId)
})
afterAll(() => trespasser?.world.close())

/** Every row of the other workspace, as one text. */
async function theirRows(): Promise<string> {
  const rows: unknown[] = []
  for (const table of ['leads', 'messages', 'meetings', 'activities', 'events'])
    rows.push(
      await trespasser.world.core.sql.query(
        statement(`test-rows-${table}`, `select * from ${table} where workspace_id = $1 order by id`),
        [other],
      ),
    )
  return JSON.stringify(rows)
}
let before: string
beforeEach(async () => {
  before = await theirRows()
})

test('the plugin may do with its own what it may not with theirs (else nothing below would prove anything)', async () => {
  expect(await reach('records.leads.get', { id: mine })).toMatchObject({ answer: { name: 'Ana' } })
  expect(await reach('records.leads.update', { id: mine, patch: { score: 5 } })).toMatchObject({ answer: { score: 5 } })
  expect(await reach('records.activities.list', { leadId: mine })).toMatchObject({ answer: expect.any(Array) })
})

describe('the records of another workspace, by ids that were guessed', () => {
  test.each([
    ['read its lead', 'records.leads.get', () => ({ id: theirs })],
    ['change its lead', 'records.leads.update', () => ({ id: theirs, patch: { score: 1 } })],
    ['write into its history', 'records.activities.add', () => ({ leadId: theirs, kind: 'NOTE', summary: 'x' })],
    ['write to its lead', 'records.messages.send', () => ({ ...MAIL, leadId: theirs })],
    ['book its lead', 'records.meetings.schedule', () => ({ ...BOOKING, leadId: theirs })],
    ['brief its meeting', 'records.meetings.attachBriefing', () => ({ id: randomUUID(), briefing: {} })],
    ['answer its message', 'records.messages.send', () => ({ ...MAIL, inReplyTo: randomUUID() })],
  ])('%s', async (_, path, given) => {
    const outcome = await reach(path, given())
    expect(outcome.code).toBe('NOT_FOUND')
    expect(outcome.message).not.toMatch(/foreign key|constraint|relation|_fkey|select |insert /i)
    expect(await theirRows()).toBe(before)
  })

  test.each([
    ['read its history', 'records.activities.list', () => ({ leadId: theirs })],
    ['read its messages', 'records.messages.thread', () => ({ leadId: theirs })],
    ['find its messages by their key', 'records.messages.find', () => ({ key: '%' })],
  ])('%s: there is nothing', async (_, path, given) => {
    const { answer, code } = await reach(path, given())
    expect([code ?? answer].flat().filter(Boolean)).toEqual(code ? ['NOT_FOUND'] : [])
  })

  test.each([
    ['by naming it', { workspaceId: 'theirs' }],
    ['by another spelling', { workspace_id: 'theirs' }],
    ['by a prototype', JSON.parse('{"__proto__": {"workspaceId": "theirs"}}') as object],
    ['by a list of ids', { id: ['theirs', 'mine'] }],
    ['by an id that is SQL', { id: "' or true --" }],
    ['by an id with U+0000', { id: 'theirs\u0000' }],
    ['by an object that compares', { id: { $ne: null } }],
  ])('%s', async (_, more) => {
    const given = JSON.parse(JSON.stringify({ id: theirs, ...more }).replaceAll('theirs', theirs).replaceAll('mine', mine)) as unknown // prettier-ignore
    expect(['NOT_FOUND', 'VALIDATION']).toContain((await reach('records.leads.get', given)).code)
  })

  test('an event about its lead starts nothing there and is stored nowhere but at home', async () => {
    await reach('events.emit', 'trespasser.done', { leadId: theirs, workspaceId: other })
    expect(await theirRows()).toBe(before)
    expect((await reach('events.emit', 'lead.captured', { leadId: theirs })).code).toBe('PERMISSION')
    expect((await reach('events.emit', 'trespasser.done\n', {})).code).toBe('PERMISSION')
  })
})

describe('what it was not granted, by other names', () => {
  test.each([
    'records.team.closer',
    'records.leads.delete',
    'records.leads.list',
    'records.users.get',
    'records.credentials.get',
    'records.__proto__.get',
    'records.constructor.constructor',
    'records.leads.toString',
    'records.leads.get\u0000',
    'records.LEADS.get',
  ])('%j', async path => {
    expect(['PERMISSION', 'VALIDATION']).toContain((await reach(path, { id: mine })).code)
  })
})

describe('the storage of another', () => {
  const KEYS = ['k', '__proto__', 'constructor', 'toString', 'a/../k', '%', '_', "k' or '1'='1", 'K', 'k ', ' k']
  test('plugin of the same workspace, and of the same plugin in another one', async () => {
    for (const key of KEYS) {
      const mineNow = { mine: key }
      expect((await reach('storage.set', key, mineNow)).code).toBeUndefined()
      const others: [string, WorkspaceId][] = [
        ['neighbour/reach', trespasser.world.workspaceId],
        ['trespasser/reach', other],
      ]
      for (const [uses, workspaceId] of others) {
        const get = { path: ['storage', 'get'], given: [key] }
        expect(await trespasser.call(uses, get, { workspaceId })).toEqual({ answer: null })
        await trespasser.call(uses, { path: ['storage', 'set'], given: [key, 'theirs'] }, { workspaceId })
      }
      expect(await reach('storage.get', key)).toEqual({ answer: mineNow })
    }
  })

  test('by keys that are none', async () => {
    for (const key of ['', 'x'.repeat(257), 'a\u0000b', 'a\nb', '\ud800', null, 5, ['k'], { key: 'k' }, { installationId: 'x' }])
      expect([key, (await reach('storage.get', key)).code]).toEqual([key, 'VALIDATION'])
  }) // prettier-ignore

  test('beyond its quota, in many small steps at once', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, i) => reach('storage.set', `big-${i}`, 'x'.repeat(20_000))),
    )
    const stored = outcomes.filter(({ code }) => code === undefined).length
    expect(stored).toBeLessThanOrEqual(4) // 100,000 bytes were granted
    expect(outcomes.filter(({ code }) => code !== undefined).every(({ code }) => code === 'PERMISSION')).toBe(true)
  })
})

test('values that no database takes cost it its own call', async () => {
  for (const given of ['a\u0000b', '\ud800', { 'a\u0000': 1 }]) {
    expect((await reach('storage.set', 'k', given)).code).toBe('VALIDATION')
    expect((await reach('events.emit', 'trespasser.done', { given })).code).toBe('VALIDATION')
    const note = { leadId: mine, kind: 'NOTE', summary: 'x', data: { given } }
    expect((await reach('records.activities.add', note)).code).toBe('VALIDATION')
  }
})
