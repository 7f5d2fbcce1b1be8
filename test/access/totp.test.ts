import { expect, it } from 'vitest'
import { base32, otpauthUri, stepOfCode, totpCode, totpStep } from '../../core/access/totp.ts'

const KEY = Buffer.from('12345678901234567890')

// RFC 6238, appendix B, SHA-1
it.each([
  [59, '94287082'],
  [1111111109, '07081804'],
  [1111111111, '14050471'],
  [1234567890, '89005924'],
  [2000000000, '69279037'],
  [20000000000, '65353130'],
])('at %d the code is %s', (seconds, code) => {
  expect(totpCode(KEY, totpStep(new Date(seconds * 1000)), 8)).toBe(code)
})
it('takes the codes of a step more or less, and no others', () => {
  const at = new Date(1_111_111_111_000)
  const now = totpStep(at)
  for (const step of [now - 1, now, now + 1]) expect(stepOfCode(KEY, totpCode(KEY, step), at)).toBe(step)
  for (const step of [now - 2, now + 2]) expect(stepOfCode(KEY, totpCode(KEY, step), at)).toBeUndefined()
})
it('writes keys as apps read them', () => {
  expect(base32(KEY)).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ') // RFC 4648
  expect(otpauthUri(KEY, 'dona@example.com', 'TRAE OS')).toBe(
    'otpauth://totp/TRAE%20OS:dona%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=TRAE%20OS&digits=6&period=30',
  )
})
