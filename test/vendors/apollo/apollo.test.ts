import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openVendorWorld, type VendorWorld } from '../vendor-world.ts'
import { ACME, ANA, API_KEY, Apollo, INACCESSIBLE } from './apollo.ts'

const apollo = new Apollo()
let world: VendorWorld
beforeAll(async () => {
  world = await openVendorWorld('apollo', ['api.apollo.io'], apollo.answer)
  await world.connect('apollo', { apiKey: API_KEY })
})
afterAll(() => world?.close())
afterEach(() => {
  expect(apollo.problems.splice(0)).toEqual([])
  expect(apollo.instead.splice(0)).toEqual([])
  apollo.asked.length = 0
})
const enrich = async (known: Record<string, unknown>) => {
  const { sources, ...found } = await world.call('person', known)
  return { found, sources: sources as Record<string, { from: string; derived: boolean; how: string }> }
}

describe('a lead whom Apollo knows', () => {
  test('is told with job, size of the company and place, and of each value who says so', async () => {
    const { found, sources } = await enrich({ name: 'Ana Souza', email: ANA.email })
    expect(found).toEqual({
      firstName: 'Ana',
      lastName: 'Souza',
      company: 'Acme Energia Solar',
      companyDomain: 'acme-solar.com.br',
      emailKind: 'company',
      country: 'BR',
      state: 'SP',
      city: 'Campinas',
      jobTitle: 'Diretora Comercial',
      seniority: 'director',
      department: 'sales',
      companySize: '320',
      industry: 'renewables & environment',
      linkedinUrl: 'https://www.linkedin.com/in/ana-souza',
    })
    expect(Object.keys(sources).sort()).toEqual(Object.keys(found).sort())
    expect(sources).toMatchObject({
      firstName: { from: 'name', derived: true },
      companySize: { from: 'apollo', derived: false, how: 'segundo o Apollo, da empresa acme-solar.com.br' },
      jobTitle: { from: 'apollo', derived: false, how: 'segundo o Apollo, de ana@acme-solar.com.br' },
      seniority: { from: 'apollo', derived: true },
    })
    expect(apollo.asked).toEqual([
      {
        operation: 'people-enrichment',
        query: { email: ANA.email, name: 'Ana Souza', domain: 'acme-solar.com.br' },
      },
    ])
  })

  test('is believed where they say something else themselves', async () => {
    const { found, sources } = await enrich({
      name: 'Ana Maria Souza',
      email: ANA.email,
      company: 'Acme',
      jobTitle: 'CEO',
      phone: '+5521987654321',
    })
    expect(found).toMatchObject({
      firstName: 'Ana',
      lastName: 'Maria Souza',
      company: 'Acme',
      jobTitle: 'CEO',
      seniority: 'executive',
      department: 'management',
      // of two sources of a place none is mixed: not the Rio de Janeiro of the phone with the Campinas of Apollo
      state: 'SP',
      city: 'Campinas',
    })
    expect(sources['company']).toEqual({ from: 'company', derived: false, how: 'informado: Acme' })
    expect(sources['jobTitle']).toEqual({ from: 'jobTitle', derived: false, how: 'informado: CEO' })
  })

  test('at another company than the one they write from is not given its job and size', async () => {
    apollo.people.push({ ...ANA, email: 'ana@outra.com.br' })
    const { found } = await enrich({ name: 'Ana Souza', email: 'ana@outra.com.br' })
    expect(found).toMatchObject({ company: 'Outra', companySize: null, industry: null, jobTitle: null })
    expect(found).toMatchObject({ seniority: null, department: null, city: 'Campinas' })
    expect(apollo.asked.map(({ operation }) => operation)).toEqual(['people-enrichment', 'organization-enrichment'])
    expect(apollo.asked[1]!.query).toEqual({ domain: 'outra.com.br' })
  })

  test.each([
    ['ACME ENERGIA SOLAR LTDA.', '320'],
    ['Acme', '320'],
    ['Beta Logística', null],
  ])('with a private address is of the company that they named: %s', async (company, companySize) => {
    if (!apollo.people.some(({ email }) => email === 'ana@gmail.com'))
      apollo.people.push({ ...ANA, email: 'ana@gmail.com' })
    const { found } = await enrich({ name: 'Ana Souza', email: 'ana@gmail.com', company })
    expect(found).toMatchObject({ company, companySize, emailKind: 'free' })
  })
})

