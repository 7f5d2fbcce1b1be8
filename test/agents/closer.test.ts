import { afterAll, describe, expect, test } from 'vitest'
import { closeTests } from '../../core/testing/testing.ts'
import { sales, skill, SOON } from './agent.ts'

afterAll(closeTests)
const ana = {
  name: 'Ana Souza',
  email: 'ana@acme.com.br',
  company: 'Acme',
  source: 'WEBSITE',
  data: { interest: 'CRM' },
}
const withLead = (more: object) => (leads: readonly { id: string }[]) => ({ leadId: leads[0]!.id, ...more })
const draft = { parts: [{ heading: 'Price', text: 'Ask beside what.', facts: ['F1'] }] }

describe('the closer’s assistant', { timeout: 120_000 }, () => {
  test('reads objections with their words, and how often they lost a deal', async () => {
    const { output } = await skill<{ objections: unknown }>('closer', 'objection-analysis', {
      ...sales({ source: 'WEBSITE', leads: 3, lost: 2 }),
      input: { text: 'Gostei muito. Mas achei caro! Preciso falar com meu sócio.', at: SOON },
      model: [draft],
    })
    expect(output).toMatchObject({
      draft,
      objections: [
        { kind: 'price', quotes: ['Mas achei caro!'], lostBefore: 2 },
        { kind: 'authority', quotes: ['Preciso falar com meu sócio.'], lostBefore: 0 },
      ],
    })
    const nothing = await skill<{ objections: unknown[] }>('closer', 'objection-analysis', {
      input: { text: 'Adorei!', at: SOON },
      model: [],
    })
    expect(nothing.output.objections).toEqual([])
  })

  test('in a call: what was not answered, what was not talked about, who talks', async () => {
    const { output, asked } = await skill<{ unanswered: string[]; open: string[]; talkShare: number }>(
      'closer',
      'live-suggestions',
      {
        leads: [ana],
        input: withLead({
          lines: [
            { who: 'us', text: 'Qual é o maior problema?' },
            { who: 'them', text: 'Perdemos leads. Vocês integram com o Pipedrive?' },
          ],
        }),
        model: [draft],
      },
    )
    expect(output).toMatchObject({
      unanswered: ['Vocês integram com o Pipedrive?'],
      open: ['decision', 'budget', 'deadline', 'next-step'],
    })
    expect(output.talkShare).toBeCloseTo(5 / 12)
    expect(asked[0]).toMatchObject({ size: 'small', prompt: expect.stringContaining('Ana Souza · Acme · CRM') })
  })

  test('a proposal has the prices that are given, or those of the deal, and else is not ready', async () => {
    const none = await skill<{ ready: boolean; proposal: unknown }>('closer', 'proposal', {
      leads: [ana],
      input: withLead({ at: SOON }),
    })
    expect(none.output).toMatchObject({ ready: false, proposal: null })
    expect(none.output.notKnown[0]).toMatchObject({ what: 'What it costs' })
    const deal = { lead: 0, title: 'Plano Pro', stage: 'PROPOSAL', value: { amount: '1234.50', currency: 'BRL' } }
    const { output } = await skill<object>('closer', 'proposal', {
      leads: [ana],
      deals: [deal],
      input: withLead({ at: SOON }),
    })
    expect(output).toMatchObject({
      ready: true,
      total: 123_450,
      summary: expect.stringMatching(
        /^Proposta para Acme\n1 × R\$.?1[.,]234[.,]50: Plano Pro\nTotal: R\$.?1[.,]234[.,]50\n(Vale até 17 de março de|Holds until March 17,) 2026$/,
      ) as unknown,
      proposal: {
        title: 'Proposta para Acme',
        introduction: 'Você nos contou: “CRM”. É isto que propomos.',
        items: [{ description: 'Plano Pro', quantity: 1, unitAmount: 123_450 }],
        validUntil: '2026-03-17',
      },
    })
  })

  test('after a call: what was agreed, in the language of the lead, and nothing that was not', async () => {
    const agreed = [
      { what: 'enviar a proposta', who: 'us', by: '2026-03-06' },
      { what: 'falar com o sócio', who: 'them' },
    ]
    const { output } = await skill<{ body: string }>('closer', 'follow-up', {
      leads: [ana],
      input: withLead({ agreed }),
    })
    expect(output.body).toMatch(/Nós vamos:\n- enviar a proposta, até 6 de março\n\nVocês vão:\n- falar com o sócio/)
    const { output: open } = await skill<{ body: string }>('closer', 'follow-up', { leads: [ana], input: withLead({}) })
    expect(open.body).toContain('Qual seria um bom próximo passo')
  })
})
