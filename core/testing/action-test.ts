import type { FarSideRequest } from '../credentials/egress.ts'
import type { LogLine } from '../plugins/capabilities/calling.ts'
import type { ApiDescription } from './open-api.ts'

/** What the far side answers: 200 without `status`; `json` or `text` is the body. */
export interface FarSideAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly text?: string
}

/** Plays the far side of the network: what it answers to a request. Undefined: nothing was prepared for it. */
export type PlayedApi = (request: FarSideRequest) => FarSideAnswer | undefined | Promise<FarSideAnswer | undefined>

/** A question as the model gets it. */
export interface AskedModel {
  readonly size: 'small' | 'large'
  readonly system: string
  /** What was said after that, the last last. */
  readonly prompt: string
  readonly schema: Readonly<Record<string, unknown>> | undefined
}

/** What an action is tried with. */
export interface ActionTest {
  /** A function is given the leads that the workspace has, and the ids of its customers. */
  readonly input: unknown
  /**
   * Plays every far side. Undefined: nothing was prepared for this request, and the test fails. A token endpoint of the plugin's
   * own credentials that gets undefined answers the token `test-token`. What it throws ends the test. The vendor's own OpenAPI
   * description, parsed, in its place holds every request against it: one that does not fit ends the test with what is wrong.
   * It is answered with the description's example.
   */
  readonly api?: PlayedApi | ApiDescription
  /** With a description as `api`: what is answered in the place of its examples, once the request was found to fit. */
  readonly answer?: PlayedApi
  /** Accounts that are connected: what a person would have filled in, by credential and field. */
  readonly credentials?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Leads that are there before; each has `name`, `source` and what else a lead may have. */
  readonly leads?: readonly Readonly<Record<string, unknown>>[]
  /** Deals that are there before: `lead` is the place of theirs in `leads`, beside title, value, stage, lostReason, expectedCloseOn. */
  readonly deals?: readonly Readonly<Record<string, unknown>>[]
  /** Customers that are there before: `lead`, and name, plan, mrr, facts, health, status. */
  readonly customers?: readonly Readonly<Record<string, unknown>>[]
  /** Campaigns that are there before, each with its `days`. */
  readonly campaigns?: readonly Readonly<Record<string, unknown>>[]
  /** What the workspace remembers before, as `ctx.memory.store` takes it. */
  readonly memory?: readonly Readonly<Record<string, unknown>>[]
  /**
   * Plays the language model: answers a text, or what is to be read from it. An array answers one question after the other, a function
   * is asked. Without it this host has no model.
   */
  readonly model?: readonly unknown[] | ((question: AskedModel) => unknown)
  /** What `ctx.storage` holds before. */
  readonly storage?: Readonly<Record<string, unknown>>
  /** What `ctx.schedule` has planned before, by key. No call is made in a test: try the action that is planned by itself. */
  readonly planned?: Readonly<
    Record<
      string,
      {
        readonly action: string
        readonly input?: Readonly<Record<string, unknown>>
        readonly at?: string
        readonly every?: string
      }
    >
  >
  /** The language to write in; `en` without it. */
  readonly locale?: string
  /** The idempotency key, where it matters. */
  readonly key?: string
}

/** What came of it. */
export interface ActionResult {
  readonly output: unknown
  /** What went out, in order, with the secrets that the host added. */
  readonly requests: readonly FarSideRequest[]
  readonly logs: readonly LogLine[]
  /** What the model was asked. */
  readonly asked: readonly AskedModel[]
  /** What was emitted. */
  readonly events: readonly { readonly type: string; readonly data: unknown }[]
  /** What `ctx.storage` holds now. */
  readonly storage: Readonly<Record<string, unknown>>
  /** What `ctx.schedule` has planned now, by key. */
  readonly planned: Readonly<
    Record<
      string,
      {
        readonly action: string
        readonly input: Readonly<Record<string, unknown>>
        readonly at: string
        readonly every?: string
      }
    >
  >
  /** The leads as they are now, by the order in which they were given. */
  readonly leads: readonly Readonly<Record<string, unknown>>[]
}
