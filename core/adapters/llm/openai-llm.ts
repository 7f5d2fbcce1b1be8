import type { OpenAiClient } from '../openai-client.ts'
import type { Llm, LlmAnswer, LlmQuestion, LlmSize } from './llm.ts'

/** Chat completions of OpenAI, or of any endpoint that speaks as it does: that is what all of them know. */
export class OpenAiLlm implements Llm {
  readonly models: Readonly<Record<LlmSize, string>>
  readonly #client: OpenAiClient

  constructor(client: OpenAiClient, models: Readonly<Record<LlmSize, string>>) {
    this.#client = client
    this.models = models
  }

  async ask({ model, messages, maxTokens, temperature, schema, signal }: LlmQuestion): Promise<LlmAnswer> {
    const name = this.models[model]
    const answer = await this.#client.ask(
      client =>
        client.chat.completions.create(
          {
            model: name,
            messages: messages.map(({ role, content }) => ({ role, content })),
            // OpenAI's newer models take the one name, other endpoints know only the other
            ...(this.#client.isOpenAi ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens }),
            ...(temperature === undefined ? {} : { temperature }),
            ...(schema && {
              response_format: { type: 'json_schema' as const, json_schema: { name: 'answer', schema: { ...schema } } },
            }),
          },
          signal ? { signal } : {},
        ),
      signal,
    )
    const [choice] = answer.choices
    const text = choice?.message.content ?? ''
    return {
      text,
      model: answer.model,
      // Endpoints that do not count are counted for: four characters a token
      inputTokens:
        answer.usage?.prompt_tokens ?? Math.ceil(messages.reduce((sum, one) => sum + one.content.length, 0) / 4),
      outputTokens: answer.usage?.completion_tokens ?? Math.ceil(text.length / 4),
      cut: choice?.finish_reason === 'length',
    }
  }
}
