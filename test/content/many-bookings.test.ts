import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callAction } from '../../core/plugins/call-action.ts'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { resolveAction } from '../../core/plugins/resolve-action.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { openTestCore, type TestCore } from '../support/core.ts'

let core: TestCore
beforeAll(async () => {
  core = await openTestCore('postgres')
  await installBuiltIns(core, core.workspaceId)
})
afterAll(() => core?.close())

test('many leads who say yes at the same moment get a time each, or are told to try again', async () => {
  const { workspaceId } = core
  const book = async (i: number) => {
    const { leadId } = await captureLead(
      core,
      workspaceId,
      leadInput.parse({ name: `Lead ${i}`, email: `lead-${i}@acme.com.br`, source: 'API' }),
      { source: 'test' },
    )
    const call = {
      workspaceId,
      action: resolveAction(core, workspaceId, 'calendar/schedule'),
      input: { leadId, duration: '30m' },
      run: { id: randomUUID(), path: 'meeting', attempt: 1, key: `meeting-${i}`, playbookId: 'p', subjectId: leadId },
      locale: 'pt-BR',
      timeZone: 'America/Sao_Paulo',
    }
    for (let attempt = 1; ; attempt++) {
      try {
        return (await callAction(core, call)).output as { startsAt: string }
      } catch (error) {
        // What the `retry` of a step gives up on; the playbook allows five attempts
        if ((error as { retryable?: boolean }).retryable !== true || attempt === 5) throw error
      }
    }
  }
  const booked = await Promise.all(Array.from({ length: 40 }, (_, i) => book(i)))
  expect(new Set(booked.map(({ startsAt }) => startsAt)).size).toBe(40)
})
