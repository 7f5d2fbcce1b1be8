/** What playbooks of a workspace can use: the actions of its plugins, and the services that have a provider. */
export interface Catalog {
  /** `sdr/lead-scoring` → action */
  readonly actions: ReadonlyMap<string, CatalogAction>
  /** `email/send` → the service's contract */
  readonly services: ReadonlyMap<string, CatalogAction>
  /** Id → what another playbook can know of it; undefined where nobody says which playbooks there are. */
  readonly playbooks?: ReadonlyMap<string, CatalogPlaybook> | undefined
  /** Id → what a playbook can know of a decision policy; undefined where nobody says which there are. */
  readonly policies?: ReadonlyMap<string, CatalogPolicy> | undefined
  /**
   * Plugin id → the names of its accounts, null where it uses none; undefined where nobody says which are connected.
   */
  readonly accounts?: ReadonlyMap<string, readonly string[] | null> | undefined
  /** Actions and services, by the same names, that are installed and cannot be called: their plugin is disabled. */
  readonly disabled?: ReadonlyMap<string, DisabledAction> | undefined
  /** Event type → JSON Schema of its data, beyond the built-in ones. */
  readonly events?: ReadonlyMap<string, JsonSchema> | undefined
  /** Types of events that actions of plugins emit, whose data nobody describes. */
  readonly emitted?: ReadonlySet<string> | undefined
}

/** A playbook as others that start it see it. */
export interface CatalogPlaybook {
  /** What its runs are given; undefined where its file cannot be read now. */
  readonly input: JsonSchema | undefined
  /** What its runs answer, as far as that is known. */
  readonly output: JsonSchema | undefined
  readonly starts: readonly StartedPlaybook[]
}

/** A decision policy as playbooks see it. */
export interface CatalogPolicy {
  readonly input: JsonSchema
  /** The keys of its options. */
  readonly options: readonly string[]
}

/** Another playbook that one starts. */
export interface StartedPlaybook {
  readonly id: string
  /** Does every run of the playbook come to this step, so that a circle through it has no end? */
  readonly always: boolean
}

export interface CatalogAction {
  readonly title: string
  readonly effect: 'none' | 'read' | 'write' | 'send'
  readonly idempotency: 'key' | 'lookup' | 'none'
  readonly input: JsonSchema
  readonly output: JsonSchema
  readonly version: string
}

export interface DisabledAction extends CatalogAction {
  readonly pluginId: string
  /** Why it was disabled, where somebody said. */
  readonly reason: string | null
}

/** The part of JSON Schema that a check reads; other keywords are left to the validation at run time. */
export interface JsonSchema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema | boolean
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly default?: unknown
  readonly [keyword: string]: unknown
}
