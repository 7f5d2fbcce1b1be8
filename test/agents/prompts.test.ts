import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { OpenAiLlm } from '../../core/adapters/llm/openai-llm.ts'
import { OpenAiClient } from '../../core/adapters/openai-client.ts'
import { type AskedModel, closeTests } from '../../core/testing/testing.ts'
import { ACTIONS, PLUGINS } from '../content/catalog.ts'
import { FakeOpenAi } from '../vendors/openai/openai.ts'
import { skill } from './agent.ts'
import { CASES, EMAIL, PHONE } from './cases.ts'

const ROOT = join(import.meta.dirname, '../../plugins')
const KEY = 'sk-of-the-tests'
/** What the SDK adds to every question, in the two languages that prompts are written in. */
const LANGUAGES: Readonly<Record<string, { readonly rules: string; readonly refused: string }>> = {
  en: { rules: 'Write in English.', refused: 'A model that answers as it is asked' },
  'pt-BR': { rules: 'Escreva em português do Brasil.', refused: 'Um modelo que responda como pedido' },
}
const cited = { text: 'um texto', facts: ['F1'] }
const ANSWERS: Readonly<Record<string, unknown>> = {
  draft: { parts: [{ heading: 'x', ...cited }] },
  judgement: { conclusions: [cited], actions: [cited] },
  written: { subject: 'um assunto', paragraphs: [cited] },
}

const files = (await readdir(ROOT, { recursive: true })).filter(file => basename(dirname(file)) === 'prompts').sort()
const prompts = await Promise.all(
  files.map(async file => ({
    file,
    plugin: file.split('/')[0]!,
    locale: basename(file, '.json'),
    texts: JSON.parse(await readFile(join(ROOT, file), 'utf8')) as Readonly<Record<string, string>>,
  })),
)
const skills = prompts.flatMap(prompt =>
  Object.keys(prompt.texts)
    .filter(name => name !== 'role')
    .map(name => ({ ...prompt, uses: `${prompt.plugin}/${name}`, text: prompt.texts[name]! })),
)

describe('prompts are files', () => {
  test('in both languages, for the same skills, by every plugin that may ask a model', () => {
    const asking = PLUGINS.filter(({ permissions }) => permissions.llm).map(({ id }) => id)
    const wanted = asking.flatMap(id => Object.keys(LANGUAGES).map(locale => `${id}/prompts/${locale}.json`))
    expect(files).toEqual(wanted.sort())
    for (const { plugin, texts } of prompts) {
      const other = prompts.find(one => one.plugin === plugin && one.texts !== texts)!
      expect(Object.keys(texts)).toEqual(Object.keys(other.texts))
      for (const [name, text] of Object.entries(texts)) expect(text, name).not.toBe(other.texts[name])
    }
  })

  test.each([...new Set(skills.map(({ uses }) => uses))])('%s is one of an action that a case here asks', uses => {
    expect(ACTIONS.has(uses)).toBe(true)
    expect(CASES).toHaveProperty([uses])
  })
})

describe('a prompt', { timeout: 60_000 }, () => {
  let openai: FakeOpenAi
  let llm: OpenAiLlm
  beforeAll(async () => {
    openai = new FakeOpenAi(KEY)
    const client = new OpenAiClient({ apiKey: KEY, baseUrl: await openai.open(), retries: 0 })
    llm = new OpenAiLlm(client, { small: 'gpt-5.4-mini', large: 'gpt-5.5' })
  })
  beforeEach(() => void openai.chats.splice(0))
  // What OpenAI's own description of its API does not take stands there
  afterEach(() => expect(openai.problems).toEqual([]))
  afterAll(async () => {
    await openai.close()
    await closeTests()
  })

  /** Over the wire, as the host asks. */
  const ask = async ({ size: model, system, prompt, schema }: AskedModel) => {
    const messages = [
      { role: 'system' as const, content: system },
      { role: 'user' as const, content: prompt },
    ]
    return (await llm.ask({ model, messages, maxTokens: 2000, ...(schema ? { schema } : {}) })).text
  }
  const run = (uses: string, locale: string) => {
    const [plugin, action] = uses.split('/') as [string, string]
    const given = CASES[uses]!.test(locale)
    return skill<Record<string, unknown>>(plugin, action, { ...given, locale, model: ask })
  }

  test.each(skills)('$uses in $locale is sent with what it is about, and what comes back is used', async one => {
    const { uses, plugin, locale, text, texts } = one
    const { says, answers = 'draft', answer = ANSWERS[answers] } = CASES[uses]!
    openai.answers = [JSON.stringify(answer)]
    const { output } = await run(uses, locale)

    expect(openai.chats).toHaveLength(1)
    const [{ messages, response_format: format }] = openai.chats as [(typeof openai.chats)[0]]
    const [system, prompt] = messages.map(({ content }) => content) as [string, string]
    expect(system).toContain(text)
    if (texts['role']) expect(system).toContain(texts['role'])
    expect(system).toContain(LANGUAGES[locale]!.rules)
    for (const other of skills.filter(({ plugin: of, text: its }) => of === plugin && its !== text))
      expect(system, `${other.uses} in ${other.locale}`).not.toContain(other.text)
    for (const word of says) expect(prompt).toContain(word)
    const { required } = format!.json_schema.schema as { required: readonly string[] }
    expect([...required].sort()).toEqual(Object.keys(answer as object).sort())

    const sent = JSON.stringify(openai.chats)
    for (const secret of [KEY, EMAIL, PHONE, PHONE.slice(1)]) expect(sent).not.toContain(secret)
    expect(sent).not.toMatch(/postgres:\/\/|bearer|api.?key|password/i)

    expect(output[answers]).toEqual(answer)
    expect(output.model).toMatch(/^played-/)
  })

  test.each(skills)('$uses in $locale does without a model that answers something else, and says so', async one => {
    const { uses, locale } = one
    const { answers = 'draft' } = CASES[uses]!
    openai.answers = ['{"parts":"no","written":1}']
    const { output } = await run(uses, locale)
    expect(openai.chats).toHaveLength(3) // told twice what was wrong
    expect(output[answers]).toBeNull()
    expect(output.model).toBeNull()
    expect(output.notKnown.at(-1)!.needs).toContain(LANGUAGES[locale]!.refused)
  })
})
