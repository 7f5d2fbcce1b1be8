import { afterEach, beforeEach, expect, it } from 'vitest'
import { appendEvent } from '../../core/events/append-event.ts'
import { type OpenCore, openCore } from '../../core/core.ts'
import { pausePlaybook, resumePlaybook } from '../../core/publishing/playbook-status.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { dispatchEvents } from '../../core/triggers/dispatch-events.ts'
import { openTestCore, type TestCore } from '../support/core.ts'

let core: TestCore
let other: OpenCore
beforeEach(async () => {
  core = await openTestCore('postgres')
  other = await openCore(core.config, { clock: core.clock })
  await other.plugins.load(core.workspaceId)
})
afterEach(async () => {
  await other.close(0)
  await core.close()
})

const playbook = (text: string) => `
id: said
name: Said
module: gestao
triggers: [{ event: something.said }]
steps: [{ set: { text: ${text} } }]`

/** Which versions the other process starts for one more event. */
async function started(): Promise<number[]> {
  const event = { type: 'something.said', subjectId: null, data: {}, source: 'test' }
  const id = await appendEvent(core.sql, core.workspaceId, event, core.clock.now())
  await dispatchEvents(other)
  const rows = await core.sql.query<{ number: number }>(
    {
      name: '',
      text: 'select v.number from runs r join playbook_versions v on v.id = r.version_id where r.event_id = $1',
    },
    [id],
  )
  return rows.map(row => row.number)
}

it('what one process publishes, pauses and resumes holds for the next event that another dispatches', async () => {
  const { playbookId } = await publishPlaybook(core, core.workspaceId, playbook('one'))
  expect(await started()).toEqual([1])
  await publishPlaybook(core, core.workspaceId, playbook('two'))
  expect(await started()).toEqual([2])
  await pausePlaybook(core, core.workspaceId, playbookId)
  expect(await started()).toEqual([])
  await resumePlaybook(core, core.workspaceId, playbookId)
  expect(await started()).toEqual([2])
})
