import { createHash } from 'node:crypto'
import type { ValidateFunction } from 'ajv'
import { z } from 'zod'
import { LLM_SIZES, type LlmMessage } from '../adapters/llm/llm.ts'
import { canonicalJson } from '../canonical-json.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { JsonSchema } from '../playbooks/catalog.ts'
import { schemaProblems } from './action-schema.ts'
import { answeredBefore, type LlmBudget, type LlmCall, reserve, settle, type Spent } from './llm-calls.ts'
import { compile, problemsOf } from './validators.ts'

export type ModelCore = Pick<Core, 'sql' | 'clock' | 'config' | 'llm'>

const text = z.string().max(200_000)
/** What `ctx.llm.generate` takes. */
export const modelQuestion = z
  .strictObject({
    model: z.enum(LLM_SIZES).default('small'),
    system: text.optional(),
    prompt: text.optional(),
    messages: z
      .array(z.strictObject({ role: z.enum(['user', 'assistant']), content: text }))
      .max(100)
      .optional(),
    schema: z.record(z.string(), z.unknown()).optional(),
    answers: z.string().max(100).optional(),
    maxTokens: z.int().min(1).max(32_000).default(1000),
    temperature: z.number().min(0).max(2).optional(),
  })
  .refine(
    ({ prompt, messages }) => (prompt === undefined) !== (messages === undefined),
    'give prompt or messages, one of them',
  )
  .refine(({ schema, answers }) => schema === undefined || answers === undefined, 'give schema or answers, one of them')
export type ModelQuestion = Omit<z.infer<typeof modelQuestion>, 'answers'>

/** The schema of a property of an action's output, without its null. Throws `VALIDATION` where there is none. */
export function outputPart(output: JsonSchema, name: string): JsonSchema {
  const part = (output['properties'] as Record<string, JsonSchema> | undefined)?.[name]
  if (part === undefined)
    throw new TraeError('VALIDATION', `ctx.llm: answers: the output of the action has no ${name}.`)
  const some = (part['anyOf'] as JsonSchema[] | undefined)?.filter(({ type }) => type !== 'null')
  return some?.length === 1 ? some[0]! : part
}

/** What it gives. `output` is there where a schema was given, and fits it. */
export interface ModelAnswer {
  readonly text: string
  readonly output?: unknown
  readonly model: string
  readonly usage: Spent
}

const MOST_REPAIRS = 2

/**
 * Asks the model of this host. With a schema the answer is JSON that fits it: what does not is sent back with what is wrong, twice
 * at most. The answer is kept under the key of the call, so a repeat after a crash is answered from there and costs nothing.
 * Throws `NO_MODEL` where there is none, or it does not take us, `BUDGET`, `VALIDATION` for a schema that is none or an answer
 * that never fits, `UNAVAILABLE`.
 */
