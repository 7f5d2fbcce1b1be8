import { errorRecord } from '../errors.ts'
import { once, type ServiceCheck, type ServiceUnderTest } from './service-check.ts'

const MONTH = 30 * 86_400_000
const UNKNOWN = '01957d3a-0000-7000-8000-00000000dead'
/** Mondays to come, at three in the afternoon UTC, which is working time in São Paulo. */
const monday = (weeks: number) => {
  const day = new Date(Date.now() + MONTH)
  day.setUTCHours(15, 0, 0, 0)
  day.setUTCDate(day.getUTCDate() + ((8 - day.getUTCDay()) % 7) + weeks * 7)
  return day.toISOString()
}
const charge = {
  amount: 19900,
  currency: 'BRL',
  description: 'Plano',
  customer: { name: 'Ana', email: 'ana@acme.com.br' },
}
/** Most people for whom one calendar may hold meetings at one time. */
const MOST_AT_ONCE = 20
/** Books a time until it is taken, for a calendar of a team is not by one meeting; gives the id of the first. Throws where it never refuses with `CONFLICT`. */
async function fill({ call, expect, leadId }: ServiceUnderTest, startsAt: string, duration = '30m'): Promise<unknown> {
  const { id } = await call('book', { leadId, startsAt, duration })
  for (let n = 1; n < MOST_AT_ONCE; n++) {
    const code = await call('book', { leadId, startsAt, duration }).then(
      () => undefined,
      (error: unknown) => errorRecord(error).code,
    )
    if (code === undefined) continue
    expect(code === 'CONFLICT', `book of a time that is taken must fail with CONFLICT; found ${code}.`)
    return id
  }
  expect(false, `book took ${startsAt} ${MOST_AT_ONCE} times and did not fail with CONFLICT.`)
  return id
}
const same = (one: unknown, other: unknown) => Date.parse(String(one)) === Date.parse(String(other))
const check = (name: string, needs: readonly string[], run: ServiceCheck['run']): ServiceCheck => ({ name, needs, run })
const proposalFor = ({ leadId }: ServiceUnderTest) => ({
  leadId,
  title: 'Proposta',
  currency: 'BRL',
  items: [
    { description: 'Instalação', quantity: 2, unitAmount: 10_050 },
    { description: 'Projeto', quantity: 1, unitAmount: 900 },
  ],
})

