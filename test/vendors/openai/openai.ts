import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { lexicalVector } from '../../../core/adapters/embedder/lexical-embedder.ts'
import type { Asked } from '../../../core/testing/open-api.ts'
import { readApi } from '../read-api.ts'

export interface ChatBody {
  readonly model: string
  readonly messages: readonly { readonly role: string; readonly content: string }[]
  readonly max_tokens?: number
  readonly max_completion_tokens?: number
  readonly response_format?: { readonly json_schema: { readonly schema: unknown } }
}
interface EmbeddingBody {
  readonly input: readonly string[]
  readonly dimensions?: number
}

const api = readApi('openai')

/**
 * OpenAI as far as we ask it: chat completions and embeddings. Every request and answer is held against OpenAI's description;
 * what does not fit stands in `problems`. A chat is answered by what `answers` has next, an embedding by the words of the text.
 */
export class FakeOpenAi {
  readonly problems: string[] = []
  readonly chats: ChatBody[] = []
  /** Texts that vectors were made of. */
  readonly embedded: string[] = []
  /** What the model says, each once; then the last again. */
  answers: string[] = ['Olá!']
  finish: 'stop' | 'length' = 'stop'
  /** Statuses to answer with before anything else, each once. */
  readonly instead: number[] = []
  /** While false, connections are broken off. */
  there = true
  /** Answers wait for it. */
  thinks: Promise<unknown> | undefined
  /** Refused as no text of it should be: a word in it. */
  refuses: string | undefined
  readonly #key: string
  readonly #server: Server

  constructor(key: string) {
    this.#key = key
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  /** The base address, as OPENAI_BASE_URL has it. */
  async open(): Promise<string> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    if (!this.there) return void response.destroy()
    const asked = api({
      method: request.method!,
      url: request.url!,
      headers: request.headers,
      text: body,
    })
    const instead = this.instead.shift()
    const [status, answer] = instead
      ? [instead, refusal('try again')]
      : request.headers.authorization !== `Bearer ${this.#key}`
        ? [401, refusal(`Incorrect API key provided: ${String(request.headers.authorization).slice(7)}`)]
        : asked.problems.length > 0
          ? [400, refusal(asked.problems.join('; '))]
          : this.#do(asked)
    this.problems.push(...asked.problems)
    if (status === 200) this.problems.push(...asked.answerProblems(status, answer))
    await this.thinks
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(status === 429 ? { 'retry-after-ms': '1' } : {}),
    })
    response.end(JSON.stringify(answer))
  }

  #do({ operationId, body }: Asked): [number, unknown] {
    switch (operationId) {
      case 'createEmbedding':
        return this.#embed(body as EmbeddingBody)
      case 'createChatCompletion':
        return this.#chat(body as ChatBody)
      default:
        this.problems.push(`this OpenAI does not play ${operationId}`)
        return [501, refusal(operationId)]
    }
  }

  #embed({ input, dimensions = 512 }: EmbeddingBody): [number, unknown] {
    if (this.refuses !== undefined && input.some(one => one.includes(this.refuses!)))
      return [400, refusal('no such text')]
    this.embedded.push(...input)
    const data = input.map((one, index) => ({
      object: 'embedding',
      index,
      embedding: [...lexicalVector(one)].slice(0, dimensions),
    }))
    return [
      200,
      { object: 'list', model: 'text-embedding-3-small', data, usage: { prompt_tokens: 8, total_tokens: 8 } },
    ]
  }

  #chat(body: ChatBody): [number, unknown] {
    this.chats.push(body)
    const content = this.answers.length > 1 ? this.answers.shift()! : this.answers[0]!
    return [
      200,
      {
        id: `chatcmpl-${this.chats.length}`,
        object: 'chat.completion',
        created: 1_790_000_000,
        model: body.model,
        choices: [
          {
            index: 0,
            finish_reason: this.finish,
            logprobs: null,
            message: { role: 'assistant', content, refusal: null },
          },
        ],
        usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
      },
    ]
  }
}

const refusal = (message: string) => ({ error: { message, type: 'invalid_request_error', param: null, code: null } })
