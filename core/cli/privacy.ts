import { TraeError } from '../errors.ts'
import { defineCommand } from './command.ts'
import { openSession } from './host-session.ts'
import { change } from './plugin-of-host.ts'
import { openPrompt, someoneThere } from './prompt.ts'

interface Request {
  readonly id: string
  readonly status: string
  readonly note: string | null
  readonly dueAt: string
  readonly report: Readonly<Record<string, number>> | null
}
const FIELDS = 'request { id status note dueAt report }'

export const privacyExport = defineCommand({
  usage: 'privacy export <e-mail, phone or lead>',
  about:
    'Prints all that the workspace has about a person as JSON: records, messages, what runs were given and did, and how decisions\nabout them were taken. It is entered as a request of theirs, and who took it is written down.',
  flags: {},
  positionals: { least: 1, most: 1 },
  async run({ positionals }) {
    const session = await openSession()
    const input = { kind: 'EXPORT', subject: positionals[0]! }
    const { request } = await change<{ request: Request }>(session, 'dataSubjectRequestCreate', input, FIELDS)
    const { bundle } = await change<{ bundle: unknown }>(
      session,
      'dataSubjectRequestExport',
      { requestId: request.id },
      'bundle',
    )
    process.stdout.write(`${JSON.stringify(bundle, null, 2)}\n`) // what was asked for, with and without --json
    return 0
  },
})

export const privacyErase = defineCommand({
  usage: 'privacy erase <e-mail, phone or lead> [--yes]',
  about:
    'Forgets a person, for good: records are emptied, texts of runs and messages are erased, and an import does not bring them\nback. Their runs are cancelled first; where one takes time, the host goes on by itself.',
  flags: { yes: { type: 'boolean', help: 'erase without being asked' } },
  positionals: { least: 1, most: 1 },
  async run({ flags, positionals, terminal }) {
    const session = await openSession()
    const subject = positionals[0]!
    if (!flags.yes && !(await agreed(subject))) {
      terminal.line('Nothing was changed.')
      return 1
    }
    const input = { kind: 'ERASURE', subject }
    const { request } = await change<{ request: Request }>(session, 'dataSubjectRequestCreate', input, FIELDS)
    if (request.status === 'REFUSED') throw new TraeError('CONFLICT', request.note ?? 'The request was refused.')
    const rows = Object.values(request.report ?? {}).reduce((sum, count) => sum + count, 0)
    terminal.line(
      request.status === 'COMPLETED'
        ? `Erased: ${rows} rows.`
        : 'Runs of this person are ending; the host erases the rest by itself. See Privacy in the admin.',
    )
    terminal.data(request)
    return 0
  },
})

async function agreed(subject: string): Promise<boolean> {
  if (!someoneThere())
    throw new TraeError('BAD_USER_INPUT', 'Nobody can be asked here, and nothing was changed. Say --yes to erase.')
  const prompt = openPrompt()
  try {
    return /^y(es)?$/i.test((await prompt.question(`Erase all about ${subject}, for good? [y/N] `)).trim())
  } finally {
    prompt.close()
  }
}
