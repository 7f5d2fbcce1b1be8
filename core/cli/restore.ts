import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { openDatabase } from '../adapters/database.ts'
import { migrations } from '../adapters/migrations/migrations.ts'
import { InProcessQueue } from '../adapters/queue/in-process-queue.ts'
import { erasuresIn } from '../backup/erasure-file.ts'
import { refuseWithoutKeys, restoreBackup, withBackup } from '../backup/restore-backup.ts'
import { createClock } from '../clock.ts'
import { type Config, readConfig } from '../config.ts'
import { readErasures } from '../privacy/erasure-list.ts'
import { PubSub } from '../pubsub.ts'
import { defineCommand } from './command.ts'
import { confirm } from './confirm.ts'

export const restore = defineCommand({
  usage: 'restore <file> [--replace] [--yes]',
  about:
    'Puts a backup into the database that the environment names, embedded or Postgres, whatever it was taken of: all of it or, when anything goes wrong, nothing. Stop every process of the host first. The database comes back as it was, the world did not: the brain is stopped until somebody starts it on the page Brain, letters that had not gone out ask a person, everybody signs in again, and who was erased since is erased again, by the list beside the backup.',
  flags: {
    replace: { type: 'boolean', help: 'lose what is in the database now' },
    yes: { type: 'boolean', help: 'do not ask' },
  },
  positionals: { least: 1, most: 1 },
  async run({ terminal, positionals, flags }) {
    const path = resolve(positionals[0]!)
    const config = readConfig()
    const list = erasuresIn(dirname(path))
    const erasures = existsSync(list) ? await readErasures(list) : undefined
    if (flags.replace && !flags.yes && !(await confirm(terminal, `Lose all that is in ${placeOf(config)} now?`))) {
      terminal.line('Nothing was changed.')
      return 1
    }
    const done = await withBackup({ config }, path, async backup => {
      refuseWithoutKeys({ config }, backup.header)
      const database = await openDatabase(underAnotherName(config), [], text => terminal.progress(text))
      try {
        terminal.progress('Restoring')
        const core = { sql: database.sql, clock: createClock(), queue: new InProcessQueue(), pubsub: new PubSub() }
        return await restoreBackup(core, backup, {
          migrations,
          replace: flags.replace === true,
          erasures: erasures ?? [],
        })
      } finally {
        await database.close()
      }
    })
    terminal.line(`${done.tables} tables and ${done.rows} rows are as they were on ${done.takenAt}.`)
    terminal.line(
      erasures
        ? `${list}: ${done.erasures.news} erasures since, ${done.erasures.people} people erased again.`
        : `No list of erasures at ${list}: who was erased since this backup is back. If you have one, run trae privacy reapply.`,
    )
    terminal.line(
      `The brain is stopped. Runs that would go on, and do again what they have done since: ${done.openRuns}. Look at them on the page Runs, cancel what must not, then start the brain on the page Brain.`,
    )
    if (done.letters > 0)
      terminal.line(`Letters that had not gone out, and may have since: ${done.letters}. Decide in the mailbox.`)
    terminal.data({ ...done, path })
    return 0
  },
})

const placeOf = ({ databaseUrl, dataDir }: Config) =>
  databaseUrl ? `the database ${new URL(databaseUrl).pathname.slice(1)} at ${new URL(databaseUrl).host}` : dataDir

/** Connections of a host are told from our own by their name. */
function underAnotherName(config: Config): Config {
  if (!config.databaseUrl) return config
  const url = new URL(config.databaseUrl)
  url.searchParams.set('application_name', 'trae-restore')
  return { ...config, databaseUrl: url.href }
}
