/**
 * A kind of account at a vendor: what a person fills in, and where the host puts it on the way out. `{name}` in a format is a
 * field, or `{access_token}`.
 *
 * ```ts
 * credentials: {
 *   hubspot: {
 *     auth: 'oauth2', title: 'HubSpot',
 *     authorizeUrl: 'https://app.hubspot.com/oauth/authorize', tokenUrl: 'https://api.hubapi.com/oauth/v1/token',
 *     scopes: ['crm.objects.contacts.write'],
 *     test: { url: 'https://api.hubapi.com/account-info/v3/details' },
 *   },
 * },
 * ```
 */
export type Credential =
  | (Common & {
      /** An API key, a pair of user and password, or whatever else a person copies from the vendor. */
      readonly auth: 'key'
      readonly fields: Readonly<Record<string, CredentialField>>
      readonly inject: readonly CredentialPlace[]
    })
  | (SignedIn & {
      /** A person signs in at the vendor: authorization code with PKCE. Fields `clientId` and `clientSecret` are there. */
      readonly auth: 'oauth2'
      readonly authorizeUrl: string
      /** More for that address: `{ access_type: 'offline' }`. */
      readonly authorizeParams?: Readonly<Record<string, string>>
    })
  /** The application itself signs in. Fields `clientId` and `clientSecret` are there. */
  | (SignedIn & { readonly auth: 'client_credentials' })
  | (SignedIn & {
      /** A service account (RFC 7523). Fields `issuer` and `privateKey` are there. */
      readonly auth: 'jwt'
      readonly algorithm?: 'RS256' | 'ES256'
      /** More claims of the assertion: `{ sub: '{user}' }`. */
      readonly claims?: Readonly<Record<string, string>>
    })

interface Common {
  readonly title: string
  /** How somebody gets it. */
  readonly help?: string
  readonly fields?: Readonly<Record<string, CredentialField>>
  readonly inject?: readonly CredentialPlace[]
  /** A request that only reads; an answer from 200 to 299 says that the credential works. */
  readonly test?: { readonly method?: 'GET' | 'POST'; readonly url: string }
}

/** Without `inject` the token goes into the header `authorization`, as a bearer. */
export interface SignedIn extends Common {
  readonly tokenUrl: string
  readonly scopes?: readonly string[]
  /** How the client says who it is at `tokenUrl`: `body` (the form) without it. */
  readonly clientAuth?: 'body' | 'basic'
}

/** One thing that a person types in to connect an account. */
export interface CredentialField {
  readonly title: string
  /** Where a person finds it. */
  readonly help?: string
  /** A secret (as everything is without it) is never told to anybody; `false`: `ctx.credential` tells the plugin. */
  readonly secret?: boolean
  readonly optional?: boolean
  /** Once the account is connected, what may stand here is offered. Not for a secret. */
  readonly options?: ChoiceSource
}

/**
 * Where the choices of an input come from: the entries of a list that another action of the plugin answers. That action reads
 * or computes (`effect: 'read'` or `'none'`). The host asks it with `with`, keeps the answer for a minute and searches in it. An
 * action that takes `search` is asked again for what a person types; one that takes `after` and answers `after`, page by page.
 *
 * ```ts
 * options: { 'properties[]': { action: 'list-properties', list: 'properties', value: 'name', label: 'label' } }
 * ```
 */
export interface ChoiceSource {
  /** Name of the action, as in `actions`. */
  readonly action: string
  /** Key of the list in its output. */
  readonly list: string
  /** Key of each entry that holds what a playbook says. */
  readonly value: string
  /** Key of each entry that holds what people read. */
  readonly label: string
  /** Key of each entry that says more about it. */
  readonly note?: string
  /** What else the action is given. */
  readonly with?: Readonly<Record<string, string | number | boolean>>
}

/** Where it goes. A body must be a JSON object or a form. */
export type CredentialPlace =
  | { readonly header: string; readonly format: string }
  | { readonly basic: { readonly username: string; readonly password: string } }
  | { readonly query: string; readonly format: string }
  | { readonly body: string; readonly format: string }
