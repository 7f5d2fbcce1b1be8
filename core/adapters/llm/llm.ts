/** A language model, behind any endpoint that speaks as OpenAI's does. A host may have none. */
export interface Llm {
  /** What the two sizes stand for here: the names that the endpoint knows. */
  readonly models: Readonly<Record<LlmSize, string>>
  /**
   * One answer. Throws `UNAVAILABLE` while the endpoint cannot be reached or is overloaded (after tries of its own), `CONFIG`
   * when it refuses the key or the model, `VALIDATION` when it refuses the request, `CANCELLED`.
   */
  ask(question: LlmQuestion): Promise<LlmAnswer>
}

export const LLM_SIZES = ['small', 'large'] as const
export type LlmSize = (typeof LLM_SIZES)[number]

export interface LlmMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

export interface LlmQuestion {
  readonly model: LlmSize
  readonly messages: readonly LlmMessage[]
  /** The most that the answer may take. */
  readonly maxTokens: number
  /** 0 to 2. */
  readonly temperature?: number | undefined
  /** JSON Schema of the answer, for endpoints that hold the model to it. */
  readonly schema?: Readonly<Record<string, unknown>> | undefined
  readonly signal?: AbortSignal | undefined
}

export interface LlmAnswer {
  readonly text: string
  /** The model that answered, as the endpoint calls it. */
  readonly model: string
  readonly inputTokens: number
  readonly outputTokens: number
  /** The answer was cut at `maxTokens`. */
  readonly cut: boolean
}
