import { afterAll, beforeAll, expect, test } from 'vitest'
import { callAction } from '../../core/plugins/call-action.ts'
import { resolveAction } from '../../core/plugins/resolve-action.ts'
import { scheduleMeeting } from '../../core/sales/meetings.ts'
import { type Engine, startEngine } from '../support/engine.ts'

let engine: Engine
beforeAll(async () => {
  engine = await startEngine('postgres')
})
afterAll(() => engine.close())

test('a write that failed gives its key back: a repeat of the call finds what the call did, also when the conflict is gone', async () => {
  const leadId = await engine.capture()
  const times = ['2026-03-03T13:00:00.000Z', '2026-03-03T14:00:00.000Z']
  const taken = { leadId, title: 'Taken', startsAt: times[0]!, endsAt: '2026-03-03T13:30:00.000Z', attendees: [] }
  await scheduleMeeting(engine, engine.workspaceId, taken, { key: 'other', runId: null })
  const call = () =>
    callAction(engine, {
      workspaceId: engine.workspaceId,
      action: resolveAction(engine, engine.workspaceId, 'probe/book'),
      input: { leadId, times },
      run: { id: leadId, path: 'book', attempt: 1, key: `${leadId}/book`, playbookId: leadId },
      locale: 'pt-BR',
      timeZone: 'America/Sao_Paulo',
    })
  const first = await call()
  expect(first.output).toMatchObject({ startsAt: times[1] })
  await engine.sql.query({ name: '', text: "update meetings set status = 'CANCELLED' where key = 'other'" })
  expect((await call()).output).toEqual(first.output)
  expect(await engine.count('meetings', "status = 'SCHEDULED'")).toBe(1)
})
