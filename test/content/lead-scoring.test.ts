import { describe, expect, test } from 'vitest'
import { enrichPerson } from '../../plugins/enricher/actions/person.ts'
import enricher from '../../plugins/enricher/index.ts'
import { leadQualification, qualifyLead } from '../../plugins/sdr/actions/lead-qualification.ts'
import { POINTS, scoreLead } from '../../plugins/sdr/actions/lead-scoring.ts'
import { companySize } from '../../plugins/sdr/company-size.ts'
import sdr from '../../plugins/sdr/index.ts'
import type { Lead } from '../../plugins/sdr/lead.ts'
import { translatorOf } from './translate.ts'

const t = translatorOf(sdr.messages)
const enrich = (lead: Lead) => enrichPerson(lead, translatorOf(enricher.messages))
const score = (lead: Lead) => scoreLead(lead, enrich(lead), t).score

const director: Lead = {
  name: 'Ana Souza',
  email: 'ana@acme-solar.com.br',
  phone: '+5511987654321',
  jobTitle: 'Diretora Comercial',
  source: 'WEBSITE',
  data: { companySize: '51-200' },
}

describe('a score', () => {
  test.each<[string, Lead, number]>([
    ['a director at a company, with phone and size', director, 15 + 3 + 22 + 15 + 20 + 0 + 3],
    [
      'the same with a message about a price',
      { ...director, data: { companySize: '51-200', message: 'Qual o preço?' } },
      15 + 3 + 22 + 15 + 20 + 15 + 3,
    ],
    ['the same in English', { ...director, jobTitle: 'Sales Director' }, 78],
    [
      'the best of everything',
      {
        ...director,
        company: 'Acme',
        jobTitle: 'CEO',
        source: 'REFERRAL',
        data: { companySize: '500+', message: 'quero uma demo' },
      },
      100,
    ],
    ['a free address and a name', { name: 'João', email: 'joao@gmail.com', source: 'WEBSITE' }, 5 + 3],
    [
      'a founder with a free address who wants to buy',
      {
        name: 'Rui',
        email: 'rui@gmail.com',
        phone: '+5511987654321',
        jobTitle: 'Sócio-fundador',
        data: { companySize: '11-50', message: 'Preciso de um orçamento' },
      },
      5 + 25 + 15 + 15 + 15,
    ],
    ['a student', { name: 'Lia', email: 'lia@alunos.usp.edu.br', jobTitle: 'Estagiária de Marketing' }, 5 + 3],
    ['nothing at all', { name: 'x' }, 0],
  ])('of %s is the sum of its factors', (_who, lead, points) => {
    expect(score(lead)).toBe(points)
  })

  test('qualifies the typical good lead and not the one that left only a name', () => {
    expect(score(director)).toBeGreaterThanOrEqual(60)
    expect(score({ name: 'João', email: 'joao@gmail.com' })).toBeLessThan(60)
  })

  test('is the same without an answer of the enricher: it reads what the lead said by itself', () => {
    expect(scoreLead(director, null, t)).toMatchObject({ score: score(director) })
    const company = scoreLead(director, null, t).factors.find(({ name }) => name === 'company')
    expect(company).toMatchObject({ points: 3, value: 'Acme Solar', source: 'computed', from: 'input.lead.email' })
  })

  test('counts what an enricher has found where the lead said nothing, and says whose word it is', () => {
    const lead: Lead = { name: 'Ana Souza', email: 'ana@gmail.com', source: 'WEBSITE' }
    const found = {
      emailKind: 'free' as const,
      company: 'Acme Solar',
      jobTitle: 'Diretora Comercial',
      seniority: 'director' as const,
      companySize: '120',
      sources: { company: { derived: false } },
    }
    const { factors } = scoreLead(lead, found, t)
    expect(factors.filter(({ from }) => from.startsWith('input.person.'))).toMatchObject([
      { name: 'company', points: 5, value: 'Acme Solar', source: 'computed' },
      { name: 'seniority', points: 22, value: 'Diretora Comercial' },
      { name: 'companySize', points: 20, value: '120' },
    ])
    const said = { ...lead, company: 'Acme', jobTitle: 'Analista', data: { companySize: '1-10' } }
    expect(scoreLead(said, found, t).factors.filter(({ from }) => from.startsWith('input.person.'))).toEqual([])
  })

  test('is at most 100: the best rows of the table add up to it', () => {
    const best = Object.values(POINTS).map(rows => Math.max(...Object.values(rows)))
    expect(best.reduce((sum, points) => sum + points, 0)).toBe(100)
  })

  test('says of every factor what was found and why it counts, in the language of the lead', () => {
    const { factors } = scoreLead(director, enrich(director), t, 'pt-BR')
    expect(factors.find(({ name }) => name === 'seniority')).toEqual({
      name: 'seniority',
      points: 22,
      value: 'Diretora Comercial',
      reason: 'É da diretoria: decide ou aprova a compra.',
      source: 'given',
      from: 'input.lead.jobTitle',
    })
    expect(scoreLead(director, null, t, 'en').factors.map(({ reason }) => reason)).toContain(
      'Left a phone number: expects to be contacted.',
    )
    expect(
      scoreLead({ name: 'x' }, null, t, 'en').factors.every(
        ({ value, reason }) => value !== '' && !reason.startsWith('score.'),
      ),
    ).toBe(true)
  })

  test('has a reason in both languages for every row of the table', () => {
    for (const [factor, rows] of Object.entries(POINTS))
      for (const grade of Object.keys(rows))
        for (const messages of Object.values(sdr.messages!))
          expect(messages).toHaveProperty([`score.${factor}.${grade}`])
  })
})

