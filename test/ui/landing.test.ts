import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { html } from '../../core/html.ts'
import { chooseLocale } from '../../core/http/landing/texts.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'

let world: TestServer
beforeAll(async () => {
  world = await openTestServer('postgres')
})
afterAll(() => world.close())

const get = (path: string, language = 'pt-BR') =>
  fetch(world.url + path, { headers: { 'accept-language': language }, redirect: 'manual' })
const post = (fields: Record<string, string>, path = '/l/demo?lang=pt-BR') =>
  fetch(world.url + path, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' })
const tokenOf = (page: string) => /name="token" value="([^"]+)"/.exec(page)?.[1] ?? ''
const newToken = async () => tokenOf(await (await get('/l/demo')).text())

async function captures(email: string): Promise<{ events: number; leads: number }> {
  const [row] = await world.core.sql.query<{ events: number; leads: number }>(
    {
      name: 'test-captures',
      text: `select (select count(*) from leads where email = $1)::int as leads,
                  (select count(*) from events where data->'lead'->>'email' = $1)::int as events`,
    },
    [email],
  )
  return row!
}

const rename = (table: string, name: string) =>
  world.core.sql.query({ name: `test-rename-${table}`, text: `alter table ${table} rename to ${name}` })

const visitor = { name: 'Ana Souza', email: 'ana@auroralog.com.br', consent: 'yes' }

