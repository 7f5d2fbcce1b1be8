/** A question to the language model: `prompt`, or `messages` of a conversation. */
export interface ModelQuestion {
  /** `small` (cheap and quick) without it. Which models these are, the operator of the host says. */
  readonly model?: 'small' | 'large'
  /** What the model is, and how it is to answer. */
  readonly system?: string
  readonly prompt?: string
  readonly messages?: readonly { readonly role: 'user' | 'assistant'; readonly content: string }[]
  /** JSON Schema that the answer must fit; `output` then has it, checked. */
  readonly schema?: Readonly<Record<string, unknown>>
  /** A property of the action's own output in the place of a schema: what is answered is to become that. */
  readonly answers?: string
  /** The longest answer; 1,000 without it. It is set aside from the budget until the answer is there. */
  readonly maxTokens?: number
  /** 0 to 2; the model's own without it. Some models take none. */
  readonly temperature?: number
}

/** What the model said, and what it cost. */
export interface ModelAnswer {
  readonly text: string
  /** Where a schema was given: what the text says, and it fits. */
  readonly output?: unknown
  readonly model: string
  readonly usage: {
    readonly inputTokens: number
    readonly outputTokens: number
    /** US dollars; null where the operator has not said what the model costs. */
    readonly cost: number | null
  }
}
