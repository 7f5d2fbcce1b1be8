import { afterAll, describe, expect, test } from 'vitest'
import { closeTests } from '../../core/testing/testing.ts'
import { skill } from './agent.ts'

afterAll(closeTests)

const ana = { name: 'Ana Souza', email: 'ana@acme.com.br', company: 'Acme', source: 'WEBSITE', locale: 'pt-BR' }
/** Tests of actions stand at 2026-03-02T12:00Z: a Monday, and the day on which every customer here begins. */
const at = (day: string) => `${day}T12:00:01Z`
const customer = (more: object = {}) => ({ lead: 0, name: 'Acme', plan: 'Pro', ...more })
const about = <Output>(
  action: string,
  given: { lead?: object; customer?: object; at?: string; input?: object; model?: unknown[] },
) =>
  skill<Output>('onboarding', action, {
    leads: [{ ...ana, ...given.lead }],
    customers: [customer(given.customer)],
    input: (_: unknown, [customerId]: readonly string[]) => ({
      customerId,
      at: given.at ?? at('2026-03-02'),
      ...given.input,
    }),
    ...(given.model ? { model: given.model } : {}),
  })
const WELL = { activeUsers: 9, seats: 10, overdueDays: 0, openTickets: 0, nps: 9 }
const ILL = { activeUsers: 2, seats: 10, openTickets: 6, nps: 9 }

