/** One life of a brain, for the test of two: says when it leads, and is killed from outside. */
import { firstBoot } from '../../core/access/first-boot.ts'
import { readConfig } from '../../core/config.ts'
import { openCore } from '../../core/core.ts'
import { publishPolicies } from '../../core/decisions/publish-policy.ts'
import { publishFolder } from '../../core/publishing/publish-folder.ts'

const core = await openCore(readConfig())
const { workspaceId } = await firstBoot(core)
await core.plugins.load(workspaceId)
await publishPolicies(core, workspaceId, core.config.playbooksDir)
await publishFolder(core, workspaceId, core.config.playbooksDir)
await core.brain.open()
process.send!({ ready: process.pid })
process.on('disconnect', () => process.exit())
