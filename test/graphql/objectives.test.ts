import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { followObjectives } from '../../core/brain/follow-objectives.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { DATABASE_KINDS } from '../support/database.ts'

const DAY = 86_400_000
const OBJECTIVE =
  'id title status elapsed progress owner { email } keyResults { id title metric unit start target value progress state confidence values { value confidence note user { email } } }'
const CREATE = `mutation c($input: ObjectiveCreateInput!) { objectiveCreate(input: $input) { objective { ${OBJECTIVE} } userErrors { code field message } } }`
const ENTER =
  'mutation e($input: KeyResultEnterInput!) { keyResultEnter(input: $input) { keyResult { value confidence state } userErrors { code field message } } }'

describe.each(DATABASE_KINDS)('objectives, on %s,', kind => {
  let host: TestServer
  let day: (ahead: number) => string
  beforeAll(async () => {
    host = await openTestServer(kind)
    const { core } = host
    const start = core.clock.now().getTime()
    day = ahead => new Date(start + ahead * DAY).toISOString().slice(0, 10)
  })
  afterAll(() => host?.close())

  let number = 0
  const capture = () =>
    captureLead(host.core, host.core.workspaceId, leadInput.parse({ name: 'Ana', email: `o${number++}@example.com` }), {
      source: 'test',
    })
  const ask = async (query: string, variables: Record<string, unknown> = {}) => {
    const { json } = await host.graphql(query, variables)
    expect(json.errors, query).toBeUndefined()
    return json.data
  }
  const create = async (input: Record<string, unknown>) => (await ask(CREATE, { input })).objectiveCreate
  const read = async (id: string) =>
    (await ask(`query o($id: ID!) { node(id: $id) { ... on Objective { ${OBJECTIVE} } } }`, { id })).node

  it('takes a value from a figure of the program, at once and whenever it is followed, one a day', async () => {
    await capture()
    host.core.clock.advance(1000)
    const { objective, userErrors } = await create({
      title: 'More leads',
      startsOn: day(-2),
      dueOn: day(30),
      keyResults: [{ title: '4 leads', metric: 'LEADS', target: 4 }],
    })
    expect(userErrors).toEqual([])
    expect(objective.keyResults).toMatchObject([{ value: 1, progress: 0.25, state: 'ON_TRACK', unit: 'COUNT' }])
    await capture()
    host.core.clock.advance(1000)
    await followObjectives(host.core)
    await followObjectives(host.core)
    const now = await read(objective.id)
    expect(now).toMatchObject({ progress: 0.5, keyResults: [{ value: 2 }] })
    expect(now.keyResults[0].values).toEqual([{ value: 2, confidence: null, note: null, user: null }])
    const { keyResultEnter } = await ask(ENTER, { input: { keyResultId: now.keyResults[0].id, value: 99 } })
    expect(keyResultEnter.userErrors).toMatchObject([{ code: 'INVALID' }])
    const sure = await ask(ENTER, { input: { keyResultId: now.keyResults[0].id, confidence: 70, note: 'feira' } })
    expect(sure.keyResultEnter.keyResult).toMatchObject({ value: 2, confidence: 70 })
  })

  it('takes values by hand, keeps each with who entered it, and works downwards as well', async () => {
    const { viewer } = await ask('{ viewer { id email } }')
    const { objective } = await create({
      title: 'Answer faster',
      responsibleId: viewer.id,
      startsOn: day(-5),
      dueOn: day(5),
      keyResults: [{ title: 'Hours until the first answer', start: 10, target: 2 }],
    })
    const [{ id }] = objective.keyResults
    expect(objective).toMatchObject({
      owner: { email: viewer.email },
      progress: null,
      keyResults: [{ state: 'UNKNOWN' }],
    })
    const nothing = await ask(ENTER, { input: { keyResultId: id } })
    expect(nothing.keyResultEnter.userErrors).toMatchObject([{ code: 'INVALID' }])
    await ask(ENTER, { input: { keyResultId: id, value: 9, note: 'first week' } })
    host.core.clock.advance(1000)
    await ask(ENTER, { input: { keyResultId: id, value: 2, confidence: 90 } })
    const after = await read(objective.id)
    expect(after).toMatchObject({ progress: 1, keyResults: [{ state: 'DONE', confidence: 90 }] })
    expect(after.keyResults[0].values).toMatchObject([
      { value: 2, confidence: 90 },
      { value: 9, note: 'first week', user: { email: viewer.email } },
    ])
  })

  it('is written once for each key, changed while it is open, and closed once', async () => {
    const input = {
      title: 'Once',
      startsOn: day(1),
      dueOn: day(9),
      keyResults: [{ title: 'x', target: 1 }],
      idempotencyKey: 'once',
    }
    const [first, again] = [await create(input), await create(input)]
    expect(again.objective.id).toBe(first.objective.id)
    expect(again.objective.keyResults).toHaveLength(1)
    expect(first.objective).toMatchObject({ elapsed: 0, keyResults: [{ state: 'NOT_BEGUN' }] })
    const objectiveId = first.objective.id
    const update = (patch: Record<string, unknown>) =>
      ask(
        'mutation u($input: ObjectiveUpdateInput!) { objectiveUpdate(input: $input) { objective { title dueOn } userErrors { code } } }',
        { input: { objectiveId, patch } },
      )
    expect((await update({ title: 'Twice' })).objectiveUpdate.objective).toMatchObject({
      title: 'Twice',
      dueOn: day(9),
    })
    expect((await update({ dueOn: day(0) })).objectiveUpdate.userErrors).toMatchObject([{ code: 'INVALID' }])
    const close = () =>
      ask(
        'mutation c($input: ObjectiveCloseInput!) { objectiveClose(input: $input) { objective { status closedAt } userErrors { code } } }',
        { input: { objectiveId } },
      )
    const closed = (await close()).objectiveClose.objective
    host.core.clock.advance(1000)
    expect((await close()).objectiveClose.objective).toEqual(closed)
    expect(closed.status).toBe('CLOSED')
    expect((await update({ title: 'Thrice' })).objectiveUpdate.userErrors).toMatchObject([{ code: 'CONFLICT' }])
    const [{ id }] = first.objective.keyResults
    const entered = await ask(ENTER, { input: { keyResultId: id, value: 1 } })
    expect(entered.keyResultEnter.userErrors).toMatchObject([{ code: 'CONFLICT' }])
    const { objectives } = await ask('{ objectives(filter: {statuses: [CLOSED]}) { edges { node { title } } } }')
    expect(objectives.edges).toEqual([{ node: { title: 'Twice' } }])
  })

  it('says what makes no sense', async () => {
    const base = { title: 'x', startsOn: day(0), dueOn: day(1), keyResults: [{ title: 'x', target: 1 }] }
    for (const [wrong, code, field] of [
      [{ dueOn: day(-1) }, 'INVALID', ['input', 'dueOn']],
      [{ startsOn: 'soon' }, 'INVALID', ['input', 'startsOn']],
      [{ keyResults: [] }, 'INVALID', ['input', 'keyResults']],
      [{ keyResults: [{ title: 'x', target: 0 }] }, 'INVALID', ['input', 'keyResults', '0', 'target']],
      [{ responsibleId: Buffer.from(`User:${crypto.randomUUID()}`).toString('base64url') }, 'NOT_FOUND', null],
    ] as const) {
      const { objective, userErrors } = await create({ ...base, ...wrong })
      expect(objective).toBeNull()
      expect(userErrors[0]).toMatchObject({ code, field })
    }
  })

  it('does not follow what is closed or has not begun', async () => {
    const of = async (startsOn: string) =>
      (
        await create({
          title: `from ${startsOn}`,
          startsOn,
          dueOn: day(40),
          keyResults: [{ title: 'l', metric: 'LEADS', target: 100 }],
        })
      ).objective
    const later = await of(day(20))
    const closed = await of(day(-3))
    const { value } = closed.keyResults[0]
    await ask('mutation c($input: ObjectiveCloseInput!) { objectiveClose(input: $input) { userErrors { code } } }', {
      input: { objectiveId: closed.id },
    })
    await capture()
    host.core.clock.advance(1000)
    await followObjectives(host.core)
    expect((await read(later.id)).keyResults).toMatchObject([{ value: null, state: 'NOT_BEGUN' }])
    expect((await read(closed.id)).keyResults).toMatchObject([{ value }])
  })
  it('is behind where less of the way is done than of its time, and on track where as much is', async () => {
    const { objective } = await create({
      title: 'Half of the time is over',
      startsOn: day(-10),
      dueOn: day(9),
      keyResults: [
        { title: 'a tenth', target: 100 },
        { title: 'six tenths', target: 100 },
        { title: 'backwards', target: 100 },
      ],
    })
    const values = [10, 60, -5]
    for (const [index, { id }] of objective.keyResults.entries())
      await ask(ENTER, { input: { keyResultId: id, value: values[index] } })
    const { keyResults } = await read(objective.id)
    expect(keyResults.map(({ state }: { state: string }) => state)).toEqual(['BEHIND', 'ON_TRACK', 'BEHIND'])
  })

  it('counts what happened until its due day is over, and is followed no more a day later', async () => {
    const { objective } = await create({
      title: 'Until today',
      startsOn: day(-5),
      dueOn: day(0),
      keyResults: [{ title: 'leads', metric: 'LEADS', target: 1000 }],
    })
    const at = (ahead: number, hour: string) => {
      const now = new Date(`${day(ahead)}T${hour}:00:00Z`)
      return { ...host.core, clock: { ...host.core.clock, now: () => now } }
    }
    const captureAt = async (ahead: number, hour: string) => {
      const { leadId } = await capture()
      const text = 'update leads set created_at = $2 where id = $1'
      await host.core.sql.query({ name: '', text }, [leadId, at(ahead, hour).clock.now()])
    }
    const before = objective.keyResults[0].value
    await captureAt(1, '02') // in the last hour of the day before, in São Paulo
    await captureAt(1, '04')
    await followObjectives(at(1, '12'))
    const [after] = (await read(objective.id)).keyResults
    expect(after.value).toBe(before + 1)
    expect(after.values).toHaveLength(1) // the value of its due day, once more
    await captureAt(0, '23')
    await followObjectives(at(2, '12'))
    expect((await read(objective.id)).keyResults).toMatchObject([{ value: before + 1 }])
  })
})
