import type { Llm, LlmAnswer, LlmQuestion } from '../adapters/llm/llm.ts'
import { TraeError } from '../errors.ts'
import type { ActionTest, AskedModel } from './action-test.ts'

/** A language model that the test plays. What it is asked beyond its answers fails the test. */
export class PlayedModel implements Llm {
  readonly models = { small: 'played-small', large: 'played-large' }
  readonly asked: AskedModel[] = []
  readonly #answers: NonNullable<ActionTest['model']>

  constructor(answers: NonNullable<ActionTest['model']>) {
    this.#answers = answers
  }

  async ask({ model: size, messages, schema }: LlmQuestion): Promise<LlmAnswer> {
    const said = (system: boolean) => messages.filter(({ role }) => (role === 'system') === system)
    const text = (system: boolean) =>
      said(system)
        .map(({ content }) => content)
        .join('\n\n')
    const question: AskedModel = { size, system: text(true), prompt: text(false), schema }
    this.asked.push(question)
    const answers = this.#answers
    if (typeof answers !== 'function' && this.asked.length > answers.length)
      throw new TraeError(
        'VALIDATION',
        `The model was asked more than the ${answers.length} times that the test answers.`,
      )
    const answer = typeof answers === 'function' ? await answers(question) : answers[this.asked.length - 1]
    const content = typeof answer === 'string' ? answer : JSON.stringify(answer)
    const tokens = (length: number) => Math.ceil(length / 4)
    const inputTokens = tokens(question.system.length + question.prompt.length)
    return { text: content, model: this.models[size], inputTokens, outputTokens: tokens(content.length), cut: false }
  }
}