describe('onboarding', { timeout: 120_000 }, () => {
  test('a kickoff asks what is not told, in the time there is, and invites in the language of the customer', async () => {
    const { output } = await about<{
      questions: { name: string }[]
      agenda: { minutes: number }[]
      told: unknown
      message: { body: string }
    }>('kickoff', {
      lead: { data: { message: 'Perdemos leads' } },
      input: { goal: 'Responder no mesmo dia', minutes: 30 },
    })
    expect(output.questions.map(({ name }) => name)).toEqual(['success', 'people', 'start', 'risk'])
    expect(output.agenda.reduce((sum, { minutes }) => sum + minutes, 0)).toBe(30)
    expect(output.told).toEqual([{ text: 'Perdemos leads', source: 'records', from: 'lead.data.message' }])
    expect(output.message.body).toContain('Que bom ter você com a gente no plano Pro')
    expect(output.model).toBeNull()
  })

  describe('a drip sequence', () => {
    const drip = async (given: Parameters<typeof about>[1]) => {
      const { letters, skipped } = (
        await about<{ letters: { kind: string; on: string }[]; skipped: { kind: string; from: string }[] }>(
          'drip-sequence',
          given,
        )
      ).output
      return { letters: letters.map(({ kind, on }) => [kind, on]), skipped }
    }
    test('has three letters, none on a weekend', async () => {
      const { letters, skipped } = await drip({})
      expect(letters).toEqual([
        ['first-steps', '2026-03-05'],
        ['getting-value', '2026-03-09'],
        ['check-in', '2026-03-16'],
      ])
      expect(skipped).toEqual([])
    })
    test('leaves out what they do already, and what is over', async () => {
      const { letters, skipped } = await drip({ customer: { facts: WELL }, at: at('2026-03-12') })
      expect(letters).toEqual([['check-in', '2026-03-16']])
      expect(skipped.map(({ kind, from }) => [kind, from.replace(/customer [\w-]+/, 'customer')])).toEqual([
        ['first-steps', 'customer.facts.activeUsers'],
        ['getting-value', 'customer.startedAt'],
      ])
    })
    test.each([
      ['in need', { customer: { facts: { openTickets: 6 } } }],
      ['without an e-mail', { lead: { email: undefined, phone: '+5511987654321' } }],
      ['who left', { customer: { status: 'CHURNED' } }],
    ])('writes to nobody %s', async (_, given) => expect((await drip(given)).letters).toEqual([]))
  })

  test('a churn alert lists who is at risk, the worst first, with the signs; and who nothing is known of as that', async () => {
    const { output } = await skill<{
      looked: number
      customers: { name: string; score: number; signs: { name: string; source: string; from: string }[] }[]
    }>('onboarding', 'churn-alert', {
      leads: ['a', 'b', 'c', 'd'].map(name => ({ ...ana, name, email: `${name}@acme.com.br` })),
      customers: [
        { lead: 0, name: 'Fair', facts: { nps: 6 } },
        { lead: 1, name: 'Ill', facts: ILL },
        { lead: 2, name: 'Well', facts: WELL },
        { lead: 3, name: 'Silent' },
      ],
      input: { at: at('2026-03-02') },
    })
    expect(output).toMatchObject({ looked: 4 })
    expect(output.customers.map(({ name }) => name)).toEqual(['Ill', 'Fair'])
    expect(output.customers[0]!.signs.map(({ name }) => name)).toEqual(['tickets', 'use'])
    expect(output.customers[0]!.signs[1]).toMatchObject({
      source: 'records',
      from: expect.stringMatching(/^customer [\w-]+\.facts\.activeUsers, customer [\w-]+\.facts\.seats$/) as unknown,
    })
    expect(output.notKnown[0]!.what).toBe('How 1 customers are doing')
  })

  test.each([
    ['writes', { customer: { facts: ILL } }, 'write'],
    [
      'calls who asked for no address',
      { lead: { email: undefined, phone: '+5511987654321' }, customer: { facts: ILL } },
      'call',
    ],
    ['leaves who is well', { customer: { facts: WELL } }, 'none'],
    ['leaves who has left', { customer: { facts: ILL, status: 'CHURNED' } }, 'none'],
    ['says that it does not know', {}, 'unknown'],
  ])('an intervention %s', async (_, given, verdict) => {
    const { output } = await about<{
      verdict: string
      message: { body: string } | null
      problems: { action: string }[]
    }>('intervention', given)
    expect(output.verdict).toBe(verdict)
    expect(output.message === null).toBe(verdict !== 'write')
    if (verdict !== 'write') return
    expect(output.message!.body).toContain(
      '- há pedidos seus ainda abertos (6)\n- só uma parte dos seus lugares está em uso (2/10)',
    )
    expect(output.problems.map(({ action }) => action)[0]).toContain('open tickets')
  })

  test.each([
    ['seats to who has nearly all in use', { facts: WELL }, 'offer', ['seats', 'plan']],
    ['nothing to who is being welcomed', { facts: WELL, status: 'ONBOARDING' }, 'not-now', ['seats', 'plan']],
    ['nothing to who owes', { facts: { ...WELL, overdueDays: 3 } }, 'not-now', ['seats', 'plan']],
    ['nothing to who is not well', { facts: ILL }, 'not-now', ['plan']],
    ['nothing where nothing fits', { facts: { nps: 10 }, plan: 'Max' }, 'not-now', []],
    ['nothing where nothing is known', { facts: {} }, 'unknown', ['plan']],
  ])('an upsell is %s', async (_, more, verdict, what) => {
    const { output } = await about<{ verdict: string; offers: { what: string }[]; message: unknown }>('upsell', {
      customer: { status: 'ACTIVE', ...more },
      input: {
        plans: [
          { name: 'Max', price: 900 },
          { name: 'pro', price: 300 },
        ],
      },
    })
    expect(output.verdict).toBe(verdict)
    expect(output.offers.map(offer => offer.what)).toEqual(what)
    expect(output.message === null).toBe(verdict !== 'offer')
  })

  test('advice of the model rests on what is known of the customer, in the language of the team', async () => {
    const draft = { parts: [{ heading: 'Seats', text: 'All but one of 10 are in use.', facts: ['F4'] }] }
    const { output, asked } = await about<{ draft: unknown }>('upsell', {
      customer: { status: 'ACTIVE', facts: WELL },
      model: [draft],
    })
    expect(output).toMatchObject({ draft, model: 'played-large', toCheck: [] })
    expect(asked[0]!.prompt).toContain('(records) Use: They use it well: 9/10 seats are active.')
    expect(asked[0]!.prompt).not.toContain('ana@acme.com.br')
  })

  describe('a message', () => {
    const write = (input: object, model?: unknown[]) =>
      skill<{ subject: string; body: string; written: unknown }>('onboarding', 'onboarding-message', {
        input: { kind: 'intervention', lead: { ...ana, locale: 'en' }, ...input },
        ...(model ? { model } : {}),
      })
    const written = (text: string) => [{ subject: 'we would like to help', paragraphs: [{ text, facts: ['F5'] }] }]
    const reasons = ['requests of yours are still open']

    test('is written by the model between greeting and question', async () => {
      const { output } = await write({ reasons }, written('We noticed that some of your requests are still open.'))
      expect(output.body.split('\n\n')).toEqual([
        'Hello Ana,',
        'We noticed that some of your requests are still open.',
        expect.stringContaining('20 minutes this week'),
        'Kind regards,\nTest',
      ])
    })
    test('that says what no fact says is not sent', async () => {
      const { output } = await write({ reasons }, written('You have 14 requests open.'))
      expect(output).toMatchObject({ subject: 'We would like to help', written: null })
      expect(output.body).toContain('What we noticed:\n- requests of yours are still open')
    })
    test('to who no more is known of than a name is of fixed words', async () => {
      expect((await write({ kind: 'check-in' }, [])).asked).toEqual([])
    })
  })
})