/** What each service promises beyond its schemas. */
export const SERVICE_CHECKS: Readonly<Record<string, readonly ServiceCheck[]>> = {
  email: [
    once('send', ({ leadId }) => ({ to: 'ana@acme-solar.com.br', subject: 'Olá', body: 'Oi', leadId })),
    check('send takes an answer to a message that another provider sent', ['send'], async ({ call }) => {
      await call('send', { to: 'ana@acme-solar.com.br', subject: 'Re', body: 'Oi', inReplyTo: 'msg_of-elsewhere' })
    }),
  ],
  sms: [
    once('send', ({ leadId }) => ({ to: '+5511987654321', body: 'Oi', leadId })),
    check('send refuses what is no phone', ['send'], ({ refuses }) =>
      refuses('send', { to: '11987654321', body: 'Oi' }, 'VALIDATION'),
    ),
  ],
  whatsapp: [
    once('send', ({ leadId }) => ({ to: '+5511987654321', body: 'Oi', leadId })),
    check('send takes a template', ['send'], async ({ call }) => {
      const template = { name: 'HX00000000000000000000000000000001', language: 'pt_BR', variables: { 1: 'Ana' } }
      await call('send', { to: '+5511987654321', body: 'Oi, Ana', template })
    }),
  ],
  calendar: [
    once('schedule', ({ leadId }) => ({ leadId })),
    once('book', ({ leadId }) => ({ leadId, startsAt: monday(0) }), false),
    check(
      'find-slots gives free times in order, as many as are asked for',
      ['find-slots'],
      async ({ call, expect }) => {
        const { slots } = (await call('find-slots', { limit: 3, duration: '1h' })) as {
          slots: { startsAt: string; endsAt: string }[]
        }
        expect(slots.length === 3, `3 were asked for, found ${slots.length}.`)
        for (const [i, { startsAt, endsAt }] of slots.entries()) {
          expect(Date.parse(endsAt) - Date.parse(startsAt) === 3_600_000, `${startsAt} to ${endsAt} is not an hour.`)
          const next = slots[i + 1]
          expect(!next || Date.parse(next.startsAt) > Date.parse(startsAt), 'they are not in order.')
        }
      },
    ),
    check('book refuses a time that is taken with CONFLICT', ['book'], async service => {
      await fill(service, monday(1))
    }),
    check('move gives the meeting another time, and frees the old one', ['book', 'move'], async service => {
      const { call, refuses, expect, leadId } = service
      const id = await fill(service, monday(1), '45m')
      await fill(service, monday(2))
      const moved = await call('move', { id, startsAt: monday(3) })
      expect(same(moved['startsAt'], monday(3)), `it was to begin at ${monday(3)}; found ${String(moved['startsAt'])}.`)
      const minutes = (Date.parse(String(moved['endsAt'])) - Date.parse(String(moved['startsAt']))) / 60_000
      expect(minutes === 45, `it was 45 minutes long, and is ${minutes} now.`)
      await call('move', { id, startsAt: monday(3) })
      await call('book', { leadId, startsAt: monday(1) })
      await refuses('move', { id, startsAt: monday(2) }, 'CONFLICT')
      await refuses('move', { id: UNKNOWN, startsAt: monday(4) }, 'NOT_FOUND')
    }),
    check('cancel frees the time; done twice it changes nothing', ['book', 'cancel'], async service => {
      const { call, refuses, leadId } = service
      const id = await fill(service, monday(1))
      await call('cancel', { id, reason: 'Pediu para adiar.' })
      await call('cancel', { id })
      await call('book', { leadId, startsAt: monday(1) })
      await refuses('cancel', { id: UNKNOWN }, 'NOT_FOUND')
    }),
  ],
  crm: [
    once('update-lead', ({ leadId }) => ({ leadId, status: 'QUALIFIED', score: 72 }), false),
    check('update-lead gives what it stored', ['update-lead'], async ({ call, expect, leadId }) => {
      const { status, score } = await call('update-lead', { leadId, status: 'QUALIFIED', score: 72, data: { a: 1 } })
      expect(status === 'QUALIFIED' && score === 72, `found ${String(status)}, ${String(score)}.`)
    }),
    check('update-lead and handoff say NOT_FOUND of a lead that is not there', ['update-lead'], ({ refuses }) =>
      refuses('update-lead', { leadId: UNKNOWN, score: 1 }, 'NOT_FOUND'),
    ),
    once('open-deal', ({ leadId }) => ({ leadId, title: 'Acme Solar', value: { amount: '1200.00', currency: 'BRL' } })),
    check('open-deal answers with the open deal of the lead', ['open-deal'], async ({ call, expect, leadId }) => {
      const { id } = await call('open-deal', { leadId, title: 'Acme Solar', stage: 'QUALIFICATION' })
      const again = await call('open-deal', { leadId, title: 'Acme', unlessOpen: true })
      expect(again['id'] === id && again['title'] === 'Acme Solar', 'with unlessOpen it opened another deal.')
    }),
    check('move-deal moves a deal to its end', ['open-deal', 'move-deal'], async ({ call, expect, leadId }) => {
      const { id: dealId } = await call('open-deal', { leadId, title: 'Acme Solar' })
      const proposal = await call('move-deal', { dealId, stage: 'PROPOSAL' })
      expect(proposal['stage'] === 'PROPOSAL' && proposal['closedAt'] === null, 'it is not at PROPOSAL, or is closed.')
      const { stage, lostReason, closedAt } = await call('move-deal', { dealId, stage: 'LOST', lostReason: 'Preço' })
      expect(stage === 'LOST' && lostReason === 'Preço' && closedAt !== null, 'it is not lost with its reason.')
    }),
    check('open-deal and move-deal say NOT_FOUND of what is not there', ['open-deal', 'move-deal'], async service => {
      await service.refuses('open-deal', { leadId: UNKNOWN, title: 'Acme' }, 'NOT_FOUND')
      await service.refuses('move-deal', { dealId: UNKNOWN, stage: 'WON' }, 'NOT_FOUND')
    }),
    check('handoff gives the lead to somebody', ['handoff'], async ({ call, leadId }) => {
      await call('handoff', { leadId, briefing: { summary: 'Quente' } })
    }),
  ],
  enrichment: [
    check('person gives null for what it does not know', ['person'], async ({ call }) => {
      await call('person', {})
      await call('person', { name: 'Ana Souza', email: 'ana@acme-solar.com.br', phone: '+5511987654321' })
    }),
  ],
  notify: [
    once('tell', ({ leadId }) => ({ title: 'Ana respondeu', body: 'Olhe.', leadId, urgent: true })),
    check('tell says NOT_FOUND of who is not of the team', ['tell'], ({ refuses }) =>
      refuses('tell', { title: 'Oi', to: 'nobody@elsewhere.example' }, 'NOT_FOUND'),
    ),
  ],
  proposal: [
    once('create', proposalFor),
    check('create adds its lines up, and get finds it', ['create', 'get'], async service => {
      const { call, expect, refuses } = service
      const { id, total } = await call('create', proposalFor(service))
      expect(total === 21_000, `2 × 100.50 and 9.00 are 21000; found ${String(total)}.`)
      const found = await call('get', { id })
      expect(found['id'] === id && found['total'] === total, 'get gave another one.')
      await refuses('get', { id: UNKNOWN }, 'NOT_FOUND')
    }),
  ],
  payment: [
    once('create-charge', ({ leadId }) => ({ ...charge, leadId })),
    check(
      'get-charge finds a charge as it stands',
      ['create-charge', 'get-charge'],
      async ({ call, expect, refuses }) => {
        const { id } = await call('create-charge', charge)
        const { status, amount, currency } = await call('get-charge', { id })
        expect(
          status === 'PENDING' && amount === 19900 && currency === 'BRL',
          `found ${String(status)}, ${String(amount)}.`,
        )
        await refuses('get-charge', { id: UNKNOWN }, 'NOT_FOUND')
      },
    ),
    check('cancel-charge cancels; done twice it changes nothing', ['create-charge', 'cancel-charge'], async service => {
      const { call, expect, refuses } = service
      const { id } = await call('create-charge', charge)
      for (const _ of [1, 2]) {
        const { status } = await call('cancel-charge', { id })
        expect(status === 'CANCELLED', `found ${String(status)}.`)
      }
      await refuses('cancel-charge', { id: UNKNOWN }, 'NOT_FOUND')
    }),
  ],
  ads: [
    check(
      'list-campaigns and figures answer, also where there is nothing',
      ['list-campaigns', 'figures'],
      async ({ call }) => {
        await call('list-campaigns', {})
        await call('figures', { from: '2030-03-01', to: '2030-03-31' })
      },
    ),
  ],
  audience: [
    check(
      'who is added is in, who is removed is out, however often',
      ['add-member', 'remove-member'],
      async service => {
        const { call, expect, leadId } = service
        for (const [action, is] of [
          ['add-member', true],
          ['add-member', true],
          ['remove-member', false],
          ['remove-member', false],
        ] as const) {
          const { member } = await call(action, { audience: 'Clientes', leadId })
          expect(member === is, `${action} says member: ${String(member)}.`)
        }
      },
    ),
    check('add-member says NOT_FOUND of a lead that is not there', ['add-member'], ({ refuses }) =>
      refuses('add-member', { audience: 'Clientes', leadId: UNKNOWN }, 'NOT_FOUND'),
    ),
  ],
}
