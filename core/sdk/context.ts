import type { ModelAnswer, ModelQuestion } from './model.ts'
import type { Records } from './records.ts'
import type { Schedule } from './schedule.ts'
import type { SharedMemory } from './shared-memory.ts'

/**
 * What the host lends an action. Everything on it crosses the wall of the sandbox as JSON, is checked against what the
 * installer granted, and is counted on the run. What is not here does not exist: no files, no environment, no sockets.
 */
export interface Context {
  readonly run: {
    readonly id: string
    /** Where the step stands in its playbook: `score`, `gate.then.0`. */
    readonly path: string
    /** 1 for the first try. */
    readonly attempt: number
    /** The idempotency key: the same through every attempt and every recovery. Hand it to a vendor that takes one. */
    readonly key: string
    /** When this call is cut off, in milliseconds since 1970. */
    readonly deadline: number
  }
  readonly workspace: {
    readonly id: string
    /** Who signs where nobody else is named. */
    readonly name: string
    /** The team's own, an IANA name: `America/Sao_Paulo`; the lead's is `timeZone`. */
    readonly timeZone: string
    /** The team's own language; the lead's is `locale`. */
    readonly locale: string
  }
  /** The language to write to the outside in, BCP 47: the lead's where the run is about a lead, else the workspace's. */
  readonly locale: string
  /** The time zone to tell times to the outside in, an IANA name: the lead's where it is known, else the workspace's. */
  readonly timeZone: string
  /**
   * The time when this call began, in milliseconds since 1970, by the clock of the engine: a test on the virtual clock moves it, where
   * `Date.now()` stays with the machine.
   */
  readonly now: number

  /**
   * An HTTPS request to a host of the manifest's `permissions.hosts`. Throws `PERMISSION` for any other, `UNAVAILABLE`
   * when the far side cannot be reached; a status like 404 is an answer, not an error.
   */
  fetch(url: string, init?: FetchInit): Promise<FetchResponse>

  /**
   * The address of a webhook of this plugin, for a vendor that is told with every request where to post. A part of it stands in
   * for a secret, as in `Hook.url`. Null where vendors cannot reach this host.
   */
  hook(trigger: string): Promise<string | null>

  /** What is no secret of a connected credential: the number of an account, its region. Throws `CREDENTIAL`. */
  credential(name: string): Promise<Readonly<Record<string, string>>>

  /**
   * Signs a text with a secret of a credential, outside of the sandbox. `field` names the secret where there are several.
   * `algorithm` is sha256 and `encoding` hex without them.
   */
  hmac(request: {
    readonly credential: string
    readonly field?: string
    readonly algorithm?: 'sha1' | 'sha256' | 'sha512'
    readonly encoding?: 'hex' | 'base64' | 'base64url'
    readonly data: string
  }): Promise<string>

  /** Leads, messages, meetings, activities of the workspace. */
  readonly records: Records

  /** A small key-value store of this installation; needs `permissions.storage`. Values are JSON. */
  readonly storage: {
    get(key: string): Promise<unknown>
    /** `expiresAt`: an instant in ISO 8601, after which it is not found any more; without it the value stays. */
    set(key: string, value: unknown, options?: { readonly expiresAt?: string }): Promise<void>
    delete(key: string): Promise<void>
  }

  /** Says that something happened; needs `emit:<type>` among `permissions.events`. Once per step, type and subject. */
  readonly events: { emit(type: string, data: Record<string, unknown>): Promise<void> }

  /**
   * The language model of this host; needs `permissions.llm`. Throws `NO_MODEL` where there is none (a skill should then do
   * without), `BUDGET` when the tokens granted are spent, `VALIDATION` for an answer that does not fit the schema after two repairs.
   * The same question of the same attempt is answered once: after a crash it costs nothing.
   */
  readonly llm: { generate(question: ModelQuestion): Promise<ModelAnswer> }

  /** What the workspace remembers; needs `permissions.memory`. */
  readonly memory: SharedMemory

  /** Calls of the plugin's own actions for later; needs `permissions.schedule`. */
  readonly schedule: Schedule

  /** Lines on the run's page. Never log what you would not show to the customer. */
  readonly log: Readonly<
    Record<'debug' | 'info' | 'warn' | 'error', (message: string, fields?: Record<string, unknown>) => void>
  >

  /** How far a long action is, 0 to 1, shown live. */
  progress(fraction: number, text?: string): void

  /**
   * A text of the plugin's `messages`: `t('greeting', { name: 'Ana' })` with `greeting: 'Olá, {name}!'`. The language is
   * `locale`, or the one given; a language without that text falls back to English, an unknown key to the key.
   */
  t(key: string, values?: Readonly<Record<string, string | number>>, locale?: string): string
}

/** `ctx.t`: the text of a key in the language of the lead, with `{values}` filled in. */
export type Translate = Context['t']

/** What `ctx.fetch` sends; as in the Fetch standard, and which account it goes out with. */
export interface FetchInit {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /**
   * A credential of the manifest: the host adds its secret on the way out, as the manifest says, and masks it in the answer.
   * Throws `CREDENTIAL` while it is not connected.
   */
  readonly credential?: string
}

/** What came back; as in the Fetch standard. */
export interface FetchResponse {
  readonly ok: boolean
  readonly status: number
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
  json(): Promise<unknown>
}
