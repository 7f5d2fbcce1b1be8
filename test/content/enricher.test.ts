import { describe, expect, test } from 'vitest'
import { companyName } from '../../core/sdk/company-name.ts'
import { readEmail } from '../../core/sdk/read-email.ts'
import { readJobTitle } from '../../core/sdk/read-job-title.ts'
import { readPhone } from '../../core/sdk/read-phone.ts'
import { splitName } from '../../core/sdk/split-name.ts'
import { enrichPerson, person } from '../../plugins/enricher/actions/person.ts'
import enricher from '../../plugins/enricher/index.ts'
import { translatorOf } from './translate.ts'

const enrich = (known: Parameters<typeof enrichPerson>[0], locale = 'pt-BR') =>
  enrichPerson(known, translatorOf(enricher.messages, locale))

describe('enrichment', () => {
  test('says of every field that is known where it comes from, and whether it is a conclusion', () => {
    const { sources, ...found } = enrich({
      name: 'ANA DE SOUZA',
      email: 'ana@acme-solar.com.br',
      phone: '+5531987654321',
      jobTitle: 'Head of Marketing',
    })
    expect(found).toEqual({
      firstName: 'Ana',
      lastName: 'de Souza',
      company: 'Acme Solar',
      companyDomain: 'acme-solar.com.br',
      emailKind: 'company',
      country: 'BR',
      state: 'MG',
      city: 'Belo Horizonte',
      seniority: 'director',
      department: 'marketing',
    })
    expect(Object.keys(sources).sort()).toEqual(Object.keys(found).sort())
    expect(sources['company']).toEqual({
      from: 'email',
      derived: true,
      how: 'pelo domínio do e-mail acme-solar.com.br',
    })
    expect(sources['city']).toEqual({ from: 'phone', derived: true, how: 'pelo prefixo do telefone +55 31' })
  })

  test('keeps the company that was given, and says that it was', () => {
    const { company, sources } = enrich({ email: 'ana@acme.com.br', company: 'ACME Energia S.A.' }, 'en')
    expect(company).toBe('ACME Energia S.A.')
    expect(sources['company']).toEqual({ from: 'company', derived: false, how: 'as given: ACME Energia S.A.' })
  })

  test('invents nothing: what cannot be known is null and has no source', () => {
    const { sources, ...found } = enrich({
      name: '',
      email: 'joao@gmail.com',
      phone: '+12025550123',
      jobTitle: 'Ninja',
    })
    expect(Object.entries(found).filter(([, value]) => value !== null)).toEqual([['emailKind', 'free']])
    expect(Object.keys(sources)).toEqual(['emailKind'])
    expect(person.output.parse(enrich({}))).toMatchObject({ company: null, sources: {} })
  })
})

test.each([
  ['ana@acme.com.br', 'company'],
  ['ANA@ACME.COM', 'company'],
  ['a@gmail.com', 'free'],
  ['a@yahoo.com.br', 'free'],
  ['a@hotmail.co.uk', 'free'],
  ['a@uol.com.br', 'free'],
  ['a@liveperson.com', 'company'],
  ['a@poli.usp.edu.br', 'education'],
  ['a@ox.ac.uk', 'education'],
  ['a@mailinator.com', 'disposable'],
  ['not an address', undefined],
  [null, undefined],
])('the e-mail %s is %s', (email, kind) => {
  expect(readEmail(email)?.kind).toBe(kind)
})

test.each([
  ['acme.com.br', 'Acme'],
  ['vendas.acme-solar.com.br', 'Acme Solar'],
  ['mail.big-co.co.uk', 'Big Co'],
  ['bb.com.br', 'BB'],
  ['stripe.com', 'Stripe'],
  ['prefeitura.sp.gov.br', null],
  ['123.com', null],
])('the company behind %s is guessed as %s', (domain, name) => {
  expect(companyName(domain)).toBe(name)
})

test.each([
  ['+5511987654321', 'BR', 'SP', 'São Paulo'],
  ['+55 (85) 3456-7890', 'BR', 'CE', 'Fortaleza'],
  ['0055 61 99999-0000', 'BR', 'DF', 'Brasília'],
  ['+5520987654321', 'BR', null, null], // no such DDD
  ['+351912345678', 'PT', null, null],
  ['+12025550123', null, null, null], // shared by many countries
  ['11987654321', null, null, null], // no country code: could be anywhere
  ['', null, null, null],
])('the phone %s is of %s, %s, %s', (phone, country, state, city) => {
  expect(readPhone(phone)).toMatchObject({ country, state, city })
})

test.each([
  ['Ana Paula de Souza', 'Ana', 'Paula de Souza'],
  ['ANA PAULA DE SOUZA', 'Ana', 'Paula de Souza'],
  ["maria d'ávila", 'Maria', "D'Ávila"],
  ['Dr. João Neto', 'João', 'Neto'],
  ['Ana', 'Ana', null],
  ['ana@acme.com', null, null],
  [' ', null, null],
])('the name %s is split', (name, firstName, lastName) => {
  expect(splitName(name)).toEqual({ firstName, lastName })
})

test.each([
  ['Diretora Comercial', 'director', 'sales'],
  ['Diretor Executivo', 'executive', 'management'],
  ['CEO & Founder', 'owner', 'management'],
  ['Sócia-proprietária', 'owner', 'management'],
  ['CTO', 'executive', 'technology'],
  ['Vice-Presidente de Vendas', 'director', 'sales'],
  ['VP of Engineering', 'director', 'technology'],
  ['Head of Customer Success', 'director', 'customer-success'],
  ['Gerente de Marketing', 'manager', 'marketing'],
  ['Coordenadora de RH', 'manager', 'people'],
  ['Analista Financeiro Júnior', 'junior', 'finance'],
  ['Analista de TI', 'specialist', 'technology'],
  ['Product Owner', 'specialist', 'product'],
  ['Account Executive', 'specialist', 'sales'],
  ['HR Business Partner', 'specialist', 'people'],
  ['Executive Assistant to the CEO', 'junior', 'management'],
  ['Assistente do Diretor', 'junior', null],
  ['Secretária da Diretoria', null, null],
  ['Estagiária de Compras', 'junior', 'purchasing'],
  ['Ninja', null, null],
  ['', null, null],
])('the job title %s is %s in %s', (title, seniority, department) => {
  expect(readJobTitle(title)).toEqual({ seniority, department })
})
