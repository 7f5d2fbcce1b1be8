import { ENGINE_VERSION } from '../../plugins/engine-version.ts'

/**
 * The files of a new plugin, by path: one action in two languages, its test, and what editors and npm want to know. It is a
 * plugin that passes `trae plugin check` with nothing to say, so that whatever is said later is about the author's own work.
 */
export function pluginFiles(id: string): Readonly<Record<string, string>> {
  const title = id.replaceAll('-', ' ').replace(/^./, first => first.toUpperCase())
  return {
    'index.ts': `import { definePlugin } from 'trae-os/sdk'
import { greet } from './actions/greet.ts'
import en from './messages/en.json' with { type: 'json' }
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: '${id}',
  version: '0.1.0',
  kind: 'skill',
  engine: '^${ENGINE_VERSION.split('.')[0]}',
  title: '${title}',
  description: 'Greets people in their own language.',
  publisher: 'Your name',
  license: 'MIT',
  // What it asks for, each with a reason that whoever installs it reads. What is not asked for is refused.
  permissions: {},
  actions: { greet },
  messages: { en, 'pt-BR': pt },
})
`,
    'actions/greet.ts': `import { defineAction, z } from 'trae-os/sdk'

export const greet = defineAction({
  title: 'Greet somebody',
  description: 'Gives a greeting in the language of the lead. Sends nothing.',
  input: z.object({ name: z.string().min(1).max(100) }),
  output: z.object({ text: z.string() }),
  // none: it only computes. A question to a vendor is read, a change is write, a message to a person is send.
  effect: 'none',
  idempotency: 'none',
  sample: { name: 'Ana' },
  run: (input, ctx) => ({ text: ctx.t('greeting', { name: input.name }) }),
})
`,
    'messages/en.json': json({ greeting: 'Hello, {name}!' }),
    'messages/pt-BR.json': json({
      'plugin.title': title,
      'plugin.description': 'Cumprimenta as pessoas na língua delas.',
      'actions.greet.title': 'Cumprimentar alguém',
      'actions.greet.description': 'Dá um cumprimento na língua do lead. Não envia nada.',
      greeting: 'Olá, {name}!',
    }),
    'test/greet.test.ts': `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testAction } from 'trae-os/sdk/testing'

const plugin = new URL('..', import.meta.url)

test('greets in the language of the lead', async () => {
  const { output } = await testAction(plugin, 'greet', { input: { name: 'Ana' }, locale: 'pt-BR' })
  assert.deepEqual(output, { text: 'Olá, Ana!' })
})

test('takes no empty name', async () => {
  await assert.rejects(testAction(plugin, 'greet', { input: { name: '' } }), { code: 'VALIDATION' })
})
`,
    'package.json': json({
      name: `trae-plugin-${id}`,
      version: '0.1.0',
      private: true,
      type: 'module',
      license: 'MIT',
    }),
    'tsconfig.json': json({
      compilerOptions: {
        target: 'es2024',
        lib: ['es2024'],
        types: [],
        module: 'nodenext',
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        erasableSyntaxOnly: true,
        allowImportingTsExtensions: true,
        resolveJsonModule: true,
      },
      include: ['**/*.ts'],
      exclude: ['dist', 'node_modules', '**/*.test.ts'],
    }),
    '.gitignore': 'dist/\nnode_modules/\n*.tgz\n',
  }
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`