describe('the landing page', () => {
  it.each([
    ['pt-BR,pt;q=0.9,en;q=0.8', undefined, 'pt-BR'],
    ['en-US,en;q=0.9', undefined, 'en'],
    ['de-DE,pt;q=0.3,en;q=0.5', undefined, 'en'],
    ['de-DE', undefined, 'en'],
    ['en;q=0, pt', undefined, 'pt-BR'],
    [undefined, undefined, 'pt-BR'],
    ['en', 'pt-BR', 'pt-BR'],
    ['pt-BR', 'tlh', 'pt-BR'],
  ])('speaks the visitor’s language: %s with lang=%s', (header, lang, expected) => {
    expect(chooseLocale(lang, header)).toBe(expected)
  })

  it('allows no script, its own style only, and no page around it', async () => {
    const response = await get('/l/demo?utm_source=google&utm_campaign=nov')
    const page = await response.text()
    const policy = response.headers.get('content-security-policy')!
    const nonce = /style-src 'nonce-([^']+)'/.exec(policy)![1]
    expect(response.status).toBe(200)
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(page).toContain(`<style nonce="${nonce}">`)
    expect(page).not.toMatch(/<script|\son\w+=/)
    expect(page).toContain('<input type="hidden" name="utm_campaign" value="nov" />')
    expect(page).toContain('lang="pt-BR"')
    expect(await (await get('/l/demo', 'en')).text()).toContain('Tell us what you need')
  })

  it('says beside each field what is wrong, keeps what was typed, and escapes it', async () => {
    const response = await post({
      name: '',
      email: '"><script>alert(1)</script>',
      phone: '123',
      message: '\n </textarea><b>',
      companySize: '51-200',
    })
    const page = await response.text()
    expect(response.status).toBe(422)
    expect(page).toContain('Diga como podemos chamar você.')
    expect(page).toContain('Escreva um e-mail válido')
    expect(page).toContain('Escreva o telefone com DDD')
    expect(page).toContain('Precisamos da sua autorização')
    expect(page).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"')
    expect(page).toContain('>\n\n &lt;/textarea&gt;&lt;b&gt;</textarea')
    expect(page).toMatch(/<option value="51-200" selected>/)
    expect(page).not.toContain('<script')
    expect(page).toMatch(/id="email"[^>]*aria-invalid="true"\s+aria-describedby="email-error"/)
    expect((await post({ ...visitor, consent: '' }, '/l/demo?lang=en')).status).toBe(422)
  })

  it('stores the lead with its consent, campaign and answers, and sends the visitor on', async () => {
    const response = await post({
      ...visitor,
      email: 'Complete@AuroraLog.com.br',
      phone: '11 98765-4321',
      company: 'Aurora Logística',
      jobTitle: 'Diretora Comercial',
      companySize: '51-200',
      message: 'Quero um orçamento.',
      utm_source: 'google',
      token: await newToken(),
    })
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/l/demo/thanks?lang=pt-BR')
    expect(await (await get('/l/demo/thanks?lang=pt-BR')).text()).toContain('Recebemos, obrigado')
    const { json } = await world.graphql(
      '{ leads(filter: { search: "complete@auroralog" }) { edges { node { email phone company jobTitle source locale data utm consent { basis text grantedAt } } } } }',
    )
    const [{ node }] = json.data.leads.edges
    expect(node).toMatchObject({
      email: 'complete@auroralog.com.br',
      phone: '+5511987654321',
      company: 'Aurora Logística',
      jobTitle: 'Diretora Comercial',
      source: 'WEBSITE',
      locale: 'pt-BR',
      data: { companySize: '51-200', message: 'Quero um orçamento.' },
      utm: { source: 'google' },
      consent: { basis: 'CONSENT' },
    })
    expect(node.consent.text).toContain('LGPD')
    expect(node.consent.grantedAt).not.toBeNull()
  })

  it('takes a form that is sent twice once, and one that was corrected as another', async () => {
    const token = await newToken()
    const email = 'twice@auroralog.com.br'
    const answers = await Promise.all([1, 2, 3].map(() => post({ ...visitor, email, token })))
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303])
    expect(await captures(email)).toEqual({ leads: 1, events: 1 })
    await post({ ...visitor, email, token, message: 'Esqueci de dizer: é urgente.' })
    expect(await captures(email)).toEqual({ leads: 1, events: 2 })
    await post({ ...visitor, email, token: 'made-up' })
    await post({ ...visitor, email, token: 'made-up' })
    expect(await captures(email)).toEqual({ leads: 1, events: 4 })
  })

  it('believes no program that fills what people do not see, and stores what no database can hold', async () => {
    expect((await post({ ...visitor, email: 'robot@auroralog.com.br', website: 'https://spam.example' })).status).toBe(
      303,
    )
    expect(await captures('robot@auroralog.com.br')).toEqual({ leads: 0, events: 0 })
    expect((await post({ ...visitor, email: 'nul@auroralog.com.br', message: 'a\0b', utm_source: '\0' })).status).toBe(
      303,
    )
    expect(await captures('nul@auroralog.com.br')).toEqual({ leads: 1, events: 1 })
  })

  it('knows one page only, and answers to GET and POST', async () => {
    expect((await get('/l/other')).status).toBe(404)
    expect(await (await get('/l/other/thanks')).text()).toContain('Esta página não existe')
    expect((await post(visitor, '/l/other')).status).toBe(404)
    const put = await fetch(`${world.url}/l/demo`, { method: 'PUT' })
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
    expect((await post({ ...visitor, message: 'x'.repeat(200_000) })).status).toBe(413)
  })

  it('keeps what was typed when it could not be stored', async () => {
    await rename('leads', 'leads_away')
    const response = await post({ ...visitor, name: 'Visitante Paciente' }).finally(() => rename('leads_away', 'leads'))
    expect(response.status).toBe(503)
    expect(await response.text()).toMatch(/Nada do que você digitou se perdeu[^]*value="Visitante Paciente"/)
  })
})

describe('html', () => {
  it('escapes every text and leaves no trace of nothing', () => {
    const rows = ['<a>', 'b&c'].map(text => html`<i title="${text}">${text}</i>`)
    const nothing = [false, undefined, null] as const
    expect(html`<p>${rows}${nothing}${0}</p>`.text).toBe(
      '<p><i title="&lt;a&gt;">&lt;a&gt;</i><i title="b&amp;c">b&amp;c</i>0</p>',
    )
  })
})
