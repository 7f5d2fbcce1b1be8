/**
 * `npm run kill-matrix`: kills the process at every named point, for every way in which an action may be repeated, on both
 * databases, and prints what became of the runs. `--database pglite|postgres`, `--lanes 2` for cells at the same time (as many as
 * the machine has processors), `--json`. Takes minutes; exit code 1 unless clean.
 */
import { rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { DATABASE_KINDS, type DatabaseKind } from '../support/database.ts'
import { ACTIONS, buildVendor, type Cell, isClean, isReached, POINTS, prepare, runCell } from './kill-matrix.ts'

const { values } = parseArgs({
  options: {
    database: { type: 'string' },
    lanes: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'boolean', default: false },
  },
})
const tell = (text: string) => values.json || process.stdout.write(text)
const began = Date.now()
const vendor = await buildVendor()
const cells: Cell[] = []
for (const database of DATABASE_KINDS.filter(kind => values.database === undefined || kind === values.database))
  cells.push(...(await matrixOf(database)))
await rm(vendor, { recursive: true, force: true })
const unclean = cells.filter(cell => !isClean(cell))
const kills = cells.reduce((sum, cell) => sum + cell.deaths, 0)
const minutes = ((Date.now() - began) / 60_000).toFixed(1)
tell(`\n${cells.length} cells, ${kills} kills, ${unclean.length} not clean; ${minutes} minutes\n`)
for (const cell of unclean) tell(`${JSON.stringify(cell)}\n`)
if (values.json) process.stdout.write(`${JSON.stringify(cells, null, 2)}\n`)
process.exitCode = unclean.length === 0 ? 0 : 1

async function matrixOf(database: DatabaseKind): Promise<readonly Cell[]> {
  tell(`\n${database}: lost / stuck / computed again / doubled, + parked for a person\n\n`)
  tell(`${['point'.padEnd(18), ...ACTIONS.map(action => action.padEnd(14))].join('')}\n`)
  const settings = await inLanes(ACTIONS, action => prepare(action, database, vendor))
  const made: Cell[] = []
  for (const point of POINTS) {
    const row = await inLanes(settings, async setting =>
      isReached(point, setting.action) ? runCell(setting, point) : undefined,
    )
    made.push(...row.filter(cell => cell !== undefined))
    tell(`${[point.padEnd(18), ...row.map(cell => (cell ? shown(cell) : '–').padEnd(14))].join('')}\n`)
  }
  await Promise.all(settings.map(setting => setting.home.remove()))
  return made
}

/** Each lane takes the next from one iterator; results stand in the order of the items. */
async function inLanes<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  const next = items.entries()
  const lane = async () => {
    for (const [index, item] of next) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: Number(values.lanes) }, lane))
  return results
}

function shown({ lost, stuck, again, doubled, parked }: Cell): string {
  return `${lost}/${stuck}/${again}/${doubled}${parked > 0 ? ` +${parked}` : ''}`
}
