import { describe, expect, test } from 'vitest'
import type { Lead, Message } from '../../core/sdk/records.ts'
import { composeBriefing } from '../../plugins/closer/compose-briefing.ts'
import closer from '../../plugins/closer/index.ts'
import { translatorOf } from './translate.ts'

const lead: Lead = {
  id: '01957d3a-0000-7000-8000-000000000000',
  name: 'Ana Souza',
  email: 'ana@acme.com.br',
  phone: null,
  company: 'Acme',
  jobTitle: 'Diretora Comercial',
  source: 'WEBSITE',
  locale: 'en',
  status: 'QUALIFIED',
  score: 75,
  scoreFactors: [
    { name: 'seniority', points: 22, value: 'Diretora Comercial', reason: 'É da diretoria.' },
    { name: 'phone', points: 0, value: 'não informado', reason: 'Não deixou telefone.' },
  ],
  data: { companySize: '51-200' },
  utm: { campaign: 'março' },
  consent: {},
  unsubscribed: false,
  unsubscribedAt: null,
  emailBounced: false,
  phoneOptedOut: false,
  createdAt: '2026-03-01T00:00:00Z',
  updatedAt: '2026-03-01T00:00:00Z',
}
const thread: Message[] = [
  { id: '1', direction: 'out', subject: 'Olá', body: 'Podemos conversar?', createdAt: '2026-03-01T00:00:00Z' },
  {
    id: '2',
    direction: 'in',
    subject: 'Re: Olá',
    body: 'Sim! Vocês integram com Pipedrive?\n> Podemos conversar?',
    createdAt: '2026-03-02T00:00:00Z',
  },
]
const meeting = { startsAt: '2026-03-05T13:00:00Z', endsAt: '2026-03-05T13:45:00Z' }
const brief = (known: Partial<Parameters<typeof composeBriefing>[0]> = {}) =>
  composeBriefing({ lead, thread, activities: [], meeting, ...known }, translatorOf(closer.messages), {
    locale: 'pt-BR',
    timeZone: 'America/Sao_Paulo',
  })

describe('a briefing', () => {
  test('gives every fact its source, and only factors that counted', () => {
    const { facts } = brief()
    expect(facts).toContainEqual({
      label: 'Cargo',
      value: 'Diretora Comercial',
      source: 'informado pelo lead',
      from: 'lead.jobTitle',
    })
    expect(facts).toContainEqual({
      label: 'Tamanho da empresa',
      value: '51-200',
      source: 'formulário',
      from: 'lead.data.companySize',
    })
    expect(facts).toContainEqual({
      label: '+22 pontos',
      value: 'É da diretoria. (Diretora Comercial)',
      source: 'pontuação',
      from: 'lead.scoreFactors.seniority',
    })
    expect(facts.every(({ value, source, from }) => value !== '' && source !== '' && from !== '')).toBe(true)
    expect(JSON.stringify(facts)).not.toContain('Não deixou telefone')
  })

  test('says what is unknown and turns it into questions, after those of the lead', () => {
    const { unknown, openQuestions } = brief()
    expect(unknown).toEqual(['Interesse', 'Orçamento', 'Prazo', 'Telefone'])
    expect(openQuestions[0]).toBe('Vocês integram com Pipedrive?')
    expect(openQuestions).toContain('Existe um orçamento previsto para isso?')
    expect(openQuestions).not.toContain('Podemos conversar?') // ours, quoted
  })

  test('has an agenda as long as the call', () => {
    for (const [endsAt, minutes] of [
      ['2026-03-05T13:45:00Z', 45],
      [undefined, 30],
      ['2026-03-05T13:10:00Z', 10],
    ] as const)
      expect(
        brief({ meeting: { startsAt: meeting.startsAt, endsAt } }).agenda.reduce((sum, part) => sum + part.minutes, 0),
      ).toBe(minutes)
  })

  test('is in the language of the team, whatever the lead speaks, and fits an e-mail', () => {
    const { title, text, summary } = brief()
    expect(title).toMatch(/^Briefing: Ana Souza \(Acme\), qui\.?, 5 de mar/)
    expect(title.length).toBeLessThanOrEqual(200)
    expect(summary).toContain('Última resposta: “Sim! Vocês integram com Pipedrive?”')
    expect(text).toContain('O que não se sabe\n- Interesse')
    expect(text).not.toMatch(/[{}]|undefined|null/)
  })

  test('of a lead of whom nothing is known says so', () => {
    const bare = {
      ...lead,
      company: null,
      jobTitle: null,
      email: null,
      score: null,
      scoreFactors: [],
      data: {},
      utm: {},
    }
    const { summary, unknown } = brief({ lead: bare, thread: [], meeting: null })
    expect(summary).toBe('Ana Souza; o cargo não é conhecido. Ainda sem pontuação. Ainda não respondeu por escrito.')
    expect(unknown).toContain('Empresa')
  })
})
