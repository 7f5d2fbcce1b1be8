/** A call of one of the plugin's own actions, planned for later. */
export interface NewPlannedCall {
  /** Its name in this plugin. */
  readonly action: string
  /** `{}` without it; checked now and again when the call is made. Its `leadId` says whom the call is about. */
  readonly input?: Readonly<Record<string, unknown>>
  /** An instant in ISO 8601: a time that is over means at once. */
  readonly at?: string
  /** Again and again, so long after one another, as `1d`; a minute at least. First at `at`, or after so long without it. */
  readonly every?: string
}

/** What is planned under a key. */
export interface PlannedCall {
  readonly action: string
  readonly input: Readonly<Record<string, unknown>>
  /** When it is made next. */
  readonly at: string
  readonly every?: string
  /** Why it could not begin: the action is gone. It rests until it is planned anew, or an update of the plugin brings the action back. */
  readonly error?: string
}

/**
 * Calls of the plugin's own actions that are made later; needs `permissions.schedule`. They outlive restarts and updates, wait while the
 * plugin is disabled, and are gone when it is removed. A call that is due is a run of its own: journalled, and sent once whatever dies.
 * It goes out with the account of the call that planned it.
 */
export interface Schedule {
  /**
   * Plans a call, in the place of what was planned under this key; an action that says `effect: 'write'` or `'send'` may. Once for each
   * key: a repeat of the call that plans, after a crash, changes nothing. Throws `PERMISSION` where as many are planned as were
   * granted, `NOT_FOUND` for an action that the plugin does not have, `VALIDATION`.
   */
  set(key: string, call: NewPlannedCall): Promise<void>
  /** What is planned under this key; null where nothing is, or it has begun. */
  get(key: string): Promise<PlannedCall | null>
  /** Takes back what is planned; answers whether something was. As `set`, for an action that writes or sends. */
  cancel(key: string): Promise<boolean>
}
