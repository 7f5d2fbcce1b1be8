import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { statement } from '../../core/sql.ts'
import { openTestServer, type TestServer } from './open-test-server.ts'

/** Who signs in at the provider next. */
interface Account {
  readonly accountId: string
  readonly email: string
  readonly verified?: boolean
}
let account: Account
let idp: Server
let host: TestServer
const PUBLIC = 'http://trae.test'

beforeAll(async () => {
  idp = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => idp.once('listening', resolve))
  const issuer = `http://127.0.0.1:${(idp.address() as AddressInfo).port}`
  // A real provider; only its pages for people are played: whoever comes is signed in and agrees.
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'trae',
        client_secret: 'a secret: with %characters',
        redirect_uris: [`${PUBLIC}/auth/oidc/return`],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    pkce: { required: () => true },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    cookies: { keys: ['test'] },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: account.email, email_verified: account.verified ?? true, name: 'Ana' }),
    }),
    loadExistingGrant: async context => {
      const grant = new context.oidc.provider.Grant({ clientId: 'trae', accountId: context.oidc.session!.accountId! })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    },
  })
  const handle = provider.callback()
  idp.on('request', (request, response) => {
    if (request.url!.startsWith('/interaction/'))
      void provider.interactionFinished(request, response, { login: { accountId: account.accountId } })
    else void handle(request, response)
  })
  host = await openTestServer(
    'pglite',
    {},
    {
      TRAE_PUBLIC_URL: PUBLIC,
      TRAE_OIDC_ISSUER: issuer,
      TRAE_OIDC_CLIENT_ID: 'trae',
      TRAE_OIDC_CLIENT_SECRET: 'a secret: with %characters',
      TRAE_OIDC_DOMAINS: 'Example.com',
      TRAE_OIDC_ROLE: 'OPERATOR',
      TRAE_OIDC_NAME: 'Empresa',
    },
  )
  host.core.clock.advance(Date.now() - host.core.clock.now().getTime()) // the provider has the time of the machine
}, 60_000)
afterAll(async () => {
  await host?.close()
  idp?.closeAllConnections()
  idp?.close()
})

/** A browser with cookies of its own, which follows redirects by hand. */
class Browser {
  readonly #jar = new Map<string, string>()
  async go(url: string): Promise<Response> {
    const origin = new URL(url).origin === PUBLIC ? host.url : new URL(url).origin
    const cookie = [...this.#jar]
      .filter(([key]) => key.startsWith(origin))
      .map(([key, value]) => `${key.slice(origin.length + 1)}=${value}`)
    const { pathname, search } = new URL(url)
    const response = await fetch(origin + pathname + search, {
      redirect: 'manual',
      headers: { cookie: cookie.join('; ') },
    })
    for (const text of response.headers.getSetCookie()) {
      const [pair = ''] = text.split(';')
      this.#jar.set(`${origin} ${pair.slice(0, pair.indexOf('='))}`, pair.slice(pair.indexOf('=') + 1))
    }
    return response
  }
  /** Follows until the browser is sent to `stop`, and answers that address. */
  async follow(url: string, stop: (url: string) => boolean): Promise<string> {
    let at = url
    for (let i = 0; i < 12; i++) {
      const response = await this.go(at)
      const next = response.headers.get('location')
      if (!next) throw new Error(`${at} answered ${response.status}: ${(await response.text()).slice(0, 300)}`)
      at = new URL(next, at).href
      if (stop(at)) return at
    }
    throw new Error(`still redirected at ${at}`)
  }
  session = () => this.#jar.get(`${host.url} trae_session`)
}

const enter = async (who: Account, browser = new Browser()) => {
  account = who
  const end = await browser.follow(`${PUBLIC}/auth/oidc`, url => url.startsWith(`${PUBLIC}/admin/`))
  return { end: end.slice(PUBLIC.length), token: browser.session() }
}
const me = async (token: string | undefined) =>
  (await host.graphql('{ viewer { email name role } }', {}, { token: token ?? null })).json.data?.viewer

it('says by whom one may sign in', async () => {
  expect((await host.send('GET', '/auth/methods', { token: null })).json).toEqual({ oidc: { name: 'Empresa' } })
})
it('makes an account for a verified address of an allowed domain, once', async () => {
  const first = await enter({ accountId: 'a-1', email: 'Ana@example.com' })
  expect([first.end, await me(first.token)]).toEqual([
    '/admin/',
    { email: 'ana@example.com', name: 'Ana', role: 'OPERATOR' },
  ])
  const again = await enter({ accountId: 'a-1', email: 'renamed@elsewhere.example' }) // the subject counts, not the address
  expect((await me(again.token)).email).toBe('ana@example.com')
  const password = await host.send('POST', '/auth/login', {
    body: { email: 'ana@example.com', password: '' + 'x'.repeat(12) },
    token: null,
  })
  expect(password.status).toBe(401)
})
it('links who has an account with the same verified address, and nobody by one that is not verified', async () => {
  const { email } = host.core.owner
  const stranger = await enter({ accountId: 'evil', email, verified: false })
  expect(stranger).toEqual({ end: '/admin/?sso=failed', token: undefined })
  expect((await me((await enter({ accountId: 'o-1', email })).token)).role).toBe('OWNER')
})
it('lets nobody else in', async () => {
  const other = await enter({ accountId: 'b-1', email: 'b@other.example' })
  expect(other).toEqual({ end: '/admin/?sso=failed', token: undefined })
  const users = await host.core.sql.query(statement('test.users', 'select email from users order by email'))
  expect(users).toEqual([{ email: 'ana@example.com' }, { email: 'owner@example.com' }])
})
it('takes an answer only in the browser that began, and once', async () => {
  account = { accountId: 'a-1', email: 'ana@example.com' }
  const [victim, attacker] = [new Browser(), new Browser()]
  const answer = await attacker.follow(`${PUBLIC}/auth/oidc`, url => url.startsWith(`${PUBLIC}/auth/oidc/return`))
  await victim.follow(`${PUBLIC}/auth/oidc`, url => !url.startsWith(PUBLIC))
  await victim.go(answer) // the attacker's code, planted
  expect(victim.session()).toBeUndefined()
  await attacker.go(answer)
  expect((await me(attacker.session())).email).toBe('ana@example.com')
  const third = new Browser()
  await third.go(answer)
  expect(third.session()).toBeUndefined()
})
