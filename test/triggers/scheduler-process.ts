/**
 * One life of an engine on a clock that begins where the environment says (TEST_NOW), for the tests that kill it. Publishes
 * a playbook with a schedule, moves the clock by TEST_ADVANCE milliseconds, works, and tells what there is when asked.
 */
import { firstBoot } from '../../core/access/first-boot.ts'
import { VirtualClock } from '../../core/clock.ts'
import { readConfig } from '../../core/config.ts'
import { openCore } from '../../core/core.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'

const clock = new VirtualClock(process.env['TEST_NOW']!)
const core = await openCore(readConfig(), { clock, pollMs: 20 })
const { workspaceId } = await firstBoot(core)
await core.plugins.load(workspaceId)
await publishPlaybook(core, workspaceId, process.env['TEST_PLAYBOOK']!)
clock.advance(Number(process.env['TEST_ADVANCE']))
await core.brain.open()

process.on('message', async () => {
  const [row] = await core.sql.query({
    name: 'what-there-is',
    text: `select (select count(*) from events where type = 'schedule.fired')::int as events,
                  (select count(*) from events where dispatched_at is null)::int as undispatched,
                  (select count(*) from runs)::int as runs,
                  (select count(*) from runs where status = 'completed')::int as completed`,
  })
  process.send!(row!)
})
process.send!('ready')
process.on('disconnect', () => process.exit())
