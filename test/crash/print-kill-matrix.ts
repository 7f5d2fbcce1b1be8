/**
 * `npm run kill-matrix`: kills the process at every named point, for every way in which an action may be repeated, on both
 * databases, and prints what became of the runs. `--database pglite|postgres`, `--json`. Takes minutes; exit code 1 unless clean.
 */
import { rm } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { DATABASE_KINDS } from '../support/database.ts'
import { ACTIONS, buildVendor, type Cell, isClean, isReached, POINTS, runCell } from './kill-matrix.ts'

const { values } = parseArgs({ options: { database: { type: 'string' }, json: { type: 'boolean', default: false } } })
const databases = DATABASE_KINDS.filter(kind => values.database === undefined || kind === values.database)
const vendor = await buildVendor()
const cells: Cell[] = []
const tell = (text: string) => values.json || process.stdout.write(text)
for (const database of databases) {
  tell(`\n${database}: lost / stuck / computed again / doubled, + parked for a person\n\n`)
  tell(`${['point'.padEnd(18), ...ACTIONS.map(action => action.padEnd(14))].join('')}\n`)
  for (const point of POINTS) {
    tell(point.padEnd(18))
    for (const action of ACTIONS) {
      const cell = isReached(point, action) ? await runCell({ point, action, database }, vendor) : undefined
      if (cell) cells.push(cell)
      tell((cell ? shown(cell) : '–').padEnd(14))
    }
    tell('\n')
  }
}
await rm(vendor, { recursive: true, force: true })
const unclean = cells.filter(cell => !isClean(cell))
const kills = cells.reduce((sum, cell) => sum + cell.deaths, 0)
tell(`\n${cells.length} cells, ${kills} kills, ${unclean.length} not clean\n`)
for (const cell of unclean) tell(`${JSON.stringify(cell)}\n`)
if (values.json) process.stdout.write(`${JSON.stringify(cells, null, 2)}\n`)
process.exitCode = unclean.length === 0 ? 0 : 1

function shown({ lost, stuck, again, doubled, parked }: Cell): string {
  return `${lost}/${stuck}/${again}/${doubled}${parked > 0 ? ` +${parked}` : ''}`
}
