import { z } from 'zod'
import { choiceSource } from './choice-source.ts'

/** `{key}` in a format: a field of the template, or what a sign-in gives. */
const PLACEHOLDER = /\{(\w+)\}/g
const FIELD_NAME = /^[a-z][A-Za-z0-9_]{0,39}$/
/** What a sign-in gives, besides the fields. */
const TOKEN = 'access_token'

const text = (max: number) => z.string().trim().min(1).max(max)
const url = z
  .url({ protocol: /^https$/, error: 'must be an address that starts with https://' })
  .max(500)
  .refine(value => !/[@#]/.test(value), 'has neither user name nor fragment')
const format = text(300).regex(/^[^\r\n]*$/, 'is one line')
const parameterName = text(100).regex(/^[A-Za-z0-9_.:-]+$/, 'is a name in letters, digits and _ . : -')

const field = z.strictObject({
  title: text(100),
  /** Where a person finds it. */
  help: text(500).optional(),
  /** A secret is sealed, masked wherever it comes back, and never told; anything else the plugin may read. */
  secret: z.boolean().default(true),
  optional: z.boolean().default(false),
  /** Of an account that is connected: what may stand here. Never of a secret. */
  options: choiceSource.optional(),
})

/** Where a secret is put on its way out, and how it is written there. */
const place = z.union([
  z.strictObject({
    header: text(100).regex(/^[A-Za-z0-9_-]+$/, 'is the name of a header'),
    format,
  }),
  z.strictObject({ basic: z.strictObject({ username: format, password: format.or(z.literal('')) }) }),
  z.strictObject({ query: parameterName, format }),
  z.strictObject({ body: parameterName, format }),
])

const common = {
  title: text(100),
  help: text(1000).optional(),
  fields: z.record(z.string().regex(FIELD_NAME, 'is a name like apiKey'), field).default({}),
  inject: z.array(place).max(5),
  /** A request that only reads: any answer from 200 to 299 says that the credential works. */
  test: z.strictObject({ method: z.enum(['GET', 'POST']).default('GET'), url }).optional(),
}
const scopes = z
  .array(text(300).regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'is one scope (RFC 6749)'))
  .max(100)
  .default([])
const bearer = [{ header: 'authorization', format: `Bearer {${TOKEN}}` }]
const signedIn = {
  ...common,
  inject: common.inject.min(1).default(bearer),
  tokenUrl: url,
  scopes,
  /** How the client says who it is at `tokenUrl`: in the form, or as HTTP Basic (RFC 6749, 2.3.1). */
  clientAuth: z.enum(['body', 'basic']).default('body'),
}

const byKind = z.discriminatedUnion('auth', [
  z.strictObject({ auth: z.literal('key'), ...common, inject: common.inject.min(1) }),
  /** Authorization code with PKCE and state: a person signs in at the vendor. */
  z.strictObject({
    auth: z.literal('oauth2'),
    ...signedIn,
    authorizeUrl: url,
    /** More for the address that people sign in at: `{ access_type: 'offline' }`. */
    authorizeParams: z.record(parameterName, text(500)).default({}),
  }),
  z.strictObject({ auth: z.literal('client_credentials'), ...signedIn }),
  /** A service account: a signed assertion is exchanged for a token (RFC 7523). */
  z.strictObject({
    auth: z.literal('jwt'),
    ...signedIn,
    algorithm: z.enum(['RS256', 'ES256']).default('RS256'),
    /** More claims of the assertion, with placeholders: `{ sub: '{user}' }`. */
    claims: z.record(parameterName, format).default({}),
  }),
])

/** A kind of account at a vendor, as a manifest describes it: what a person fills in, and where it goes. */
export const credentialTemplate = byKind.superRefine((template, context) => {
  const known = new Set([...Object.keys(fieldsOf(template)), ...(template.auth === 'key' ? [] : [TOKEN])])
  const check = (written: string, ...path: (string | number)[]) => {
    for (const [, name] of written.matchAll(PLACEHOLDER))
      if (!known.has(name!))
        context.addIssue({
          code: 'custom',
          path,
          message: `{${name}} is no field of this credential; there ${known.size === 1 ? 'is' : 'are'} ${[...known].join(', ')}`,
          params: { quiet: true },
        })
  }
  template.inject.forEach((one, i) => {
    if ('basic' in one) {
      check(one.basic.username, 'inject', i, 'basic', 'username')
      check(one.basic.password, 'inject', i, 'basic', 'password')
    } else check(one.format, 'inject', i, 'format')
  })
  if (template.auth === 'jwt')
    for (const [claim, written] of Object.entries(template.claims)) check(written, 'claims', claim)
  for (const own of Object.keys(OWN_FIELDS[template.auth]))
    if (Object.hasOwn(template.fields, own))
      context.addIssue({
        code: 'custom',
        path: ['fields', own],
        message: `is there already: every credential of the kind ${template.auth} has it`,
        params: { quiet: true },
      })
  if (template.auth === 'key' && Object.keys(template.fields).length === 0)
    context.addIssue({
      code: 'custom',
      path: ['fields'],
      message: 'has no field, so there is nothing to fill in',
      params: { quiet: true },
    })
})

export type CredentialTemplate = z.infer<typeof credentialTemplate>
export type SignedInTemplate = Exclude<CredentialTemplate, { auth: 'key' }>
export type CredentialField = z.infer<typeof field>
export type Place = z.infer<typeof place>

const plain = (title: string): CredentialField => ({ title, secret: false, optional: false })
const secret = (title: string): CredentialField => ({ title, secret: true, optional: false })
const client = { clientId: plain('Client ID'), clientSecret: secret('Client secret') }
const OWN_FIELDS: Readonly<Record<CredentialTemplate['auth'], Readonly<Record<string, CredentialField>>>> = {
  key: {},
  oauth2: client,
  client_credentials: client,
  jwt: { issuer: plain('E-mail of the service account'), privateKey: secret('Private key (PEM)') },
}

/** All that a person fills in, secrets last: the database keeps no order of keys. */
export function fieldsOf(
  template: Pick<CredentialTemplate, 'auth' | 'fields'>,
): Readonly<Record<string, CredentialField>> {
  const all = Object.entries({ ...OWN_FIELDS[template.auth], ...template.fields })
  return Object.fromEntries(all.sort(([, a], [, b]) => Number(a.secret) - Number(b.secret)))
}

/** The hosts that a template itself names: a secret goes to each of them. `port` is 443 where the address has none. */
export function hostsNamed(template: CredentialTemplate): { host: string; port: number }[] {
  const urls = [template.auth === 'key' ? undefined : template.tokenUrl, template.test?.url]
  return urls.flatMap(one => {
    if (one === undefined) return []
    const { hostname, port } = new URL(one)
    return [{ host: hostname, port: port === '' ? 443 : Number(port) }]
  })
}

/** Puts values into `{placeholders}`. A value that is not there is the empty text. */
export function fill(written: string, values: Readonly<Record<string, string>>): string {
  return written.replace(PLACEHOLDER, (_, name: string) => (Object.hasOwn(values, name) ? values[name]! : ''))
}
