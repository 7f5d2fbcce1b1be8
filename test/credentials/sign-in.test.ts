import { createHash, createPublicKey, createVerify, generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newId, type UserId } from '../../core/ids.ts'
import { findCredential } from '../../core/credentials/store.ts'
import { beginCredentialSignIn, endCredentialSignIn } from '../../core/plugins/connect-credential.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { openVendorWorld, type VendorWorld } from './vendor-world.ts'

const ORIGIN = 'http://127.0.0.1:8000'
const CLIENT = { clientId: 'client-1', clientSecret: 'client secret/1' }
const MINUTE = 60_000

/** A vendor that keeps to RFC 6749 and 7636: a code once, for the verifier of its challenge; refresh tokens that rotate. */
class Vendor {
  codes = new Map<string, { challenge: string; redirectUri: string }>()
  refreshTokens = new Set<string>()
  accessTokens = new Set<string>()
  grants: Record<string, string>[] = []
  down = false
  lastsSeconds = 3600
  #count = 0

  /** A person says yes at the address. */
  consent(address: string): { state: string; code: string } {
    const { searchParams: asked } = new URL(address)
    const code = `code-${++this.#count}`
    this.codes.set(code, { challenge: asked.get('code_challenge')!, redirectUri: asked.get('redirect_uri')! })
    return { state: asked.get('state')!, code }
  }

  token(form: Record<string, string>): [number, Record<string, unknown>] {
    this.grants.push(form)
    if (this.down) return [503, {}]
    if (form['grant_type'] === 'authorization_code') {
      const asked = this.codes.get(form['code'] ?? '')
      this.codes.delete(form['code'] ?? '')
      const challenge = createHash('sha256')
        .update(form['code_verifier'] ?? '')
        .digest('base64url')
      if (!asked || asked.challenge !== challenge || asked.redirectUri !== form['redirect_uri'])
        return [400, { error: 'invalid_grant' }]
    } else if (form['grant_type'] === 'refresh_token' && !this.refreshTokens.delete(form['refresh_token'] ?? ''))
      return [400, { error: 'invalid_grant' }]
    const [access, refresh] = [`access-token-${++this.#count}`, `refresh-token-${this.#count}`]
    this.accessTokens.clear()
    this.accessTokens.add(access)
    this.refreshTokens.add(refresh)
    return [200, { access_token: access, token_type: 'Bearer', expires_in: this.lastsSeconds, refresh_token: refresh }]
  }

  allows = (authorization: string | undefined) => this.accessTokens.has(authorization?.replace('Bearer ', '') ?? '')
}

