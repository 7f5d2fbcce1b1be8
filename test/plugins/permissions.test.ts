import { expect, test } from 'vitest'
import {
  hostAllowed,
  listPermissions,
  missingPermissions,
  permissions,
  permissionSentence,
  RECORD_PERMISSIONS,
} from '../../core/plugins/permissions.ts'
import { RECORDS } from '../../core/plugins/records.ts'

const reason = 'because'
const given = (value: object) => permissions.parse(value)

test.each([
  ['api.example.com', 'api.example.com', 443, true],
  ['api.example.com', 'api.example.com', 8443, false],
  ['api.example.com', 'xapi.example.com', 443, false],
  ['api.example.com', 'api.example.com.evil.net', 443, false],
  ['*.example.com', 'a.example.com', 443, true],
  ['*.example.com', 'a.b.example.com', 443, false],
  ['*.example.com', 'example.com', 443, false],
  ['*.example.com', 'aexample.com', 443, false],
])('%s for %s:%i → %s', (host, asked, port, allowed) => {
  expect(hostAllowed(given({ hosts: [{ host, reason }] }).hosts, asked, port)).toBe(allowed)
})

test('what is missing is what is asked for beyond the grant; reasons and narrower wishes do not count', () => {
  const granted = given({
    hosts: [{ host: '*.example.com', reason }],
    records: [{ name: 'leads:read', reason }],
    storage: { bytes: 1000, reason },
  })
  const narrower = given({ hosts: [{ host: 'a.example.com', reason: 'other' }], storage: { bytes: 10, reason } })
  expect(missingPermissions(narrower, granted)).toEqual([])
  expect(missingPermissions(granted, granted)).toEqual([])
  expect(missingPermissions(granted, narrower).map(({ value }) => value)).toEqual([
    '*.example.com',
    'leads:read',
    '1000',
  ])
  const wider = given({
    hosts: [{ host: 'a.example.com', port: 8443, reason }],
    events: [{ name: 'emit:lead.enriched', reason }],
  })
  expect(missingPermissions(wider, granted).map(({ value }) => value)).toEqual([
    'a.example.com:8443',
    'emit:lead.enriched',
  ])
})

test('every permission is said in Portuguese and in English', () => {
  const all = given({
    hosts: [
      { host: 'api.example.com', reason },
      { host: '*.example.com', port: 8443, reason },
    ],
    records: RECORD_PERMISSIONS.map(name => ({ name, reason })),
    events: [{ name: 'emit:lead.enriched', reason }],
    storage: { bytes: 1_572_864, reason },
    schedule: { calls: 1500, reason },
  })
  const listed = listPermissions(all)
  expect(listed).toHaveLength(RECORD_PERMISSIONS.length + 5)
  for (const permission of listed) {
    const [portuguese, english] = ['pt-BR', 'en'].map(locale => permissionSentence(permission, locale))
    expect(portuguese).toMatch(/^\p{Lu}.{10,}\.$/u)
    expect(english).toMatch(/^\p{Lu}.{10,}\.$/u)
    expect(portuguese).not.toBe(english)
  }
  expect(permissionSentence({ kind: 'STORAGE', value: '1572864', reason }, 'pt-BR')).toBe(
    'Guardar aqui até 1,5 MB de dados próprios.',
  )
  expect(permissionSentence({ kind: 'HOST', value: 'api.example.com', reason }, 'en')).toBe(
    'Exchange data with api.example.com over the internet.',
  )
})

test('planned calls: said with their number, more of them need consent again, and what nobody could mean is refused', () => {
  const asking = (calls: number) => given({ schedule: { calls, reason } })
  const [permission] = listPermissions(asking(1500))
  expect(permission).toEqual({ kind: 'SCHEDULE', value: '1500', reason })
  expect(['pt-BR', 'en'].map(locale => permissionSentence(permission!, locale))).toEqual([
    'Chamar as próprias ações mais tarde, por conta própria: até 1.500 chamadas planejadas ao mesmo tempo.',
    'Call its own actions later, by itself: up to 1,500 calls planned at once.',
  ])
  expect(missingPermissions(asking(10), asking(10))).toEqual([])
  expect(missingPermissions(asking(11), asking(10))).toMatchObject([{ kind: 'SCHEDULE', value: '11' }])
  expect(missingPermissions(asking(1), given({}))).toHaveLength(1)
  for (const calls of [0, 1.5, 10_001])
    expect(() => asking(calls)).toThrow(expect.objectContaining({ name: 'ZodError' }))
})

test('every record permission opens something, and whatever changes something asks for a write', () => {
  const used = new Set(Object.values(RECORDS).map(({ permission }) => permission))
  expect([...used].sort()).toEqual([...RECORD_PERMISSIONS].sort())
  const reading = /^figures\.|\.(get|find|thread|busy|free|list|figures|ofLead|closer)$/
  const changing = Object.entries(RECORDS).filter(([name]) => !reading.test(name))
  expect(changing).toHaveLength(32)
  for (const [, { permission, writes }] of changing)
    expect([/:(write|receive|report)$/.test(permission), writes]).toEqual([true, true])
})

test('a credential that would be sent to one more host needs consent again', () => {
  const asking = (...hosts: string[]) =>
    permissions.parse({ credentials: [{ name: 'crm', hosts, reason: 'To be let in' }] })
  const granted = asking('api.example.com', '*.example.org')
  expect(missingPermissions(asking('api.example.com'), granted)).toEqual([])
  expect(missingPermissions(asking('eu.example.org'), granted)).toEqual([])
  for (const host of ['api.example.com:8443', 'evil.example.com', 'a.b.example.org'])
    expect(missingPermissions(asking('api.example.com', host), granted)).toMatchObject([
      { kind: 'CREDENTIAL', value: `crm@api.example.com,${host}` },
    ])
  expect(missingPermissions(asking('api.example.com'), permissions.parse({}))).toHaveLength(1)
})
