import { describe, expect, test } from 'vitest'
import { limitsSentence } from '../../core/plugins/limits-sentence.ts'
import { packageDigest, parseManifest } from '../../core/plugins/manifest.ts'

const action = {
  title: 'Score',
  description: 'Scores.',
  effect: 'none',
  idempotency: 'none',
  hasLookup: false,
  input: { type: 'object' },
  output: { type: 'object' },
}
const good = {
  manifestVersion: 1,
  id: 'sample',
  version: '1.0.0',
  kind: 'skill',
  engine: '^0',
  title: 'Sample',
  description: 'A sample.',
  publisher: 'tests',
  license: 'MIT',
  permissions: {},
  actions: { score: action },
  bundle: { sha256: 'a'.repeat(64), bytes: 10 },
}
const poll = {
  kind: 'poll',
  title: 'Look',
  description: 'Looks.',
  every: '1m',
  output: { type: 'object', properties: {} },
}
const withAction = (more: object) => ({ ...good, actions: { score: { ...action, ...more } } })
const withPermissions = (permissions: object) => ({ ...good, permissions })
const withInput = (properties: object) => withAction({ input: { type: 'object', properties } })

describe('what its calls may use', () => {
  test('is said in plain words, in both languages', () => {
    const limits = { cpuMs: 1500, concurrency: 1 }
    const manifest = parseManifest({ ...good, limits }, 'plugin.json')
    expect(limitsSentence(manifest, 'en')).toBe(
      'Use up to 64 MB of memory, 1.5 s of the processor and 30 s in all for a call; up to 1 call at the same time.',
    )
    expect(limitsSentence(manifest, 'pt-BR')).toBe(
      'Usar em uma chamada até 64 MB de memória, 1,5 s de processador e 30 s ao todo; até 1 chamada ao mesmo tempo.',
    )
    expect(limitsSentence(parseManifest(good, 'plugin.json'), 'en')).toContain('up to 8 calls')
  })
})

