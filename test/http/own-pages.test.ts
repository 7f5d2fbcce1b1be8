import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { insertWorkspace } from '../plugins/world.ts'
import { createLandingPage } from '../../core/sales/landing-pages.ts'
import { sampleContent } from '../../core/sales/landing-page.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { openTestServer, type TestServer } from './open-test-server.ts'

const CONTENT = {
  locale: 'PT_BR',
  logo: 'Acme Solar',
  color: '#ffd400',
  headline: 'Energia <sua>',
  text: 'Um parágrafo.\n\nOutro.',
  points: ['Sem obra'],
  formTitle: 'Peça um orçamento',
  submit: 'Quero o orçamento',
  fields: [
    { key: 'name', label: 'Nome', kind: 'TEXT', required: true },
    { key: 'email', label: 'E-mail', kind: 'EMAIL', required: true },
    { key: 'roof', label: 'Telhado', kind: 'CHOICE', required: true, choices: ['Laje', 'Telha'] },
    { key: 'notes', label: 'Mais', kind: 'LONG_TEXT' },
  ],
  consent: 'Autorizo a Acme a responder.',
  thanksTitle: 'Recebido',
  embedOrigins: ['https://www.example.com/'],
}
const PAGE = 'id slug status revision version changed figures { seen submitted leads qualified }'
const BROWSER = { 'user-agent': 'Mozilla/5.0' }