export async function askModel(
  core: ModelCore,
  call: Omit<LlmCall, 'requestHash' | 'model' | 'key'> & { readonly count: (requestHash: string) => number },
  question: ModelQuestion,
  budget: LlmBudget,
  signal: AbortSignal | undefined,
): Promise<{ readonly answer: ModelAnswer; readonly replayed: boolean }> {
  const { llm } = core
  if (!llm)
    throw new TraeError(
      'NO_MODEL',
      'This host has no language model. An operator sets OPENAI_API_KEY, or OPENAI_BASE_URL for another endpoint.',
    )
  const fits = question.schema && validatorOf(question.schema)
  const requestHash = createHash('sha256').update(canonicalJson(question)).digest('hex')
  const kept: LlmCall = {
    ...call,
    requestHash,
    model: llm.models[question.model],
    key: `${call.scope}${requestHash.slice(0, 16)}:${call.count(requestHash)}`,
  }
  const before = await answeredBefore(core, kept)
  if (before !== undefined) return { answer: before as ModelAnswer, replayed: true }

  const messages = messagesOf(question)
  let spent: Spent = { inputTokens: 0, outputTokens: 0, cost: 0 }
  for (let repairs = 0; ; repairs++) {
    await reserve(core, kept, spent, guessTokens(messages) + question.maxTokens, budget)
    const given = await llm.ask({ ...question, messages, signal }).catch(async (error: unknown) => {
      await settle(core, kept, spent)
      throw explained(error)
    })
    spent = plus(spent, given, core.config.openai.prices.get(given.model) ?? core.config.openai.prices.get(kept.model))
    const read = fits ? readOutput(given.text, fits) : { output: undefined, problems: [] }
    if (read.problems.length === 0) {
      const answer = { text: given.text, ...(fits ? { output: read.output } : {}), model: given.model, usage: spent }
      await settle(core, kept, spent, answer)
      return { answer, replayed: false }
    }
    await settle(core, kept, spent)
    const why = given.cut ? `it was cut at ${question.maxTokens} tokens; give maxTokens more` : read.problems.join('; ')
    if (repairs === MOST_REPAIRS || given.cut)
      throw new TraeError('VALIDATION', `The model's answer does not fit the schema: ${why}.`)
    messages.push(
      { role: 'assistant', content: given.text },
      { role: 'user', content: `That does not fit: ${why}. Answer with the corrected JSON only.` },
    )
  }
}

function messagesOf({ system, prompt, messages, schema }: ModelQuestion): LlmMessage[] {
  const told = [
    ...(system === undefined ? [] : [system]),
    // In words as well: not every endpoint holds its model to a schema
    ...(schema ? [`Answer with JSON only, no other text, that fits this JSON Schema: ${JSON.stringify(schema)}`] : []),
  ]
  return [
    ...(told.length > 0 ? [{ role: 'system' as const, content: told.join('\n\n') }] : []),
    ...(messages ?? [{ role: 'user' as const, content: prompt! }]),
  ]
}

function validatorOf(schema: Readonly<Record<string, unknown>>): ValidateFunction {
  const problems = schemaProblems(schema as JsonSchema, 'schema')
  if (problems.length > 0) throw new TraeError('VALIDATION', `ctx.llm: ${problems.join('; ')}`)
  return compile(schema as JsonSchema, false)
}

/** The JSON of an answer: the whole text, or what stands in a fence, or from the first bracket to the last. */
function readOutput(answer: string, fits: ValidateFunction): { output: unknown; problems: readonly string[] } {
  const fenced = /```(?:json)?\s*([\s\S]*?)```/.exec(answer)?.[1]
  const bare = /[{[][\s\S]*[}\]]/.exec(answer)?.[0]
  for (const candidate of [answer, fenced, bare]) {
    if (candidate === undefined) continue
    try {
      const output = JSON.parse(candidate) as unknown
      return { output, problems: fits(output) ? [] : problemsOf(fits) }
    } catch {
      // the next candidate
    }
  }
  return { output: undefined, problems: ['it is no JSON'] }
}

/** Four characters a token, and some for each message: a reservation, not a bill. */
const guessTokens = (messages: readonly LlmMessage[]) =>
  messages.reduce((sum, { content }) => sum + Math.ceil(content.length / 3) + 8, 8)

function plus(
  spent: Spent,
  { inputTokens, outputTokens }: { readonly inputTokens: number; readonly outputTokens: number },
  price: { readonly input: number; readonly output: number } | undefined,
): Spent {
  const cost = price && (inputTokens * price.input + outputTokens * price.output) / 1_000_000
  return {
    inputTokens: spent.inputTokens + inputTokens,
    outputTokens: spent.outputTokens + outputTokens,
    cost: cost === undefined || spent.cost === null ? null : spent.cost + cost,
  }
}

/** To a plugin, a model that does not take this host is none. */
function explained(error: unknown): unknown {
  return error instanceof TraeError && error.code === 'CONFIG'
    ? new TraeError('NO_MODEL', error.message, { cause: error })
    : error
}