describe('the size of a company', () => {
  test.each([
    ['1-10', 'micro'],
    ['Só eu', 'micro'],
    ['11 a 50', 'small'],
    ['51-200', 'medium'],
    ['+10', 'small'],
    ['mais de 250', 'large'],
    ['1.000', 'large'],
    ['500+', 'large'],
    ['Média', 'medium'],
    ['enterprise', 'large'],
    ['não sei', undefined],
    ['0', undefined],
    [undefined, undefined],
  ])('%s is %s', (answer, size) => {
    expect(companySize(answer)).toBe(size)
  })
})

describe('qualification', () => {
  test('needs the threshold, and 60 is the one that is filled in', () => {
    expect(leadQualification.input.parse({ lead: director, score: 60 })).toMatchObject({ threshold: 60 })
    expect(qualifyLead(director, 60, 60, t)).toMatchObject({
      qualified: true,
      verdict: 'reached',
      reason: 'Qualificado: 60 pontos, a partir de 60 qualifica.',
    })
    expect(qualifyLead(director, 59, 60, t)).toMatchObject({ qualified: false, verdict: 'below' })
    expect(qualifyLead(director, 59, 50, t, 'en')).toMatchObject({
      qualified: true,
      reason: 'Qualified: 59 points, from 50 on qualifies.',
    })
  })

  test('refuses who cannot be written to, or asked not to be', () => {
    for (const phone of [null, '+551130001000'])
      expect(qualifyLead({ ...director, email: null, phone }, 90, 60, t)).toMatchObject({
        qualified: false,
        verdict: 'unreachable',
        channels: [],
      })
    expect(qualifyLead({ ...director, emailBounced: true }, 90, 60, t)).toMatchObject({
      verdict: 'reached',
      channels: ['whatsapp'],
    })
    expect(qualifyLead({ ...director, email: null, phone: '+12125550100' }, 90, 60, t).channels).toEqual(['whatsapp'])
    expect(qualifyLead({ ...director, unsubscribed: true }, 90, 60, t)).toMatchObject({
      qualified: false,
      verdict: 'unsubscribed',
    })
  })

  test('lists what is missing with a question for it', () => {
    expect(qualifyLead(director, 70, 60, t).missing).toEqual([
      { field: 'company', question: 'Em qual empresa você trabalha?' },
      { field: 'need', question: 'O que você gostaria de resolver primeiro?' },
    ])
  })
})
