/**
 * One life of an engine whose plugin registers an address at its vendor (REGISTRAR_PORT, REGISTRAR_CA), on a clock that begins
 * where the environment says (TEST_NOW): does what TEST_DO names, works, dies at TRAE_CRASH_AT, and tells how the registration stands.
 */
import { firstBoot } from '../../core/access/first-boot.ts'
import { VirtualClock } from '../../core/clock.ts'
import { readConfig } from '../../core/config.ts'
import { openCore } from '../../core/core.ts'
import { newId, type UserId } from '../../core/ids.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { rotateTriggerSecret, triggersOf } from '../../core/plugins/plugin-triggers.ts'
import { switchTrigger } from '../../core/plugins/switch-trigger.ts'
import { keepRegistrations } from '../../core/triggers/keep-registrations.ts'

const { REGISTRAR: path, REGISTRAR_PORT: port, REGISTRAR_CA: privateCa, ...environment } = process.env
const core = await openCore(readConfig(environment), {
  clock: new VirtualClock(process.env['TEST_NOW']!),
  pollMs: 25,
  egress: {
    privateHosts: new Set([`api.example.com:${port}`]),
    privateCa: privateCa!,
    resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
  },
})
const { workspaceId } = await firstBoot(core)
await core.plugins.load(workspaceId)
const installation =
  core.plugins.installation(workspaceId, 'registrar') ??
  (await installPlugin(core, { workspaceId, from: { kind: 'folder', path: path! }, grant: 'all-declared' }))
const told = (await triggersOf(core, installation)).find(({ trigger }) => trigger === 'told')!
const viewer = { workspaceId, userId: newId<UserId>() }
const deeds: Readonly<Record<string, () => Promise<unknown>>> = {
  'switch on': async () => {
    await keepRegistrations(core) // notes that there is something that could be registered
    await switchTrigger(core, viewer, told.id, 'ON')
  },
  'switch off': () => switchTrigger(core, viewer, told.id, 'OFF'),
  'change the secret': () => rotateTriggerSecret(core, viewer, told.id),
  nothing: () => Promise.resolve(),
}

process.on('message', async () => {
  const [row] = await core.sql.query<Standing>({
    name: 'registration-stands',
    text: `select begun, data, old, registered_at is not null as registered, lease_until is not null as leased, failures
           from trigger_registrations where trigger_id = '${told.id}'`,
  })
  process.send!({ stands: row ?? null })
})
await deeds[process.env['TEST_DO']!]!()
await core.brain.open()
process.send!({ ready: true })
process.on('disconnect', () => process.exit())

export interface Standing {
  readonly begun: boolean
  readonly data: unknown
  readonly old: readonly unknown[]
  readonly registered: boolean
  readonly leased: boolean
  readonly failures: number
}