describe.each(DATABASE_KINDS)('an account with a sign-in, on %s', kind => {
  let world: VendorWorld
  let vendor: Vendor
  let clientWas: (string | undefined)[]
  beforeAll(async () => {
    world = await openVendorWorld(kind, (request, response) => {
      if (request.headers.host?.startsWith('auth.')) {
        const form = Object.fromEntries(new URLSearchParams(request.text))
        clientWas = [form['client_id'], form['client_secret'], request.headers.authorization]
        const [status, answer] = vendor.token(form)
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
      } else
        response.writeHead(vendor.allows(request.headers.authorization) ? 200 : 401).end(request.headers.authorization)
    })
  })
  afterAll(() => world?.close())
  beforeEach(() => {
    vendor = new Vendor()
  })

  const stored = (name: string) => findCredential(world.core, world.installation.id, name)
  const ask = (credential = 'signed-in') => world.call('call', { url: world.api('/me'), credential })
  const refreshes = () => vendor.grants.filter(grant => grant['grant_type'] === 'refresh_token')
  const begin = async () => {
    const { id } = await world.connect('signed-in', CLIENT)
    return beginCredentialSignIn(world.core, world.viewer, { credentialId: id, origin: ORIGIN })
  }
  const end = (back: { state: string; code?: string; error?: string }, viewer = world.viewer) =>
    endCredentialSignIn(world.core, viewer, { code: undefined, error: undefined, ...back })
  const signIn = async () => end(vendor.consent(await begin()))

  test('is signed in to with state and PKCE, and then used with its token', async () => {
    const address = new URL(await begin())
    expect(`${address.origin}${address.pathname}`).toBe('https://auth.example.com/authorize')
    expect(Object.fromEntries(address.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'client-1',
      scope: 'contacts.read contacts.write',
      redirect_uri: `${ORIGIN}/admin/credentials/return`,
      access_type: 'offline',
      code_challenge_method: 'S256',
    })
    expect(address.href).not.toContain('secret')
    await expect(ask()).rejects.toMatchObject({ code: 'CREDENTIAL', message: expect.stringContaining('sign in') })
    expect(await end(vendor.consent(address.href))).toMatchObject({ status: 'CONNECTED' })
    expect(clientWas).toEqual(['client-1', 'client secret/1', undefined])
    expect(await ask()).toMatchObject({ status: 200, text: 'Bearer •••' })
    expect(refreshes()).toHaveLength(0)
  })

  test('takes a sign-in once, in time, and only from the person who began it', async () => {
    const back = vendor.consent(await begin())
    const stranger = { ...world.viewer, userId: newId<UserId>() }
    await expect(end(back, stranger)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    expect(await end(back)).toMatchObject({ status: 'CONNECTED' })
    await expect(end(back)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    const late = vendor.consent(await begin())
    world.core.clock.advance(11 * MINUTE)
    await expect(end(late)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    expect((await stored('signed-in'))?.status).toBe('PENDING')
  })

  test('says so when the person refused, or the account was connected anew meanwhile', async () => {
    const { state } = vendor.consent(await begin())
    await expect(end({ state, error: 'access_denied' })).rejects.toMatchObject({
      code: 'CREDENTIAL',
      message: expect.stringContaining('did not let you in: access_denied'),
    })
    const old = vendor.consent(await begin())
    await begin()
    await expect(end(old)).rejects.toMatchObject({ code: 'STALE_VERSION' })
  })

  test('exchanges a token that is about to end, before it is used', async () => {
    await signIn()
    world.core.clock.advance(59.5 * MINUTE)
    expect(await ask()).toMatchObject({ status: 200 })
    expect(refreshes()).toHaveLength(1)
    expect(await ask()).toMatchObject({ status: 200 })
    expect(refreshes()).toHaveLength(1)
  })

  test('exchanges a token that the vendor refuses, and asks once more', async () => {
    await signIn()
    vendor.accessTokens.clear()
    expect(await ask()).toMatchObject({ status: 200 })
    expect(refreshes()).toHaveLength(1)
  })

  test('is refreshed by one of many who find its token ended', async () => {
    await signIn()
    world.core.clock.advance(2 * 60 * MINUTE)
    const all = await Promise.all(Array.from({ length: 8 }, () => ask()))
    expect(all.map(one => one['status'])).toEqual(Array(8).fill(200))
    expect(refreshes()).toHaveLength(1)
  })

  test('is broken, with a reason, when the vendor has taken it back', async () => {
    await signIn()
    vendor.accessTokens.clear()
    vendor.refreshTokens.clear()
    await expect(ask()).rejects.toMatchObject({ code: 'CREDENTIAL', message: expect.stringContaining('invalid_grant') })
    expect(await stored('signed-in')).toMatchObject({
      status: 'BROKEN',
      statusReason: expect.stringContaining('400 invalid_grant'),
    })
    await expect(ask()).rejects.toMatchObject({ message: expect.stringContaining('Connect it again') })
    expect(refreshes()).toHaveLength(1) // a vendor that said no is not asked again
    await signIn()
    expect(await ask()).toMatchObject({ status: 200 })
  })

  test('stays as it is while the vendor cannot answer', async () => {
    await signIn()
    world.core.clock.advance(2 * 60 * MINUTE)
    vendor.down = true
    await expect(ask()).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true })
    expect(await stored('signed-in')).toMatchObject({ status: 'CONNECTED' })
    vendor.down = false
    expect(await ask()).toMatchObject({ status: 200 })
  })

  test('of a worker that died while it refreshed is refreshed by the next', async () => {
    await signIn()
    world.core.clock.advance(2 * 60 * MINUTE)
    const { sql } = world.core
    const until = new Date(world.core.clock.now().getTime() + 20_000)
    await sql.query({ name: 'test.lease', text: 'update credentials set refresh_until = $1 where status = $2' }, [
      until,
      'CONNECTED',
    ])
    const asked = ask()
    world.core.clock.advance(21_000)
    expect(await asked).toMatchObject({ status: 200 })
    expect(refreshes()).toHaveLength(1)
  })

  test('of a machine signs in by itself, as HTTP Basic', async () => {
    await world.connect('machine', CLIENT)
    expect(await ask('machine')).toMatchObject({ status: 200 })
    expect(vendor.grants).toEqual([{ grant_type: 'client_credentials', scope: 'all' }])
    expect(clientWas[2]).toBe(`Basic ${Buffer.from('client-1:client%20secret%2F1').toString('base64')}`)
  })

  test('of a service account signs an assertion', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    await world.connect('service', { issuer: 'bot@example.com', privateKey: pem, user: 'ana@example.com' })
    expect(await ask('service')).toMatchObject({ status: 200 })
    const [header, payload, signature] = vendor.grants[0]!['assertion']!.split('.')
    expect(JSON.parse(Buffer.from(payload!, 'base64url').toString())).toMatchObject({
      iss: 'bot@example.com',
      sub: 'ana@example.com',
      scope: 'calendar',
      aud: `https://auth.example.com:${world.far.port}/token`,
    })
    const verify = createVerify('RSA-SHA256').update(`${header}.${payload}`)
    expect(
      verify.verify(createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })), signature!, 'base64url'),
    ).toBe(true)
  })

  test('with a key that is none says what a key looks like, and not what it found', async () => {
    await world.connect('service', {
      issuer: 'bot@example.com',
      privateKey: 'not a key at all',
      user: 'ana@example.com',
    })
    await expect(ask('service')).rejects.toMatchObject({
      code: 'CREDENTIAL',
      message: expect.stringContaining('BEGIN PRIVATE KEY'),
    })
    expect((await stored('service'))?.statusReason).not.toContain('not a key')
  })
})
