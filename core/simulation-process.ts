import { text } from 'node:stream/consumers'
import { errorRecord } from './errors.ts'
import { openRehearsal } from './open-rehearsal.ts'
import { endWithParent } from './rehearsal/other-process.ts'
import type { SimulationJob, SimulationMessage } from './rehearsal/run-simulation.ts'
import { simulate } from './rehearsal/simulate.ts'

/** The process of one simulation: its job comes in as JSON, what it finds out goes out a line each. */
async function main(): Promise<void> {
  const job = JSON.parse(await text(process.stdin)) as SimulationJob
  const say = (message: SimulationMessage) => void process.stdout.write(`${JSON.stringify(message)}\n`)
  let said = 0
  try {
    const rehearsal = await openRehearsal(job.options)
    const report = await simulate(rehearsal, job.source, job.history, fraction => {
      if (fraction - said < 0.01) return
      said = fraction
      say({ fraction })
    })
    await rehearsal.close()
    say({ report })
  } catch (error) {
    say({ error: errorRecord(error) })
  }
}

endWithParent()
await main()
process.stdout.write('', () => process.exit(0))
