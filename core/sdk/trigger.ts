import type { z } from 'zod'
import type { Context } from './context.ts'

/** What a trigger heard of. Each event has the type `<plugin>.<trigger>` and starts the playbooks that listen to it. */
export interface Heard<Output extends z.ZodType = z.ZodType> {
  /** At most 500 at once. `dedupe` is the same for two tellings of one thing: the vendor's id of it. */
  readonly events: readonly { readonly data: z.input<Output>; readonly dedupe?: string }[]
}

interface Described<Output extends z.ZodType> {
  readonly title: string
  /** What has happened when it tells an event, for who writes playbooks. */
  readonly description: string
  /** The data of an event. Put `leadId` in where it is about a lead of this workspace. */
  readonly output: Output
  readonly sample?: z.input<Output>
}

/** How whoever posts to an address of the host proves who it is. */
interface Proven {
  readonly verify: WebhookProof
  /** What proves the sender: a field of a credential, or a secret that the host makes for this address alone. */
  readonly secret: 'own' | { readonly credential: string; readonly field: string }
}

/** An address of the host, for a vendor that is told over its API where to post. */
export interface Hook {
  /** Where to post. A part of it stands in for a secret: the host puts that in on the way out, and takes it out of answers. */
  readonly url: string
  /** The secret of this address alone (`secret: 'own'`, and the token of Meta's check), a stand-in as well; empty without one. */
  readonly secret: string
  /** The same through every attempt until one is stored, another for the next registration: an id, where the vendor takes one. */
  readonly key: string
}

/** What the vendor has by now. */
export interface Registration {
  /** JSON, for `unregister`: the vendor's id of it. No secrets. */
  readonly data: unknown
  /** Of a vendor that ends it by itself: when, as an ISO 8601 instant. The host registers anew before. */
  readonly expiresAt?: string
  /** Of a vendor that makes the secret of the address: from now on it proves who posts. Kept sealed. */
  readonly secret?: string
}

/**
 * A vendor that can be told where to post. The host does it when a playbook needs the trigger, or a person switched it on, tries
 * again where it fails, and undoes it when nothing needs it any more or the plugin is removed. Both or neither.
 */
interface Registers {
  /**
   * Registers the address. The host may ask again after an answer was lost: look for what is there under `hook.url` or `hook.key`
   * before you make a second one.
   */
  register?(hook: Hook, ctx: Context): Registration | Promise<Registration>
  /** Undoes it. What the vendor does not have any more is undone; another `data` with the same address is somebody else's. */
  unregister?(data: unknown, ctx: Context): void | Promise<void>
}

/** A vendor posts to an address of the host, which proves the sender before anything of the plugin runs. */
export interface WebhookTrigger<Output extends z.ZodType = z.ZodType> extends Described<Output>, Proven, Registers {
  readonly kind: 'webhook'
  /** Called once for what is posted; the vendor is answered 200 when the events are stored. Throws: it is asked to send again. */
  handle(request: WebhookRequest, ctx: Context): Heard<Output> | Promise<Heard<Output>>
}

/** A vendor is asked what is new, again and again. */
export interface PollTrigger<Output extends z.ZodType = z.ZodType> extends Described<Output>, Registers {
  readonly kind: 'poll'
  /** A vendor that rings when there is something new: a post to the address that proves its sender lets `poll` be asked at once. */
  readonly push?: Proven
  /** From `10s` to `24h`. */
  readonly every: string
  /** It is not asked while this credential is not connected. */
  readonly credential?: string
  /**
   * What is new since `cursor` (null the first time), and the cursor of the next time: JSON. `more` asks again at once.
   * The cursor is kept together with the events, so nothing is lost and nothing comes twice.
   */
  poll(cursor: unknown, ctx: Context): Promise<Heard<Output> & { readonly cursor: unknown; readonly more?: boolean }>
}

/** The host tells of what has happened here: `deal.won`, `lead.captured`, an event of a playbook or of another plugin. */
export interface EventTrigger {
  readonly kind: 'event'
  readonly title: string
  /** What the plugin does when it hears of it, for who installs it. */
  readonly description: string
  /** `permissions.events` asks for `on:<event>`. */
  readonly event: string
  /**
   * Called for each event that happens from the installation on, in about the order in which they happened. A call that
   * throws is made again, later and later, up to ten times under the same `ctx.run.key`, unless it says `VALIDATION`, `NOT_FOUND`, `CONFLICT`
   * or `FORBIDDEN`; so is what a host that died was about to do.
   */
  handle(event: HostEvent, ctx: Context): void | Promise<void>
}

/** Something that happened, as it stands stored. */
export interface HostEvent {
  readonly id: string
  readonly type: string
  /** When, as an ISO 8601 instant. */
  readonly at: string
  /** Of the lead that it is about; null where it is about none. */
  readonly leadId: string | null
  /** What it says. The page on playbooks lists what each event of the host carries. */
  readonly data: Readonly<Record<string, unknown>>
}

/** How a plugin hears of something: its vendor tells it, it asks its vendor, or the host tells it. */
export type Trigger<Output extends z.ZodType = z.ZodType> = WebhookTrigger<Output> | PollTrigger<Output> | EventTrigger

/** A trigger, typed by its schema. */
export function defineTrigger<Output extends z.ZodType>(trigger: Trigger<Output>): Trigger<Output> {
  return trigger
}

/** A post as it came. `headers` have names in lower case, without credentials. */
export interface WebhookRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** As text. */
  readonly body: string
  /** Of a body that is JSON; else undefined. */
  readonly json?: unknown
  /** Of a body that is a form: each name once, the last value. */
  readonly form?: Readonly<Record<string, string>>
}

/** How the sender proves who it is, over the raw bytes. */
export type WebhookProof =
  | {
      readonly scheme:
        | 'hubspot-v3'
        | 'meta'
        | 'mailchimp'
        | 'sendgrid'
        | 'twilio'
        | 'calendly'
        | 'stripe'
        | 'slack'
        | 'standard-webhooks'
    }
  | {
      readonly scheme: 'hmac'
      readonly algorithm?: 'sha1' | 'sha256' | 'sha512'
      /** In lower case. */
      readonly header: string
      readonly prefix?: string
      readonly encoding?: 'hex' | 'base64'
      /** `{body}`, `{timestamp}.{body}`, `{method}{url}{body}`. */
      readonly payload?: string
      readonly timestamp?: { readonly header: string; readonly unit?: 's' | 'ms'; readonly toleranceSeconds?: number }
    }
  | { readonly scheme: 'token'; readonly header: string }
  | { readonly scheme: 'token-in-body'; readonly member: string }
  | { readonly scheme: 'basic' }
