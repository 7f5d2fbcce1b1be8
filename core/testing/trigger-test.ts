import type { HeardEvent } from '../plugins/call-trigger.ts'
import type { ActionResult, ActionTest } from './action-test.ts'

/** A post as the vendor makes it. The body goes as it is written: what is signed are its bytes. */
export interface PlayedPost {
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** A form is sent as `application/x-www-form-urlencoded`, another object as JSON. */
  readonly body: string | Uint8Array | URLSearchParams | Readonly<Record<string, unknown>>
}

/** What a post is signed with. */
export interface ToSign {
  /** The address that the vendor was given. */
  readonly url: string
  /** That of the account, or the address's own: whatever the trigger says in `secret`. */
  readonly secret: string
  /** Milliseconds since 1970; a signature with a time is taken for five minutes. */
  readonly now: number
}

/** What a trigger is tried with: one of `post`, `cursor` and `event`, by its kind. Accounts, leads and far sides as of `testAction`. */
export interface TriggerTest extends Omit<ActionTest, 'input' | 'planned' | 'model'> {
  /**
   * Of a webhook: makes the post, with its signature. The host proves it before the plugin sees anything, as it will later: one that does not
   * prove its sender rejects with `UNAUTHENTICATED`.
   */
  readonly post?: (sign: ToSign) => PlayedPost
  /** Of a poll: what the last one left; null the first time. */
  readonly cursor?: unknown
  /** Of the host: what has happened. Its type is the trigger's; a function is given the leads that the workspace has. */
  readonly event?: unknown
}

/** What came of it. */
export interface TriggerResult extends Pick<ActionResult, 'requests' | 'storage' | 'leads'> {
  /** What the plugin tells of: none of a trigger that hears of an event of the host. */
  readonly events: readonly HeardEvent[]
  /** Of a poll: for the next time, and whether it wants to be asked again at once. */
  readonly cursor: unknown
  readonly more: boolean
}
