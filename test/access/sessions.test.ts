import { createHash, generateKeyPairSync } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readAudit } from '../../core/access/audit.ts'
import { openAccess } from '../../core/access/access.ts'
import { authenticate, stillSignedIn } from '../../core/access/authenticate.ts'
import { firstBoot } from '../../core/access/first-boot.ts'
import { refresh, revokeSession } from '../../core/access/refresh.ts'
import { signIn } from '../../core/access/sign-in.ts'
import { signOut } from '../../core/access/sign-out.ts'
import { rotateSigningKeys } from '../../core/access/signing-keys.ts'
import { readConfig } from '../../core/config.ts'
import { statement } from '../../core/sql.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type AccessWorld, openAccessWorld, OWNER } from './support.ts'

describe.each(DATABASE_KINDS)('signing in, on %s', kind => {
  let world: AccessWorld
  beforeAll(async () => {
    world = await openAccessWorld(kind)
  })
  afterAll(() => world.close())
  beforeEach(async () => {
    world.core.clock.advance(86_400_000)
    world = { ...world, access: await openAccess(world.core) }
  })
  const enter = (input = OWNER) => signIn(world.core, world.access, { ...input, address: '203.0.113.7' })
  const viewerOf = (token: string, access = world.access) => authenticate(access, token)
  const renew = (token: string) =>
    refresh(world.core, world.access, token, { address: '203.0.113.7', userAgent: 'test' })

  it('gives tokens that name the viewer', async () => {
    const tokens = await enter()
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 900 })
    const viewer = await viewerOf(tokens.access_token)
    expect(viewer).toMatchObject({ workspaceId: world.workspaceId, role: 'OWNER' })
    expect(viewer.expiresAt.getTime()).toBe(world.core.clock.now().getTime() + 900_000)
  })
  it('puts nothing personal into an access token, and everything RFC 9068 asks for', async () => {
    const { access_token } = await enter()
    expect(decodeProtectedHeader(access_token)).toEqual({
      alg: 'EdDSA',
      typ: 'at+jwt',
      kid: (await world.access.keys.now()).current.kid,
    })
    expect(Object.keys(decodeJwt(access_token)).sort()).toEqual([
      'aud',
      'exp',
      'iat',
      'iss',
      'jti',
      'role',
      'sid',
      'sub',
      'ws',
    ])
    expect(Buffer.from(access_token.split('.')[1]!, 'base64url').toString()).not.toContain('example.com')
  })
  it('takes the e-mail in any case', async () => {
    await expect(enter({ ...OWNER, email: ' DONA@Example.com ' })).resolves.toBeTruthy()
  })
  it('says the same of a wrong password and an unknown account', async () => {
    const wrong = await enter({ ...OWNER, password: 'wrong wrong wrong' }).catch((error: Error) => error)
    const unknown = await enter({ email: 'nobody@example.com', password: 'wrong wrong wrong' }).catch(
      (error: Error) => error,
    )
    expect(wrong).toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(unknown).toEqual(wrong)
  })
  it('pauses an account after ten failures, with the right password too, and not for good', async () => {
    for (let i = 0; i < 10; i++)
      await expect(enter({ ...OWNER, password: 'wrong wrong wrong' })).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
      })
    await expect(enter()).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfter: 30 })
    world.core.clock.advance(30_000)
    await expect(enter({ ...OWNER, password: 'wrong wrong wrong' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    await expect(enter()).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfter: 60 })
    world.core.clock.advance(60_000)
    await expect(enter()).resolves.toBeTruthy()
    await expect(enter({ ...OWNER, password: 'wrong wrong wrong' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    await expect(enter()).resolves.toBeTruthy()
  })
  it('lets no burst of attempts slip past the limit', async () => {
    const attempts = Array.from({ length: 40 }, () => enter({ ...OWNER, password: 'wrong wrong wrong' }))
    const codes = (await Promise.allSettled(attempts)).map(result =>
      result.status === 'rejected' ? result.reason.code : 'in',
    )
    expect(codes.filter(code => code === 'UNAUTHENTICATED').length).toBeLessThanOrEqual(12)
    expect(codes.filter(code => code === 'RATE_LIMITED').length).toBeGreaterThanOrEqual(28)
  })

  describe('an access token', () => {
    it('ends after 15 minutes', async () => {
      const { access_token } = await enter()
      world.core.clock.advance(899_000)
      await expect(viewerOf(access_token)).resolves.toBeTruthy()
      world.core.clock.advance(7000)
      await expect(viewerOf(access_token)).rejects.toThrow(/expired/)
    })
    it('is refused when anything of it was changed, or it was signed by anybody else', async () => {
      const { access_token } = await enter()
      await viewerOf(access_token) // remembered from here on: what is changed is still another token
      const [header, payload, signature] = access_token.split('.') as [string, string, string]
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
      const claims = decodeJwt(access_token)
      const { privateKey, publicKey } = generateKeyPairSync('ed25519')
      const jwk = publicKey.export({ format: 'jwk' })
      const forged = (head: object) =>
        new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', ...head }).sign(privateKey)
      const kid = (await world.access.keys.now()).current.kid
      const hmac = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid })
      const refused = [
        `${header}.${part({ ...claims, role: 'OWNER', sub: 'x' })}.${signature}`,
        `${part({ alg: 'none', typ: 'at+jwt', kid })}.${payload}.`,
        await forged({ kid }),
        await forged({ kid: 'other' }),
        await forged({ kid, jwk }),
        await forged({ jku: 'https://example.com/jwks.json' }),
        await hmac.sign(
          createHash('sha256')
            .update(JSON.stringify((await world.access.keys.now()).jwks))
            .digest(),
        ),
        '',
        'a.b.c',
        'x'.repeat(5000),
      ]
      for (const token of refused)
        await expect(viewerOf(token), token.slice(0, 60)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    })
    it('verifies in another process by the keys of the database', async () => {
      const { access_token } = await enter()
      const other = await openAccess(world.core)
      const { jwks } = await other.keys.now()
      expect(jwks).toEqual((await world.access.keys.now()).jwks)
      expect(jwks.keys).toHaveLength(2)
      expect(JSON.stringify(jwks)).not.toContain('"d"')
      await expect(viewerOf(access_token, other)).resolves.toBeTruthy()
    })
    it('is refused within 5 s after its key was replaced, and a refresh brings one of the key that followed', async () => {
      const other = await openAccess(world.core)
      const { access_token, refresh_token } = await enter()
      await viewerOf(access_token)
      await viewerOf(access_token, other)
      const [old, following] = (await other.keys.now()).jwks.keys.map(({ kid }) => kid)
      const rotated = await rotateSigningKeys(world.core)
      expect(rotated).toEqual({ signs: following, follows: expect.any(String), refused: [old] })
      const [told] = await readAudit(world.core, world.workspaceId, 'host')
      expect(told).toMatchObject({ action: 'keys.signing-rotated', data: rotated, requestId: null })
      world.core.clock.advance(5000)
      for (const access of [world.access, other]) {
        await expect(viewerOf(access_token, access)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
        expect((await access.keys.now()).jwks.keys.map(({ kid }) => kid)).toEqual([following, rotated.follows])
      }
      const next = await renew(refresh_token)
      await expect(viewerOf(next.access_token, other)).resolves.toBeTruthy()
      expect(decodeProtectedHeader(next.access_token).kid).toBe(following)
    })
    it('is of the key that followed also where no host had made any', async () => {
      await world.core.sql.query(statement('test.no-keys', 'delete from signing_keys'))
      const { signs, follows, refused } = await rotateSigningKeys(world.core)
      expect(new Set([signs, follows, ...refused]).size).toBe(3)
      world.core.clock.advance(5000)
    })
    it('has a newer key also where the clock of who replaces them is behind', async () => {
      const behind = { ...world.core, clock: { ...world.core.clock, now: () => new Date(0) } }
      const { follows, refused } = await rotateSigningKeys(behind)
      expect(refused).not.toContain(follows)
      expect((await (await openAccess(world.core)).keys.now()).jwks.keys.at(-1)!.kid).toBe(follows)
      world.core.clock.advance(5000)
    })
    it('is dead within 5 s where another process revoked its session, and at once in the same one', async () => {
      const { access_token } = await enter()
      const other = await openAccess(world.core)
      const viewer = await viewerOf(access_token)
      await viewerOf(access_token, other)
      await revokeSession(world.core, world.access, viewer.sessionId!)
      await expect(viewerOf(access_token)).rejects.toThrow(/ended/)
      world.core.clock.advance(5000)
      await expect(viewerOf(access_token, other)).rejects.toThrow(/ended/)
      await expect(stillSignedIn(world.core, other, viewer)).resolves.toBe(false)
    })
    it('speaks with the role of now', async () => {
      const { access_token } = await enter()
      const viewer = await viewerOf(access_token)
      const setRole = (role: string) =>
        world.core.sql.query(statement('test.role', 'update memberships set role = $1'), [role])
      await setRole('VIEWER')
      world.core.clock.advance(5000)
      expect((await viewerOf(access_token)).role).toBe('VIEWER')
      await expect(stillSignedIn(world.core, world.access, viewer)).resolves.toBe(false)
      await setRole('OWNER')
    })
    it('costs one read of the session for many requests', async () => {
      const { access_token } = await enter()
      let reads = 0
      const sql = {
        ...world.core.sql,
        query: ((...args: Parameters<typeof world.core.sql.query>) => (
          reads++,
          world.core.sql.query(...args)
        )) as never,
      }
      const counted = await openAccess({ ...world.core, sql })
      reads = 0
      await Promise.all(Array.from({ length: 50 }, () => viewerOf(access_token, counted)))
      expect(reads).toBe(1)
    })
  })

  describe('a refresh token', () => {
    it('is traded for a new pair of the same session', async () => {
      const first = await enter()
      const second = await renew(first.refresh_token)
      expect(second.refresh_token).not.toBe(first.refresh_token)
      expect((await viewerOf(second.access_token)).sessionId).toBe((await viewerOf(first.access_token)).sessionId)
    })
    it('gives the same successor to whoever asks again within ten seconds', async () => {
      const { refresh_token } = await enter()
      const answers = await Promise.all([renew(refresh_token), renew(refresh_token), renew(refresh_token)])
      world.core.clock.advance(9000)
      answers.push(await renew(refresh_token))
      expect(new Set(answers.map(answer => answer.refresh_token)).size).toBe(1)
    })
    it('that comes back later ends the whole family', async () => {
      const first = await enter()
      const second = await renew(first.refresh_token)
      world.core.clock.advance(11_000)
      await expect(renew(first.refresh_token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
      await expect(renew(second.refresh_token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
      await expect(viewerOf(second.access_token)).rejects.toThrow(/ended/)
      const { sub, sid } = decodeJwt(second.access_token)
      const open = statement(
        'test.open-tokens',
        'select id from refresh_tokens where session_id = $1 and used_at is null',
      )
      expect(await world.core.sql.query(open, [sid])).toEqual([])
      await expect(renew(first.refresh_token)).rejects.toThrow(/ended/)
      const told = await readAudit(world.core, world.workspaceId, `user:${sub}`)
      expect(told.filter(({ action }) => action === 'session.stolen')).toEqual([
        expect.objectContaining({
          actor: 'host',
          data: { sessionId: sid, address: '203.0.113.7', userAgent: 'test' },
        }),
      ])
    })
    it('dies after 30 days of rest, and 90 days after signing in', async () => {
      const rested = await enter()
      world.core.clock.advance(30 * 86_400_000)
      await expect(renew(rested.refresh_token)).rejects.toThrow(/ended/)
      let { refresh_token } = await enter()
      for (let day = 0; day < 88; day += 22) {
        world.core.clock.advance(22 * 86_400_000)
        refresh_token = (await renew(refresh_token)).refresh_token
      }
      world.core.clock.advance(2 * 86_400_000)
      await expect(renew(refresh_token)).rejects.toThrow(/ended/)
    })
    it('is worthless with another secret, or as text that is none', async () => {
      const { refresh_token } = await enter()
      const [id] = refresh_token.split('.')
      for (const text of ['', 'x', `${id}.`, `${id}.${'A'.repeat(43)}`, `${refresh_token}.x`, `${refresh_token}\0`])
        await expect(renew(text), text).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
      await expect(renew(refresh_token)).resolves.toBeTruthy()
    })
    it('is not stored', async () => {
      const { refresh_token } = await enter()
      await renew(refresh_token)
      const rows = JSON.stringify(
        await world.core.sql.query(statement('test.all-tokens', 'select * from refresh_tokens')),
      )
      expect(rows).not.toContain(refresh_token.split('.')[1])
    })
    it('ends with signing out', async () => {
      const { refresh_token, access_token } = await enter()
      await signOut(world.core, world.access, refresh_token)
      await expect(renew(refresh_token)).rejects.toThrow(/ended/)
      await expect(viewerOf(access_token)).rejects.toThrow(/ended/)
      await expect(signOut(world.core, world.access, 'nonsense')).resolves.toBeUndefined()
    })
  })

  it('the first boot is idempotent and never overwrites the owner', async () => {
    const again = await firstBoot({ ...world.core, config: readConfig({ TRAE_OWNER_EMAIL: 'other@example.com' }) })
    expect(again).toEqual({ workspaceId: world.workspaceId, owner: undefined })
    const users = await world.core.sql.query(statement('test.users', 'select email from users'))
    expect(users).toEqual([{ email: OWNER.email }])
  })
})