describe('a manifest', () => {
  test('is completed with what it leaves out', () => {
    expect(parseManifest(good, 'plugin.json')).toMatchObject({
      permissions: { hosts: [], records: [], events: [], credentials: [] },
      limits: { memoryMb: 64, cpuMs: 1000, wallMs: 30_000 },
      provides: {},
      triggers: {},
      messages: {},
    })
  })

  test('says where the choices of an input come from', () => {
    const list = {
      ...action,
      effect: 'read',
      input: { type: 'object', properties: { kind: { type: 'string' } }, required: ['kind'] },
      output: {
        type: 'object',
        properties: {
          names: { type: 'array', items: { type: 'object', properties: { id: { type: 'string' }, name: {} } } },
        },
      },
    }
    const input = {
      type: 'object',
      properties: {
        sort: { type: 'object', properties: { by: { type: 'string' } } },
        filters: { type: 'array', items: { type: 'object', properties: { by: { type: 'string' } } } },
        values: { type: 'object', additionalProperties: { type: 'string' } },
      },
    }
    const source = { action: 'list', list: 'names', value: 'id', label: 'name', with: { kind: 'a' } }
    const write = { ...list, effect: 'write' }
    const read =
      (options: object, actions: object = {}) =>
      () =>
        parseManifest(
          { ...good, actions: { score: { ...action, input, options }, list, write, ...actions } },
          'plugin.json',
        )
    expect(read({ 'sort.by': source, 'filters[].by': source, 'values.*': source })).not.toThrow()
    for (const [options, problem] of [
      [{ 'sort.bi': source }, 'there is no "bi" in the input at this place; did you mean by?'],
      [{ 'filters.by': source }, 'there is no "by" in the input at this place'],
      [{ 'sort.*': source }, 'there is no "*" in the input at this place'],
      [{ 'sort by': source }, 'is no place in the input, as name, filters[].property or properties.*'],
      [{ 'sort.by': { ...source, action: 'lst' } }, 'which the plugin has not; did you mean list?'],
      [{ 'sort.by': { ...source, action: 'write' } }, 'whose effect is write; only none and read may be asked'],
      [{ 'sort.by': { ...source, with: {} } }, 'which needs kind: give it in with'],
      [{ 'sort.by': { ...source, with: { kind: 'a', sort: 'b' } } }, 'gives list "sort", which it does not take'],
      [{ 'sort.by': { ...source, list: 'name' } }, 'takes its choices from name of list, which is no list there'],
      [{ 'sort.by': { ...source, label: 'title' } }, 'takes title of names of list, where entries have id, name'],
    ] as const)
      expect(read(options), JSON.stringify(options)).toThrow(problem)
  })

  test.each([
    [{}, 'plugin.json: manifestVersion: Invalid input: expected 1 (found nothing)'],
    [{ ...good, extra: 1 }, 'plugin.json: the file: Unrecognized key: "extra"'],
    [{ ...good, manifestVersion: 2 }, 'manifestVersion: Invalid input: expected 1 (found 2)'],
    [
      { ...good, id: 'Sample_1' },
      'plugin.json: id: an id is written in lower case letters, digits and single hyphens (found "Sample_1")',
    ],
    [{ ...good, id: 'email' }, 'id: is the name of a service; choose another id (found "email")'],
    [{ ...good, id: 'constructor' }, 'id: this name is not allowed'],
    [{ ...good, version: '1.0' }, 'version: must be a semantic version as 1.2.3 (found "1.0")'],
    [{ ...good, engine: 'latest' }, 'engine: must be a range of versions'],
    [{ ...good, title: 'Two\nlines' }, 'title: must be plain text in one line'],
    [{ ...good, title: 'Right\u202eleft' }, 'title: must be plain text in one line'],
    [{ ...good, limits: { concurrency: 9 } }, 'limits.concurrency: Too big: expected number to be <=8 (found 9)'],
    [{ ...good, limits: { memoryMb: 4096 } }, 'limits.memoryMb: Too big: expected number to be <=256 (found 4096)'],
    [{ ...good, provides: { emial: { send: 'score' } } }, 'provides.emial: is not a service; did you mean "email"?'],
    [
      { ...good, provides: { email: { sent: 'score' } } },
      'provides.email.sent: is not an action of the service email; did you mean "send"?',
    ],
    [
      { ...good, provides: { email: { send: 'scor' } } },
      'provides.email.send: the plugin has no action "scor"; did you mean "score"?',
    ],
    [
      { ...good, triggers: { poll: {} } },
      "triggers.poll.kind: Invalid discriminator value. Expected 'webhook' | 'poll'",
    ],
    [
      { ...good, triggers: { look: { ...poll, every: '5s' } } },
      'triggers.look.every: must be a duration of 10s or more, as 5m (found "5s")',
    ],
    [
      { ...good, triggers: { look: { ...poll, credential: 'hubspot' } } },
      'triggers.look: needs the credential "hubspot", which is not described; there are none',
    ],
    [
      {
        ...good,
        triggers: { hook: { ...poll, kind: 'webhook', every: undefined, secret: 'own', verify: { scheme: 'md5' } } },
      },
      'triggers.hook.verify.scheme',
    ],
    [
      {
        ...good,
        credentials: {
          crm: {
            auth: 'key',
            title: 'CRM',
            fields: { key: { title: 'Key' } },
            inject: [{ header: 'x-key', format: '{kee}' }],
          },
        },
      },
      'credentials.crm.inject.0.format: {kee} is no field of this credential; there is key',
    ],
    [
      withPermissions({ credentials: [{ name: 'crm', hosts: ['api.example.com'], reason: 'x' }] }),
      'permissions.credentials: asks for "crm", and credentials does not describe it',
    ],
    [
      withAction({ effect: 'delete' }),
      'actions.score.effect: Invalid option: expected one of "none"|"read"|"write"|"send" (found "delete")',
    ],
    [
      withAction({ idempotency: 'lookup' }),
      'actions.score.idempotency: says lookup, but the action has no lookup function',
    ],
    [withAction({ timeout: 'soon' }), 'actions.score.timeout: must be a duration as 10s, 2m or PT30S (found "soon")'],
    [withAction({ timeout: '0s' }), 'actions.score.timeout'],
    [
      withAction({ input: { type: 'string' } }),
      'actions.score.input.type: an action takes and gives objects; found "string"',
    ],
    [withInput({ a: { $ref: '#' } }), 'actions.score.input.properties.a.$ref: references and recursive schemas'],
    [withInput({ a: { type: 'array', uniqueItems: true } }), 'properties.a.uniqueItems: is not accepted'],
    [withInput({ a: { type: 'text' } }), 'properties.a.type: is not a JSON type, found "text"'],
    [withInput({ a: { type: 'string', pattern: '(' } }), 'properties.a.pattern: is not a regular expression'],
    [
      withInput({ a: { type: 'string', format: 'cpf' } }),
      'properties.a.format: this format is not known here, found "cpf"',
    ],
    [
      withInput(JSON.parse('{"__proto__": {"type": "string"}}') as object),
      '__proto__: a property may not have this name',
    ],
    [withInput({ a: { anyOf: [] } }), 'properties.a.anyOf: must be a list of schemas'],
    [withInput(Object.fromEntries(Array.from({ length: 2100 }, (_, i) => [`p${i}`, {}]))), 'at most 2000 parts'],
    [
      withInput({ a: Array.from({ length: 30 }).reduce((inner: object) => ({ type: 'array', items: inner }), {}) }),
      'at most 24 levels deep',
    ],
    [withPermissions({ llm: { models: ['x'] } }), 'permissions.llm.models.0: Invalid option'],
    [withPermissions({ credentials: ['hubspot'] }), 'permissions.credentials'],
    [withPermissions({ records: [{ name: 'leads:read' }] }), 'permissions.records.0.reason'],
    [withPermissions({ records: [{ name: 'leads:read', reason: ' ' }] }), 'say in a few words why it is needed'],
    [
      withPermissions({ events: [{ name: 'off:lead.captured', reason: 'x' }] }),
      'must be `emit:` or `on:` and an event type',
    ],
    [withPermissions({ storage: { bytes: 1e12, reason: 'x' } }), 'permissions.storage.bytes: Too big'],
  ])('is refused with the key and what was found: %#', (value, message) => {
    expect(() => parseManifest(value, 'plugin.json')).toThrowError(
      expect.objectContaining({ code: 'MANIFEST', message: expect.stringContaining(message) }),
    )
  })

  test.each([
    'localhost',
    '*',
    '*.com',
    '*.com.br',
    '127.0.0.1',
    '[::1]',
    'a.*.com',
    '**.example.com',
    'https://a.com',
    'a.com/x',
    'a.com:443',
    'A.com',
    'a_b.com',
    '-a.com',
    'a.com.',
  ])('may not ask for the host %s', host => {
    expect(() => parseManifest(withPermissions({ hosts: [{ host, reason: 'x' }] }), 'plugin.json')).toThrowError(
      /permissions\.hosts\.0\.host/,
    )
  })

  test('lists every problem at once', () => {
    const value = { ...good, id: 'X', engine: 'y', permissions: { hosts: [{ host: '*', reason: 'x' }] } }
    expect(() => parseManifest(value, 'plugin.json')).toThrowError(
      expect.objectContaining({
        details: {
          problems: [
            expect.stringContaining('id:'),
            expect.stringContaining('engine:'),
            expect.stringContaining('permissions.hosts.0.host:'),
          ],
        },
      }),
    )
  })

  test('has one digest, in whatever order its keys come, and another for any other content', () => {
    const reversed = Object.fromEntries(Object.entries(good).toReversed())
    expect(packageDigest(reversed)).toBe(packageDigest(good))
    expect(packageDigest(JSON.parse(JSON.stringify(good)))).toBe(packageDigest(good))
    expect(packageDigest({ ...good, title: 'Sampel' })).not.toBe(packageDigest(good))
    expect(packageDigest({ a: ['b', 'c'] })).not.toBe(packageDigest({ a: ['c', 'b'] }))
  })
})
