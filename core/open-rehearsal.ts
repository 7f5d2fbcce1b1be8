import { randomBytes } from 'node:crypto'
import { VirtualClock } from './clock.ts'
import { readConfig } from './config.ts'
import { openCore } from './core.ts'
import type { EgressSettings } from './credentials/egress.ts'
import { Rehearsal } from './rehearsal/rehearsal.ts'
import type { RehearsalOptions } from './rehearsal/make-workspace.ts'

/**
 * Opens an engine for rehearsals: in memory, on a clock of its own, without chance, with nothing of this process's
 * settings. It looks for work only when it is told to. `egress` plays the network, where calls are let through. Close it.
 */
export async function openRehearsal(options: RehearsalOptions, egress?: EgressSettings): Promise<Rehearsal> {
  const clock = new VirtualClock()
  const config = readConfig({
    TRAE_LOG_LEVEL: 'silent',
    TRAE_ENCRYPTION_KEY: randomBytes(32).toString('hex'),
    TRAE_LEASE_SECONDS: '600',
  })
  const core = await openCore(
    { ...config, dataDir: 'memory://', databaseUrl: undefined },
    {
      clock,
      ...(egress ? { egress } : {}),
      pollMs: NEVER_MS,
      random: () => 0.5,
      hold: {
        call: call => rehearsal.hold.call(call),
        start: start => rehearsal.hold.start(start),
        decide: decision => rehearsal.hold.decide(decision),
        decided: decision => rehearsal.hold.decided!(decision),
      },
    },
  )
  const rehearsal = new Rehearsal(core, clock, options, () => core.close(0))
  await core.brain.open()
  return rehearsal
}

const NEVER_MS = 2 ** 31 - 1
