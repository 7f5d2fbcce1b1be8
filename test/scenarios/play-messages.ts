import type { Arrival } from '../../core/rehearsal/pass-time.ts'
import { recordBounce } from '../../core/sales/bounces.ts'
import { markSent } from '../../core/sales/outbox.ts'
import type { Played } from './play-leads.ts'
import type { SalesWorld } from './sales-world.ts'

const CHECK_IN = 'Como estão as coisas?'

/** Who gets a letter or a message: it comes back, is answered, or is not; what waits in the outbox somebody sends by hand. */
export function playMessage({ world, person, news, after, turn }: Played): Arrival[] {
  const { core, workspaceId } = world
  const { will, next } = person
  const { id, leadId, channel, subject } = news
  if (channel === 'whatsapp') {
    if (next() < 0.1) return [] // nobody gets round to it
    const sends = after(2, () => markSent(core, workspaceId, id))
    if (next() > 0.4 + will * 0.5) return [sends]
    const text = answer(will, next())
    return [sends, after(3 + next() * 60, () => world.reply(leadId, text))]
  }
  if (next() < 0.04)
    return [after(1, () => recordBounce(core, workspaceId, { messageId: id, reason: '550 user unknown' }))]
  const path = /https?:\/\/[^/\s]+(\/proposals\/\S+)/.exec(news.body ?? '')?.[1]
  if (path) return readProposal({ world, person, news, after, turn }, path)
  if (next() > 0.4 + will * 0.5) return []
  const text = subject === CHECK_IN ? grade(will, next()) : answer(will, next())
  return [after(1 + next() * 90, () => world.reply(leadId, text))]
}

/** By the link of the letter: some never open it, some only read, some answer, and some of those press the button twice. */
function readProposal({ world, person, after, turn }: Played, path: string): Arrival[] {
  const { next } = person
  const way = turn('proposal', ['yes', 'no', 'hurried yes', 'read', 'never'] as const)
  if (way === 'never') return []
  const [opens, wait] = [1 + next() * 40, next() * 30]
  return [
    after(opens, () => openPage(world, path)),
    ...(way !== 'read'
      ? [
          after(opens + wait, async () => {
            const form = {
              decision: way === 'no' ? 'DECLINED' : 'ACCEPTED',
              name: 'Quem decide',
              note: way === 'no' ? 'Está caro' : '',
              revision: await openPage(world, path),
            }
            const { status } = await world.page(path, form)
            if (status !== 303) throw new Error(`The answer to a proposal was refused with ${status}.`)
            const again = way === 'hurried yes' ? await world.page(path, form) : undefined
            if (again && again.status !== 409) throw new Error(`A second answer was answered with ${again.status}.`)
          }),
        ]
      : []),
  ]
}

/** Answers which revision they have read. */
async function openPage(world: SalesWorld, path: string): Promise<string> {
  const { status, text } = await world.page(path)
  if (status !== 200) throw new Error(`The page of a proposal answered with ${status}.`)
  return /name="revision" value="(\d+)"/.exec(text)?.[1] ?? ''
}

function answer(will: number, draw: number): string {
  if (draw < 0.35 + will * 0.5) return 'Sim, podemos conversar!'
  if (draw < 0.82) return 'Quanto custa?'
  if (draw < 0.93) return 'Não tenho interesse'
  return 'Descadastrar'
}

/** Of the check-in: mostly a number, and not always. */
function grade(will: number, draw: number): string {
  if (draw < 0.8) return String(Math.round(4 + will * 6 * (draw / 0.8)))
  return draw < 0.9 ? '9, gostamos!' : 'Como exporto os dados?'
}