describe('a lead whom Apollo does not know', () => {
  test('is told no worse than without it, and nothing is made up', async () => {
    const { found, sources } = await enrich({
      name: 'RUI LIMA',
      email: 'rui@nova.com.br',
      phone: '+5531987654321',
      jobTitle: 'Gerente de TI',
    })
    expect(found).toEqual({
      firstName: 'Rui',
      lastName: 'Lima',
      company: 'Nova',
      companyDomain: 'nova.com.br',
      emailKind: 'company',
      country: 'BR',
      state: 'MG',
      city: 'Belo Horizonte',
      jobTitle: 'Gerente de TI',
      seniority: 'manager',
      department: 'technology',
      companySize: null,
      industry: null,
      linkedinUrl: null,
    })
    expect(Object.values(sources).filter(({ from }) => from === 'apollo')).toEqual([])
    expect(sources['company']).toEqual({ from: 'email', derived: true, how: 'pelo domínio do e-mail nova.com.br' })
  })

  test('is told of the company at least, where Apollo knows that', async () => {
    const { found } = await enrich({ name: 'Rui Lima', email: 'rui@acme-solar.com.br' })
    expect(found).toMatchObject({ company: 'Acme Energia Solar', companySize: '320', jobTitle: null, city: null })
  })

  test('as a null, in an answer that cannot be made sense of, or under an address that it refuses', async () => {
    for (const reply of [
      { status: 200, body: { person: null } },
      { status: 422, body: { error: 'Email is invalid' } },
      { status: 404, body: { error: 'Not found' } },
    ]) {
      apollo.instead.push(reply)
      const { found } = await enrich({ name: 'Rui Lima', email: 'rui@gmail.com' })
      expect(found).toMatchObject({ firstName: 'Rui', emailKind: 'free', jobTitle: null, companySize: null })
    }
  })

  test('is not asked for where too little is known, nor by an address that is thrown away', async () => {
    expect((await enrich({ name: 'Ana Souza', phone: '+5511987654321' })).found).toMatchObject({ state: 'SP' })
    await enrich({ name: 'Ana', company: 'Acme' })
    await enrich({ name: 'Ana Souza', email: 'ana@mailinator.com' })
    await enrich({})
    expect(apollo.asked).toEqual([])
    expect((await enrich({ name: 'Ana Souza', company: 'Acme Energia Solar' })).found).toMatchObject({ companySize: '320' }) // prettier-ignore
    expect(apollo.asked).toHaveLength(1)
  })
})

test('nobody is ever asked for a phone number or a private address', async () => {
  await enrich({ name: 'Ana Souza', email: ANA.email, company: 'Acme', jobTitle: 'CEO', phone: '+5511987654321' })
  const names = apollo.asked.flatMap(({ query }) => Object.keys(query))
  expect(names.sort()).toEqual(['domain', 'email', 'name', 'organization_name'])
})

test('a company is looked up by its domain', async () => {
  expect(await world.call('company', { domain: 'Acme-Solar.com.br' })).toEqual({
    name: ACME['name'],
    domain: 'acme-solar.com.br',
    companySize: '320',
    industry: 'renewables & environment',
    foundedYear: 2011,
    country: 'BR',
    state: 'SP',
    city: 'Campinas',
    linkedinUrl: 'http://www.linkedin.com/company/acme-solar',
  })
  await expect(world.call('company', { domain: 'nobody.com' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('a place is written as this host does', async () => {
  const placed = async (country: string, state: string | undefined) => {
    apollo.instead.push({ status: 200, body: { person: { country, state } } })
    const { found } = await enrich({ name: 'Ana Souza', email: 'ana@gmail.com' })
    return [found['country'], found['state']]
  }
  expect(await placed('Brazil', 'Mato Grosso')).toEqual(['BR', 'MT'])
  expect(await placed('Brazil', 'State of Mato Grosso do Sul')).toEqual(['BR', 'MS'])
  expect(await placed('Brazil', 'Nowhere')).toEqual(['BR', null])
  expect(await placed('United States', 'California')).toEqual(['US', 'California'])
  expect(await placed('Czech Republic', undefined)).toEqual(['CZ', null])
  expect(await placed('Atlantis', undefined)).toEqual([null, null])
})

describe('what Apollo refuses', () => {
  const ask = () => enrich({ name: 'Ana Souza', email: ANA.email })

  test('because of the key says what to do', async () => {
    await world.connect('apollo', { apiKey: 'another' })
    await expect(ask()).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      retryable: false,
      message: expect.stringMatching(/Invalid access credentials\. Connect the account again/),
    })
    await world.connect('apollo', { apiKey: API_KEY })
    apollo.instead.push(INACCESSIBLE)
    await expect(ask()).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringMatching(/not accessible with this api_key.*give it access in Apollo/),
    })
    apollo.instead.push({ status: 403, body: { error: 'Your plan does not have this.' } })
    await expect(ask()).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  test('because of too much is asked again as late as it says', async () => {
    const body = { message: 'The maximum number of api calls allowed is 50 times per minute.' }
    apollo.instead.push({ status: 429, headers: { 'retry-after': '7' }, body })
    await expect(ask()).rejects.toMatchObject({ code: 'RATE_LIMITED', retryable: true, retryAfter: 7 })
    apollo.instead.push({ status: 429, body: { ...body, retry_after_seconds: 11 } })
    await expect(ask()).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfter: 11 })
    apollo.instead.push({ status: 429, headers: { 'x-minute-requests-left': '0' }, body })
    await expect(ask()).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfter: 60 })
  })

  test('because the limit of an hour or a day is used up lets somebody else be asked', async () => {
    const body = { message: 'Too many requests' }
    apollo.instead.push({ status: 429, headers: { 'x-24-hour-requests-left': '0' }, body })
    await expect(ask()).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true, retryAfter: 3600 })
    apollo.instead.push({ status: 429, headers: { 'retry-after': '1800' }, body })
    await expect(ask()).rejects.toMatchObject({ code: 'UNAVAILABLE', retryAfter: 1800 })
    apollo.instead.push({ status: 503, body: '<html>' })
    await expect(ask()).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true })
  })

  test('of the company is done without, for the person was paid for', async () => {
    apollo.instead.push(
      { status: 200, body: { person: { ...ANA, organization: undefined } } },
      { status: 503, body: {} },
    )
    const { found } = await ask()
    expect(found).toMatchObject({ jobTitle: 'Diretora Comercial', companySize: null, company: 'Acme Solar' })
  })
})

test('it fills the service enrichment, and asks for one host', () => {
  const { manifest } = world.installation
  expect(manifest.provides).toEqual({ enrichment: { person: 'person' } })
  expect(manifest.permissions.hosts.map(({ host }) => host)).toEqual(['api.apollo.io'])
  expect(manifest.permissions.records).toEqual([])
})