describe.each(DATABASE_KINDS)('pages that people write, on %s', kind => {
  let world: TestServer
  beforeAll(async () => {
    world = await openTestServer(kind)
  })
  afterAll(() => world?.close())

  const mutate = async (name: string, input: Record<string, unknown>) => {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`
    const asked = `mutation ($input: ${type}) { ${name}(input: $input) { page { ${PAGE} content { headline } } userErrors { code field message } } }`
    const { json } = await world.graphql(asked, { input })
    expect(json.errors).toBeUndefined()
    return json.data[name]
  }
  const read = async (id: string) => {
    const asked = `query ($id: ID!) { node(id: $id) { ... on LandingPage { ${PAGE} versions { version content { headline } } } } }`
    return (await world.graphql(asked, { id })).json.data.node
  }
  let count = 0
  const publish = async (content: Record<string, unknown> = {}) => {
    const slug = `solar-${++count}`
    const { page } = await mutate('landingPageCreate', { slug, locale: 'PT_BR', content: { ...CONTENT, ...content } })
    return (await mutate('landingPagePublish', { pageId: page.id, revision: page.revision })).page
  }
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(world.url + path, { headers: { ...BROWSER, ...headers }, redirect: 'manual' })
  const post = (path: string, fields: Record<string, string>) =>
    fetch(world.url + path, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' })
  const hidden = (page: string, name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1]
  const filled = { name: 'Ana', roof: 'Laje', consent: 'yes' }
  const leadOf = async (email: string) => {
    const asked = `query ($q: String) { leads(filter: { search: $q }) { edges { node { id name source locale data utm consent { text version basis } activities { edges { node { kind summary } } } } } } }`
    return (await world.graphql(asked, { q: email })).json.data.leads.edges.map((edge: { node: unknown }) => edge.node)
  }

  it('shows nobody a draft, and everybody what was published, while the draft goes on', async () => {
    const made = (await mutate('landingPageCreate', { slug: 'first', locale: 'PT_BR' })).page
    expect(made).toMatchObject({ status: 'DRAFT', version: null, changed: true, revision: 1 })
    expect((await get('/p/first')).status).toBe(404)
    const published = (await mutate('landingPagePublish', { pageId: made.id, revision: 1 })).page
    expect(published).toMatchObject({ status: 'PUBLISHED', version: 1, changed: false })
    expect(await (await get('/p/first')).text()).toContain('Vamos conversar')

    const saved = (await mutate('landingPageSave', { pageId: made.id, revision: 2, content: CONTENT })).page
    expect(saved).toMatchObject({ changed: true, version: 1, revision: 3 })
    expect(await (await get('/p/first')).text()).toContain('Vamos conversar')
    await mutate('landingPagePublish', { pageId: made.id, revision: 3 })
    expect(await (await get('/p/first')).text()).toContain('Energia &lt;sua&gt;')

    const back = (await mutate('landingPageRestore', { pageId: made.id, revision: 4, version: 1 })).page
    expect(back).toMatchObject({ changed: true, content: { headline: 'Vamos conversar sobre o que você precisa' } })
    await mutate('landingPagePublish', { pageId: made.id, revision: back.revision })
    expect((await read(made.id)).versions.map(({ version }: { version: number }) => version)).toEqual([3, 2, 1])
    const gone = (await mutate('landingPageWithdraw', { pageId: made.id })).page
    expect(gone.status).toBe('WITHDRAWN')
    expect((await get('/p/first')).status).toBe(404)
  })

  it('refuses a stale draft, a version that is not there and an address that is taken, and changes nothing', async () => {
    const page = await publish()
    const stale = await mutate('landingPageSave', { pageId: page.id, revision: 1, content: CONTENT })
    expect(stale.userErrors[0].code).toBe('STALE_VERSION')
    expect((await mutate('landingPagePublish', { pageId: page.id, revision: 1 })).userErrors[0].code).toBe(
      'STALE_VERSION',
    )
    const lost = await mutate('landingPageRestore', { pageId: page.id, revision: page.revision, version: 9 })
    expect(lost.userErrors[0]).toMatchObject({ code: 'NOT_FOUND', message: 'The page has no version 9.' })
    expect(await read(page.id)).toMatchObject({ revision: page.revision, version: 1 })
    const other = await insertWorkspace(world.core, `other-${kind}`)
    await expect(
      createLandingPage(world.core, other, { slug: page.slug, content: sampleContent('en', 'X') }),
    ).rejects.toThrow('is taken on this host')
  })

  it.each([
    [{ fields: [{ key: 'email', label: 'E', kind: 'EMAIL', required: true }] }, 'must ask for the name'],
    [{ fields: CONTENT.fields.slice(0, 1) }, 'must require an e-mail or a phone'],
    [{ fields: [...CONTENT.fields, CONTENT.fields[0]] }, 'name is there twice'],
    [{ fields: [...CONTENT.fields, { key: 'token', label: 'T', kind: 'TEXT' }] }, 'the form uses itself'],
    [{ fields: [...CONTENT.fields, { key: 'phone', label: 'T', kind: 'TEXT' }] }, 'must be PHONE'],
    [{ fields: [...CONTENT.fields, { key: 'one', label: 'T', kind: 'CHOICE', choices: ['a'] }] }, 'at least two'],
    [{ color: 'red' }, 'must be a colour'],
    [{ redirectTo: 'javascript:alert(1)' }, 'Invalid URL'],
    [{ embedOrigins: ['https://a.example/path'] }, 'must be a site only'],
  ])('refuses what could not work, naming it: %j', async (wrong, message) => {
    const content = { ...CONTENT, ...wrong }
    const { page, userErrors } = await mutate('landingPageCreate', { slug: 'never', locale: 'PT_BR', content })
    expect(page).toBeNull()
    expect(userErrors.map((one: { message: string }) => one.message).join()).toContain(message)
    expect(userErrors[0].field.slice(0, 2)).toEqual(['input', 'content'])
  })

  it('takes a form with its own fields, campaign, origin and the wording of the consent; sent twice it is one lead', async () => {
    const { id, slug } = await publish()
    const response = await get(`/p/${slug}?utm_source=google`, { referer: 'https://search.example/q?secret=1' })
    const page = await response.text()
    expect(page).toMatch(/<html lang="pt-BR">/)
    expect(page).not.toMatch(/<script|\son\w+=/)
    expect(page).toContain('<option value="Laje" >Laje</option>')
    const policy = response.headers.get('content-security-policy')!
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(page).toContain(`<style nonce="${/nonce-([^']+)/.exec(policy)![1]}">`)

    const sent = {
      ...filled,
      email: `twice-${kind}@example.com`,
      notes: 'Casa de praia',
      token: hidden(page, 'token')!,
      referrer: hidden(page, 'referrer')!,
      utm_source: hidden(page, 'utm_source')!,
    }
    const answers = await Promise.all([1, 2, 3].map(() => post(`/p/${slug}`, sent)))
    expect(answers.map(({ status, headers }) => [status, headers.get('location')])).toEqual(
      Array.from({ length: 3 }, () => [303, `/p/${slug}/thanks`]),
    )
    expect(await (await get(`/p/${slug}/thanks`)).text()).toContain('Recebido')
    const leads = await leadOf(sent.email)
    expect(leads).toHaveLength(1)
    expect(leads[0]).toMatchObject({
      name: 'Ana',
      source: 'WEBSITE',
      locale: 'pt-BR',
      data: { roof: 'Laje', notes: 'Casa de praia' },
      utm: { source: 'google', referrer: 'https://search.example/q' },
      consent: { basis: 'CONSENT', text: CONTENT.consent, version: `/p/${slug} v1` },
    })
    const captured = leads[0].activities.edges.filter(
      ({ node }: { node: { kind: string } }) => node.kind === 'CAPTURED',
    )
    expect(captured).toHaveLength(1)

    const set = { name: `test-qualify-${kind}`, text: `update leads set status = 'QUALIFIED' where email = $1` }
    await post(`/p/${slug}`, { ...filled, email: `second-${kind}@example.com` })
    await world.core.sql.query(set, [sent.email])
    await expect
      .poll(async () => (await read(id)).figures, { timeout: 20_000 })
      .toEqual({ seen: 1, submitted: 2, leads: 2, qualified: 1 })
  })

  it('counts no program that says what it is, and not who only asks for the head', async () => {
    const { id, slug } = await publish()
    await get(`/p/${slug}`, { 'user-agent': 'Googlebot/2.1' })
    await fetch(`${world.url}/p/${slug}`, { method: 'HEAD', headers: BROWSER })
    await Promise.all([1, 2, 3].map(() => get(`/p/${slug}`)))
    await expect.poll(async () => (await read(id)).figures.seen, { timeout: 20_000 }).toBe(3)
  })

  it('says beside each field what is wrong in the language of the page, keeps what was typed, and believes no program', async () => {
    const { slug } = await publish()
    const wrong = await post(`/p/${slug}`, { name: '', email: 'x', roof: 'Palha', notes: '"><script>' })
    const page = await wrong.text()
    expect(wrong.status).toBe(422)
    expect(page).toContain('Preencha este campo.')
    expect(page).toContain('Escreva um e-mail válido')
    expect(page).toContain('Escolha uma das opções.')
    expect(page).toContain('Precisamos da sua autorização')
    expect(page).toContain('&quot;&gt;&lt;script&gt;')
    expect(page).not.toContain('<script')
    const robot = { ...filled, email: `robot-${kind}@example.com`, website: 'x' }
    expect((await post(`/p/${slug}`, robot)).status).toBe(303)
    expect(await leadOf(robot.email)).toEqual([])
  })

  it('is shown inside the pages of the sites that it names, and of no others', async () => {
    const { slug } = await publish()
    const embedded = await get(`/p/${slug}/embed`)
    expect(embedded.headers.get('content-security-policy')).toContain('frame-ancestors https://www.example.com')
    expect(embedded.headers.get('x-frame-options')).toBeNull()
    expect(await embedded.text()).not.toContain('<h1>')
    const sent = await post(`/p/${slug}/embed`, { ...filled, email: `embedded-${kind}@example.com` })
    expect(sent.headers.get('location')).toBe(`/p/${slug}/embed/thanks`)
    expect(await leadOf(`embedded-${kind}@example.com`)).toHaveLength(1)
    const closed = await publish({ embedOrigins: [] })
    const refused = await get(`/p/${closed.slug}/embed`)
    expect(refused.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(refused.headers.get('x-frame-options')).toBe('DENY')
  })

  it('sends a visitor on to where the page says, which its policy allows', async () => {
    const { slug } = await publish({ redirectTo: 'https://www.example.com/thanks?x=1' })
    const page = await get(`/p/${slug}`)
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self' https://www.example.com;")
    const sent = await post(`/p/${slug}`, { ...filled, email: `onward-${kind}@example.com` })
    expect(sent.headers.get('location')).toBe('https://www.example.com/thanks?x=1')
  })

  it('takes no more than twenty forms a minute of one address, and loses nothing of what was typed', async () => {
    const { slug } = await publish()
    const answers = []
    for (let n = 0; n < 45; n++) answers.push(await post(`/p/${slug}`, { ...filled, email: `many-${n}@example.com` }))
    const refused = answers.find(({ status }) => status === 429)!
    expect(await refused.text()).toMatch(/value="many-\d+@example\.com"/)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('shows a draft before it is stored', async () => {
    const asked = `mutation ($input: LandingPagePreviewInput!) { landingPagePreview(input: $input) { html userErrors { field } } }`
    const { json } = await world.graphql(asked, { input: { content: CONTENT } })
    expect(json.data.landingPagePreview.html).toContain('Quero o orçamento')
    const wrong = await world.graphql(asked, { input: { content: { ...CONTENT, headline: '' } } })
    expect(wrong.json.data.landingPagePreview).toEqual({
      html: null,
      userErrors: [{ field: ['input', 'content', 'headline'] }],
    })
  })
})
