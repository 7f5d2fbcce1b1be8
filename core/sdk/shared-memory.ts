/** The module of TRAE OS that an entry belongs to. */
export type MemoryModule =
  'diagnostico' | 'posicionamento' | 'oferta' | 'aquisicao' | 'pre_vendas' | 'vendas' | 'onboarding' | 'gestao'
/** What kind of thing is remembered. */
export type MemoryType = 'decision' | 'diagnostic' | 'lead' | 'context' | 'note'
/** How what an entry tells of went. */
export type MemoryOutcome = 'success' | 'failure' | 'pending'

/** What is to be remembered. Of a company, an address and a module there is one entry each; a new one replaces it. */
export type NewMemory = (
  | { readonly type: 'decision' | 'note'; readonly module?: MemoryModule }
  | { readonly type: 'diagnostic'; readonly company: string; readonly module?: MemoryModule }
  | { readonly type: 'lead'; readonly email: string; readonly module?: MemoryModule }
  | { readonly type: 'context'; readonly module: MemoryModule }
) & {
  /** What it is found by, up to 20,000 characters. */
  readonly content: string
  readonly data?: Readonly<Record<string, unknown>>
  /** `pending` for a decision without it. */
  readonly outcome?: MemoryOutcome
  /** 0 to 1, 0.5 without it: what it counts beside others that fit as well. */
  readonly importance?: number
  readonly leadId?: string
  /** ISO 8601; now without it. */
  readonly timestamp?: string
  /** It is forgotten then. */
  readonly expiresAt?: string
}

/** An entry as it is remembered. */
export interface RememberedEntry {
  /** `decision_<timestamp>`, `diagnostic_<company>`, `lead_<e-mail>`, `context_<module>`, `note_<id>`. */
  readonly key: string
  readonly type: MemoryType
  readonly module: MemoryModule | null
  readonly outcome: MemoryOutcome | null
  readonly content: string
  readonly data: Readonly<Record<string, unknown>>
  readonly importance: number
  readonly leadId: string | null
  readonly timestamp: string
  readonly expiresAt: string | null
}

/** An entry that a search found, and by what. */
export interface FoundMemory extends RememberedEntry {
  /** 0 to 1, beside the others that were found. */
  readonly score: number
  readonly by: 'words' | 'meaning' | 'both'
}

/** Which entries: all conditions that are given hold. */
export interface MemoryFilter {
  readonly types?: readonly MemoryType[]
  readonly modules?: readonly MemoryModule[]
  readonly outcomes?: readonly MemoryOutcome[]
  readonly since?: string
  readonly leadId?: string
}

/** Reading needs the permission `read`; what changes something needs `write`, and an action whose effect is write or send. */
export interface SharedMemory {
  store(entry: NewMemory): Promise<RememberedEntry>
  retrieve(key: string): Promise<RememberedEntry | null>
  /** By words and by meaning, best first; 10 without `first`. */
  search(query: string, options?: { readonly first?: number; readonly filter?: MemoryFilter }): Promise<FoundMemory[]>
  /** What a module should know before it works: its context, its last decisions, what fits `query`, and how these went. */
  getContext(
    module: MemoryModule,
    options?: { readonly query?: string; readonly first?: number },
  ): Promise<{
    readonly context: RememberedEntry | null
    readonly decisions: readonly RememberedEntry[]
    readonly related: readonly FoundMemory[]
    /** `rate`: successes among those that ended; null where none has. */
    readonly experience: {
      readonly success: number
      readonly failure: number
      readonly pending: number
      readonly rate: number | null
    }
  }>
  /** Tells how things ended. Told again, it changes nothing. */
  learnFromOutcomes(
    outcomes: readonly { readonly key: string; readonly outcome: MemoryOutcome; readonly note?: string }[],
  ): Promise<RememberedEntry[]>
  forget(key: string): Promise<void>
}
