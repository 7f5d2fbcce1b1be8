import { randomUUID } from 'node:crypto'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { OpenAiLlm } from '../../core/adapters/llm/openai-llm.ts'
import { OpenAiClient } from '../../core/adapters/openai-client.ts'
import { readConfig } from '../../core/config.ts'
import { listEntries } from '../../core/memory/read-entries.ts'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { type ActionCall, callAction } from '../../core/plugins/call-action.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { listPermissions, missingPermissions, permissions, permissionSentence } from '../../core/plugins/permissions.ts'
import { resolveAction } from '../../core/plugins/resolve-action.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { FakeOpenAi } from '../vendors/openai/openai.ts'
import { FIXTURES, insertWorkspace, openPluginWorld, type PluginWorld } from './world.ts'

const KEY = 'sk-of-the-tests'
const MODELS = { small: 'gpt-5.4-mini', large: 'gpt-5.5' }

describe.each(DATABASE_KINDS)('the model and the memory of a plugin, on %s', kind => {
  let world: PluginWorld
  let openai: FakeOpenAi
  let core: PluginWorld['core']
  let workspaceId: PluginWorld['workspaceId']
  let path: string
  let baseUrl: string
  let lines: string[]
  let workspaces = 0

  beforeAll(async () => {
    world = await openPluginWorld(kind)
    path = join(world.folder, 'thinker')
    await buildPlugin(join(FIXTURES, 'thinker'), path)
  })
  afterAll(() => world?.close())
  beforeEach(async () => {
    openai = new FakeOpenAi(KEY)
    baseUrl = await openai.open()
    core = {
      ...world.core,
      config: readConfig({ OPENAI_PRICES: 'gpt-5.4-mini=1/10' }),
      llm: new OpenAiLlm(new OpenAiClient({ apiKey: KEY, baseUrl, retries: 1 }), MODELS),
    }
    workspaceId = await insertWorkspace(core, `thinking-${++workspaces}`)
    await installPlugin(core, { workspaceId, from: { kind: 'folder', path }, grant: 'all-declared' })
    lines = []
  })
  afterEach(async () => {
    await openai.close()
    expect(openai.problems).toEqual([])
  })

  const runOf = (more: Partial<ActionCall['run']> = {}) => ({
    id: randomUUID(),
    path: 'step',
    attempt: 1,
    key: `run/${randomUUID()}`,
    playbookId: 'p',
    ...more,
  })
  const call = async (uses: string, input: unknown, run = runOf()) =>
    (
      await callAction(core, {
        workspaceId,
        action: resolveAction(core, workspaceId, uses),
        input,
        run,
        locale: 'pt-BR',
        timeZone: 'America/Sao_Paulo',
        onLog: ({ message }) => lines.push(message),
      })
    ).output

  test('asks the model that the host calls small, and the run says what it cost', async () => {
    expect(await call('thinker/think', { prompt: 'Diga olá' })).toEqual({ texts: ['Olá!'] })
    expect(openai.chats[0]).toMatchObject({
      model: 'gpt-5.4-mini',
      messages: [{ role: 'user', content: 'Diga olá' }],
      max_tokens: 100,
    })
    expect(lines).toContain('model gpt-5.4-mini: 100 tokens in, 20 out, US$ 0.0003')
  })

  test('the instructions of its SKILL.md come first, before what it says of the question', async () => {
    const source = join(world.folder, 'instructed-source')
    await cp(join(FIXTURES, 'thinker'), source, { recursive: true })
    const skill = '---\nname: thinker\ndescription: Thinks.\nlicense: MIT\n---\n\nBe brief.\n'
    await writeFile(join(source, 'SKILL.md'), skill)
    const instructed = join(world.folder, 'instructed')
    const { skill: carried } = await buildPlugin(source, instructed)
    expect(carried).toEqual({ name: 'thinker', description: 'Thinks.', instructions: 'Be brief.' })
    const from = { kind: 'folder', path: instructed } as const
    const { digest } = await installPlugin(core, { workspaceId, from, grant: 'all-declared' })
    await call('thinker/think', { prompt: 'Diga olá' })
    expect(openai.chats[0]!.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Diga olá' },
    ])
    openai.answers = ['{"mood":"good","score":0.9}']
    await call('thinker/judge', { reply: 'sim' })
    expect(openai.chats[1]!.messages[0]!.content).toMatch(/^Be brief\.\n\n/)

    await writeFile(join(source, 'SKILL.md'), skill.replace('brief', 'long'))
    await buildPlugin(source, instructed)
    expect((await installPlugin(core, { workspaceId, from, grant: 'all-declared' })).digest).not.toBe(digest)
  })

  test.each([
    ['Be brief.', 'must begin with a head of YAML'],
    ['---\nname: thinker\n---\nBe brief.', 'description:'],
    ['---\nname: Thinker\ndescription: x\n---\nBe brief.', 'name: must be lower case letters'],
    ['---\nname: other\ndescription: x\n---\nBe brief.', 'skill.name: must be the id of the plugin, thinker'],
    ['---\nname: thinker\ndescription: x\nrun: rm\n---\nBe brief.', 'run'],
    ['---\nname: [\n---\nBe brief.', 'its head is no YAML'],
    ['---\nname: thinker\ndescription: x\n---\n', 'no instructions under it'],
    [`---\nname: thinker\ndescription: x\n---\n${'x'.repeat(32_001)}`, 'has 32001 characters of instructions'],
  ])('a SKILL.md that is none is refused: %#', async (text, message) => {
    const source = join(world.folder, `none-${randomUUID()}`)
    await cp(join(FIXTURES, 'thinker'), source, { recursive: true })
    await writeFile(join(source, 'SKILL.md'), text)
    await expect(buildPlugin(source, join(world.folder, 'none'))).rejects.toMatchObject({
      code: 'MANIFEST',
      message: expect.stringContaining(message),
    })
  })

  test('without a model a skill hears NO_MODEL, and does without', async () => {
    core = { ...core, llm: undefined }
    expect(await call('thinker/think', { prompt: 'Diga olá' })).toEqual({ texts: ['by the rule'] })
    await expect(call('thinker/judge', { reply: 'sim' })).rejects.toMatchObject({
      code: 'NO_MODEL',
      retryable: false,
      message: expect.stringContaining('OPENAI_API_KEY'),
    })
  })

  test('a model that does not take the key is none, and nobody sees the key', async () => {
    core = { ...core, llm: new OpenAiLlm(new OpenAiClient({ apiKey: 'sk-wrong-key', baseUrl }), MODELS) }
    const error = (await call('thinker/judge', { reply: 'sim' }).catch((e: Error) => e)) as Error
    expect(error).toMatchObject({ code: 'NO_MODEL' })
    expect(error.message).not.toContain('sk-wrong')
  })

  test('an answer of a shape is checked, and repaired where it does not fit', async () => {
    openai.answers = [
      'I think it is good.',
      '```json\n{"mood":"great","score":0.9}\n```',
      '{"mood":"good","score":0.9}',
    ]
    expect(await call('thinker/judge', { reply: 'Pode ser amanhã!' })).toEqual({ mood: 'good', score: 0.9 })
    expect(openai.chats).toHaveLength(3)
    expect(openai.chats[0]!.response_format?.json_schema.schema).toMatchObject({ required: ['mood', 'score'] })
    expect(openai.chats[2]!.messages.at(-1)!.content).toContain(
      '/mood must be equal to one of the allowed values (good, bad)',
    )
    expect(lines).toContain('model gpt-5.4-mini: 300 tokens in, 60 out, US$ 0.0009')
  })

  test('one that never fits is an error after two repairs', async () => {
    openai.answers = ['no']
    await expect(call('thinker/judge', { reply: 'sim' })).rejects.toMatchObject({ code: 'VALIDATION' })
    expect(openai.chats).toHaveLength(3)
  })

  test('the same call, made again after a crash, is answered from the journal', async () => {
    openai.answers = ['um', 'dois', 'três']
    const run = runOf()
    const first = await call('thinker/think', { prompt: 'Conte', times: 2 }, run)
    expect(first).toEqual({ texts: ['um', 'dois'] })
    expect(await call('thinker/think', { prompt: 'Conte', times: 2 }, run)).toEqual(first)
    expect(openai.chats).toHaveLength(2)
    expect(lines.at(-2)).toContain('answered from the journal')
    // another attempt of the step is another question
    expect(await call('thinker/think', { prompt: 'Conte' }, { ...run, attempt: 2 })).toEqual({ texts: ['três'] })
  })

  test('a model that is away is asked again later, and what was set aside is free again', async () => {
    openai.instead.push(500, 500)
    await expect(call('thinker/think', { prompt: 'Oi' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
    })
    const [row] = await core.sql.query<{ tokens: number }>(
      {
        name: '',
        text: 'select sum(input_tokens + output_tokens)::int as tokens from llm_calls where workspace_id = $1',
      },
      [workspaceId],
    )
    expect(row!.tokens).toBe(0)
    openai.instead.push(429) // asked again by itself
    expect(await call('thinker/think', { prompt: 'Oi' })).toEqual({ texts: ['Olá!'] })
  })

  test('spends what was granted for a run and for a day, and not a token more', async () => {
    const run = runOf()
    await expect(call('thinker/think', { prompt: 'Oi', maxTokens: 6000 }, run)).rejects.toMatchObject({
      code: 'BUDGET',
      message: expect.stringContaining('of the 5000 granted for one run 5000 are left'),
    })
    expect(openai.chats).toHaveLength(0)
    // 120 tokens each
    for (let i = 0; i < 33; i++) await call('thinker/think', { prompt: `Oi ${i}` }, { ...run, key: `${run.key}/${i}` })
    await expect(call('thinker/think', { prompt: 'Oi', maxTokens: 2000 }, run)).rejects.toMatchObject({
      code: 'BUDGET',
    })
    for (let i = 0; i < 60; i++) await call('thinker/think', { prompt: 'Oi' })
    await expect(call('thinker/think', { prompt: 'Oi', maxTokens: 2000 })).rejects.toMatchObject({
      code: 'BUDGET',
      message: expect.stringContaining('for 24 hours'),
    })
    core.clock.advance(25 * 3_600_000)
    expect(await call('thinker/think', { prompt: 'Oi', maxTokens: 2000 })).toEqual({ texts: ['Olá!'] })
  })

  test('two questions at once cannot both take what is left', async () => {
    const run = runOf()
    const asked = [1, 2].map(i =>
      call('thinker/think', { prompt: `Oi ${i}`, maxTokens: 3000 }, { ...run, key: `${run.key}/${i}` }),
    )
    openai.thinks = Promise.race(asked).catch(() => {}) // one is refused before the other has its answer and gives back what it did not need
    const both = await Promise.allSettled(asked)
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  test('may not ask a model that was not granted, nor anything without a grant', async () => {
    await expect(call('thinker/think', { prompt: 'Oi', model: 'large' })).rejects.toMatchObject({
      code: 'PERMISSION',
      message: expect.stringContaining('does not ask for the large model'),
    })
    await expect(call('thinker/sneak', {})).rejects.toMatchObject({
      code: 'PERMISSION',
      message: expect.stringContaining('effect: read'),
    })
    await core.sql.query(
      { name: '', text: `update installations set granted = granted - 'memory' - 'llm' where workspace_id = $1` },
      [workspaceId],
    )
    await core.plugins.invalidate(workspaceId)
    for (const [uses, input] of [
      ['thinker/recall', { query: 'x' }],
      ['thinker/remember', { entries: [{ type: 'note', content: 'x' }] }],
      ['thinker/think', { prompt: 'x' }],
    ] as const)
      await expect(call(uses, input)).rejects.toMatchObject({
        code: 'PERMISSION',
        message: expect.stringContaining('was not granted'),
      })
    expect(openai.chats).toHaveLength(0)
    expect((await listEntries(core, workspaceId, {})).items).toEqual([])
  })

  test('stores once what it stores, finds it again, and learns', async () => {
    const run = runOf()
    const entries = [
      { type: 'decision', module: 'vendas', content: 'Dar desconto de 10% à padaria' },
      { type: 'decision', module: 'vendas', content: 'Ligar para a padaria na terça' },
      { type: 'context', module: 'vendas', content: 'Vendemos farinha' },
    ]
    const { keys } = (await call('thinker/remember', { entries }, run)) as { keys: string[] }
    expect(((await call('thinker/remember', { entries }, run)) as { keys: string[] }).keys).toEqual(keys)
    expect((await listEntries(core, workspaceId, {})).items).toHaveLength(3)
    expect(await call('thinker/recall', { query: 'descontos' })).toEqual({
      found: ['Dar desconto de 10% à padaria'],
      context: 'Vendemos farinha',
    })
    expect(await call('thinker/learn', { key: keys[0] })).toEqual({ outcome: 'success', after: false })
    await expect(call('thinker/remember', { entries: [{ type: 'lead', content: 'x' }] })).rejects.toMatchObject({
      code: 'VALIDATION',
    })
  })
})

describe('the permissions for model and memory', () => {
  const asked = permissions.parse({
    llm: { models: ['small', 'large'], tokensPerRun: 20_000, tokensPerDay: 500_000, reason: 'To think' },
    memory: [{ name: 'read', reason: 'To know' }],
  })

  test('are told in plain words', () => {
    const told = (locale: string) => listPermissions(asked).map(one => permissionSentence(one, locale))
    expect(told('en')[0]).toContain('the large one included: up to 20,000 tokens in a run and 500,000 in 24 hours')
    expect(told('pt-BR')[0]).toContain('até 20.000 tokens por execução e 500.000 em 24 horas')
    expect(told('pt-BR')[1]).toContain('memória compartilhada')
  })

  test.each([
    ['more tokens', { llm: { ...asked.llm!, tokensPerRun: 20_001 } }, 'LLM'],
    ['another model', { llm: { ...asked.llm!, models: ['large' as const] } }, undefined],
    ['to write', { memory: [{ name: 'write' as const, reason: 'x' }] }, 'MEMORY'],
    ['the same for another reason', { llm: { ...asked.llm!, reason: 'Other' } }, undefined],
  ])('an update that asks for %s is compared with what was granted', (_what, change, kind) => {
    expect(missingPermissions({ ...asked, ...change }, asked).map(one => one.kind)).toEqual(kind ? [kind] : [])
    expect(missingPermissions({ ...asked, ...change }, permissions.parse({})).length).toBeGreaterThan(0)
  })
})
