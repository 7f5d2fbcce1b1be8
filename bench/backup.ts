/**
 * What a backup and a restore on trial cost: the processor's time, the file, and how long the embedded database answers nobody.
 *
 *   node bench/backup.ts [--rows 100000] [--json]
 *
 * Rows of 1 KB of hexadecimal digits without order, which no compression makes less than half of. Embedded database, in this process.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { firstBoot } from '../core/access/first-boot.ts'
import { openDatabase } from '../core/adapters/database.ts'
import { migrations } from '../core/adapters/migrations/migrations.ts'
import { rehearseRestore, withBackup } from '../core/backup/restore-backup.ts'
import { takeBackup } from '../core/backup/take-backup.ts'
import { readConfig } from '../core/config.ts'
import { openCore } from '../core/core.ts'

const FILL = `
  insert into events (id, workspace_id, type, data, source, created_at, dispatched_at)
  select gen_random_uuid(), $1, 'bench.filled',
    jsonb_build_object('text', (select string_agg(md5(n || '-' || m), '') from generate_series(1, 31) m)), 'bench', now(), now()
  from generate_series(1, $2::int) n`
const BATCH = 10_000

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '100000' }, json: { type: 'boolean', default: false } },
})
const folder = await mkdtemp(join(tmpdir(), 'trae-bench-'))
try {
  const measured = await measure(Number(values.rows))
  if (values.json) console.log(JSON.stringify(measured))
  else console.table(measured)
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function measure(rows: number) {
  const config = readConfig({
    TRAE_DATA_DIR: join(folder, 'data'),
    TRAE_LOG_LEVEL: 'error',
    TRAE_OWNER_PASSWORD: 'correct horse battery',
    TRAE_BACKUP_KEY: 'ba'.repeat(32),
  })
  const core = await openCore(config)
  const { workspaceId } = await firstBoot(core)
  for (let left = rows; left > 0; left -= BATCH)
    await core.sql.query({ name: '', text: FILL }, [workspaceId, Math.min(left, BATCH)])
  const path = join(folder, 'one.backup')
  const [taken, backup] = await timed(() => takeBackup(core, path))
  await core.close()
  const scratch = await openDatabase({ databaseUrl: undefined, dataDir: join(folder, 'scratch') }, [])
  const [, restore] = await timed(() =>
    withBackup({ config }, path, opened => rehearseRestore({ sql: scratch.sql }, opened, migrations)),
  )
  await scratch.close()
  return { backup: { ...backup, 'file MB': Math.round(taken.size / 1e6) }, 'restore, compared': restore }
}

async function timed<T>(work: () => Promise<T>): Promise<[T, { 'wall s': number; 'CPU s': number }]> {
  const [cpu, start] = [process.cpuUsage(), performance.now()]
  const result = await work()
  const { user, system } = process.cpuUsage(cpu)
  const seconds = (ms: number) => Math.round(ms / 100) / 10
  return [result, { 'wall s': seconds(performance.now() - start), 'CPU s': seconds((user + system) / 1000) }]
}
