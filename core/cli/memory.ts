import { TraeError } from '../errors.ts'
import { defineCommand, UsageError } from './command.ts'
import { ask } from './host-graphql.ts'
import { openSession } from './host-session.ts'

const STORES = ['database', 'pinecone']
const PAUSE_MS = 1000

export const memoryStatus = defineCommand({
  usage: 'memory status',
  about: 'Says how many entries the memory has, where their vectors are and who makes them.',
  flags: {},
  positionals: { least: 0, most: 0 },
  async run({ terminal }) {
    const status = await statusOf(await openSession())
    terminal.line(
      [
        `${status.entries} entries, ${status.waiting} of them without a vector yet`,
        `vectors by ${status.embedder}, kept in ${status.store.toLowerCase()}${status.engine === null ? '' : ` (${status.engine})`}`,
        ...(status.movingTo === null ? [] : [progressOf(status)]),
        ...(status.leaving === null
          ? []
          : [`vectors that are still in ${status.leaving.toLowerCase()} are being taken away`]),
        ...(status.failure === null ? [] : [`the last try failed: ${status.failure}`]),
      ].join('\n'),
    )
    terminal.data({ memory: status })
    return 0
  },
})

export const memoryMove = defineCommand({
  usage: 'memory move --to <database|pinecone>',
  about:
    'Moves the vectors of the memory to another store and shows how far it is. The host does it: Ctrl-C ends the showing only, a host\nthat stops goes on where it was, and the same command again looks on. Back to where they are calls it off.',
  flags: {
    to: { type: 'string', value: '<store>', help: 'database or pinecone' },
    detach: { type: 'boolean', help: 'begin, and do not wait for the end' },
  },
  positionals: { least: 0, most: 0 },
  async run({ flags, terminal }) {
    const { to } = flags
    if (to === undefined || !STORES.includes(to))
      throw new UsageError(`trae memory move needs --to ${STORES.join(' or --to ')}.`)
    const session = await openSession()
    const { memoryMove: begun } = await ask<Moved>(session, MOVE, { input: { to: to.toUpperCase() } })
    const [refused] = begun.userErrors
    if (refused) throw new TraeError('CONFIG', refused.message)
    let status = await statusOf(session)
    while (status.movingTo !== null && flags.detach !== true) {
      terminal.progress(progressOf(status))
      await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
      status = await statusOf(session)
    }
    terminal.line(status.movingTo === null ? `The vectors are in ${to}.` : progressOf(status))
    terminal.data({ memory: status })
    return 0
  },
})

type Session = Awaited<ReturnType<typeof openSession>>

async function statusOf(session: Session): Promise<Status> {
  return (await ask<{ memoryStatus: Status }>(session, STATUS)).memoryStatus
}

const progressOf = ({ movingTo, moved, toMove, failure }: Status) =>
  `moving to ${movingTo!.toLowerCase()}: ${moved} of ${toMove} entries${failure === null ? '' : `; waiting: ${failure}`}`

interface Status {
  readonly entries: number
  readonly waiting: number
  readonly embedder: string
  readonly store: string
  readonly engine: string | null
  readonly movingTo: string | null
  readonly leaving: string | null
  readonly moved: number
  readonly toMove: number
  readonly failure: string | null
}
interface Moved {
  readonly memoryMove: { readonly userErrors: readonly { readonly message: string }[] }
}

const STATUS = `{ memoryStatus { entries waiting embedder store engine movingTo leaving moved toMove failure } }`
const MOVE = `mutation ($input: MemoryMoveInput!) { memoryMove(input: $input) { userErrors { message } } }`
