import { openDatabase } from '../adapters/database.ts'
import { InProcessQueue } from '../adapters/queue/in-process-queue.ts'
import { createClock } from '../clock.ts'
import { readConfig } from '../config.ts'
import type { ErasureCore } from '../privacy/erase-person.ts'
import { listErasures, readErasures, reapplyErasures } from '../privacy/erasure-list.ts'
import { PubSub } from '../pubsub.ts'
import { defineCommand } from './command.ts'
import type { Terminal } from './terminal.ts'

const ABOUT_DATABASE =
  'Opens the database itself, with the environment of the host: stop a host that uses the embedded one first.'

export const privacyErased = defineCommand({
  usage: 'privacy erased',
  about: `Prints every erasure as JSON lines: hashes, no names. Keep it beside the backups, as new as can be: who was erased after a backup comes back with it. ${ABOUT_DATABASE}`,
  flags: {},
  positionals: { least: 0, most: 0 },
  run: ({ terminal }) =>
    withDatabase(terminal, async core => {
      for (const one of await listErasures(core)) process.stdout.write(`${JSON.stringify(one)}\n`)
    }),
})

export const privacyReapply = defineCommand({
  usage: 'privacy reapply <file>',
  about: `Erases again who is on a list of \`trae privacy erased\` and came back with a backup. \`trae restore\` does it by itself with the list that it finds beside the backup; for another way of restoring, run it before the host starts. Erasures that the backup knew already are passed over. ${ABOUT_DATABASE}`,
  flags: {},
  positionals: { least: 1, most: 1 },
  async run({ terminal, positionals }) {
    const list = await readErasures(positionals[0]!)
    return withDatabase(terminal, async core => {
      const done = await reapplyErasures(core, list)
      terminal.line(
        `${list.length} erasures on the list, ${done.news} of them since this backup: ${done.people} people erased again.`,
      )
      if (done.waiting > 0)
        terminal.line(
          `Runs of ${done.waiting} of them are still open: the host ends these and erases the rest when it starts.`,
        )
      terminal.data(done)
    })
  },
})

async function withDatabase(terminal: Terminal, work: (core: ErasureCore) => Promise<void>): Promise<number> {
  const database = await openDatabase(readConfig(), [], text => terminal.progress(text))
  try {
    const { sql } = database
    await work({ sql, clock: createClock(), queue: new InProcessQueue(), pubsub: new PubSub() }) // nobody listens here
    return 0
  } finally {
    await database.close()
  }
}
