import type { WorkspaceId } from '../../ids.ts'
import type { ChangeKind } from './alert-changes.ts'
import type { Channel, RuleKey, Severity } from './rules.ts'

/** What is to be told to one recipient, with all that is said of it. */
export interface Delivery {
  /** The idempotency key: the same through every attempt. */
  readonly id: string
  readonly workspaceId: WorkspaceId
  readonly alertId: string
  readonly kind: ChangeKind
  readonly channel: Channel
  readonly attempts: number
  readonly email: string | null
  readonly locale: string | null
  readonly rule: RuleKey
  readonly subject: string
  readonly name: string | null
  readonly detail: string | null
  readonly severity: Severity
  readonly value: number
  readonly threshold: number
  readonly startedAt: Date
  readonly resolvedAt: Date | null
}
