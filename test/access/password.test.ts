import { describe, expect, it } from 'vitest'
import { Passwords } from '../../core/access/password.ts'

describe('passwords', () => {
  const passwords = new Passwords()
  it('are stored as argon2id PHC strings with a fresh salt', async () => {
    const [a, b] = await Promise.all([passwords.hash('correct horse battery'), passwords.hash('correct horse battery')])
    expect(a).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(a).not.toBe(b)
    await expect(passwords.verify('correct horse battery', a)).resolves.toEqual({ fits: true, outdated: false })
    await expect(passwords.verify('correct horse batterz', a)).resolves.toMatchObject({ fits: false })
  })
  it('fit what another implementation of argon2id stored, and ask for a rehash', async () => {
    // test vector of the reference implementation: password "password", salt "somesalt", m=256 t=2 p=1
    const phc = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'
    await expect(passwords.verify('password', phc)).resolves.toEqual({ fits: true, outdated: true })
  })
  it('mean the same typed composed or decomposed', async () => {
    const phc = await passwords.hash('senha com acentua\u00e7\u00e3o')
    await expect(passwords.verify('senha com acentuac\u0327a\u0303o', phc)).resolves.toMatchObject({ fits: true })
  })
  it('have 12 to 200 characters', async () => {
    await expect(passwords.hash('short')).rejects.toThrow(/12 to 200/)
    await expect(passwords.hash('x'.repeat(201))).rejects.toThrow(/12 to 200/)
    await expect(passwords.verify('x'.repeat(100_000), undefined)).resolves.toMatchObject({ fits: false })
  })
  it('take as long for an account that does not exist', async () => {
    const phc = await passwords.hash('correct horse battery')
    const time = async (hash: string | undefined) => {
      const began = performance.now()
      for (let i = 0; i < 6; i++) await passwords.verify('wrong wrong wrong', hash)
      return performance.now() - began
    }
    await time(phc)
    const [known, unknown] = [await time(phc), await time(undefined)]
    expect(unknown / known).toBeGreaterThan(0.4)
    expect(unknown / known).toBeLessThan(2.5)
  })
  it('are hashed a few at once, and a crowd is told to come back', async () => {
    const one = new Passwords(1)
    const crowd = await Promise.allSettled(Array.from({ length: 70 }, () => one.verify('x', undefined)))
    const refused = crowd.filter(result => result.status === 'rejected')
    expect(refused).toHaveLength(5)
    expect(refused[0]).toMatchObject({ reason: { code: 'UNAVAILABLE', retryAfter: 3 } })
    await expect(one.verify('x', undefined)).resolves.toMatchObject({ fits: false })
  })
})
