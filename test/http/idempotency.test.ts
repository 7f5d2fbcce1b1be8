import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authenticate } from '../../core/access/authenticate.ts'
import type { Viewer } from '../../core/access/viewer.ts'
import { type AnswerOnce, answerOnce, sweepAnswers } from '../../core/http/idempotency.ts'
import { newId } from '../../core/ids.ts'
import { statement } from '../../core/sql.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { openTestServer, type TestServer } from './open-test-server.ts'

const COUNT_LEADS = statement('test.leads', 'select count(*)::int as count from leads')
const COUNT_KEYS = statement('test.keys', 'select count(*)::int as count from idempotent_requests')

describe.each(DATABASE_KINDS)('Idempotency-Key, on %s', kind => {
  let host: TestServer
  let viewer: Viewer
  beforeAll(async () => {
    host = await openTestServer(kind)
    viewer = await authenticate(host.server.access, await host.token())
  })
  afterAll(() => host.close())
  const count = async (what: typeof COUNT_LEADS) => (await host.core.sql.query<{ count: number }>(what))[0]!.count
  const capture = (key: string, body: object) =>
    host.send('POST', '/leads/process', { body, headers: { 'idempotency-key': key } })

  it('answers the same request the same, word for word, and does it once', async () => {
    const before = await count(COUNT_LEADS)
    const body = { name: 'Once', phone: '+55 11 98765-4321' }
    const first = await capture('once', body)
    const again = await capture('once', body)
    expect([first.status, again.status]).toEqual([202, 202])
    expect(again.text).toBe(first.text)
    expect([first.headers.get('idempotency-replayed'), again.headers.get('idempotency-replayed')]).toEqual([
      null,
      'true',
    ])
    expect(await count(COUNT_LEADS)).toBe(before + 1)
  })
  it('is for every POST', async () => {
    const ask = () => host.send('POST', '/brain/stop', { headers: { 'idempotency-key': 'stop' } })
    const first = await ask()
    host.core.clock.advance(1000)
    expect((await ask()).text).toBe(first.text)
  })
  it('makes one of those that come together', async () => {
    const before = await count(COUNT_LEADS)
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => capture('together', { name: 'Together', phone: '+55 11 98765-1111' })),
    )
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202))
    expect(await count(COUNT_LEADS)).toBe(before + 1)
  })
  it('refuses another request with the same key, and changes nothing', async () => {
    await capture('mine', { name: 'First', email: 'first@example.com' })
    const before = await count(COUNT_LEADS)
    const other = await capture('mine', { name: 'Second', email: 'second@example.com' })
    expect([other.status, other.json.code]).toEqual([422, 'VALIDATION'])
    expect(await count(COUNT_LEADS)).toBe(before)
    const elsewhere = await host.send('POST', '/brain/stop', { headers: { 'idempotency-key': 'mine' } })
    expect(elsewhere.status).toBe(422)
  })
  it('remembers no failure', async () => {
    expect((await capture('failed', { name: 'Nobody' })).status).toBe(422)
    expect((await capture('failed', { name: 'Somebody', email: 'somebody@example.com' })).status).toBe(202)
    const broken: AnswerOnce = () => Promise.reject(new Error('no'))
    const good: AnswerOnce = async () => ({ status: 200, answer: 'good' })
    const request = { key: 'broken', hash: 'a' }
    await expect(answerOnce(host.core, viewer, request, broken)).rejects.toThrow('no')
    expect(await answerOnce(host.core, viewer, request, good)).toMatchObject({ answer: 'good' })
  })
  it('keeps the keys of people apart', async () => {
    const request = { key: 'apart', hash: 'a' }
    const names: (string | undefined)[] = []
    const work: AnswerOnce = async once => (names.push(once), { status: 200, answer: 1 })
    await answerOnce(host.core, viewer, request, work)
    await answerOnce(host.core, { ...viewer, userId: newId() }, request, work)
    expect(new Set(names).size).toBe(2)
  })
  it('is taken over from a process that died, which names the work the same', async () => {
    const request = { key: 'died', hash: 'a' }
    const names: (string | undefined)[] = []
    void answerOnce(host.core, viewer, request, once => (names.push(once), new Promise(() => {}))) // never answers
    await expect.poll(() => names).toHaveLength(1)
    host.core.clock.advance(61_000)
    const work: AnswerOnce = async once => (names.push(once), { status: 202, answer: { id: 1 } })
    expect(await answerOnce(host.core, viewer, request, work)).toEqual({ status: 202, answer: { id: 1 } })
    expect(names[1]).toBe(names[0])
  })
  it('is forgotten after a day', async () => {
    await capture('day', { name: 'Day', email: 'day@example.com' })
    host.core.clock.advance(25 * 3_600_000)
    await sweepAnswers(host.core)
    expect(await count(COUNT_KEYS)).toBe(0)
  })
})
