import { readdir } from 'node:fs/promises'
import { extname, join, relative, resolve } from 'node:path'
import { run } from 'node:test'
import { pathToFileURL } from 'node:url'
import { TraeError } from '../errors.ts'
import { defineCommand } from './command.ts'
import { testService } from './plugin-test-service.ts'
import type { Terminal } from './terminal.ts'

const IMPORTS = pathToFileURL(
  join(import.meta.dirname, `../testing/author-imports${extname(import.meta.filename)}`),
).href

interface Told {
  readonly name: string
  readonly passed: boolean
  readonly file: string
  readonly line: number | undefined
  readonly milliseconds: number
  readonly message?: string
}

export const pluginTest = defineCommand({
  usage: 'plugin test <folder> [--only <text> | --service <name>]',
  about:
    'Runs the tests of the plugin in this folder: every *.test.ts of it, with node:test. `testAction` of trae-os/sdk/testing runs an\naction in the real sandbox with a far side that the test plays. Needs no host. Exits with 1 when one fails.',
  flags: {
    only: { type: 'string', value: '<text>', help: 'only tests whose name holds this text' },
    service: { type: 'string', value: '<name>', help: 'hold it against the contract of this service instead' },
  },
  positionals: { least: 1, most: 1 },
  async run({ flags, positionals, terminal }) {
    const folder = resolve(positionals[0]!)
    if (flags.service !== undefined) return testService(terminal, folder, flags.service)
    const tests = await runTests(terminal, folder, await testFiles(folder), flags.only)
    const failed = tests.filter(({ passed }) => !passed).length
    terminal.line(`${tests.length - failed} of ${tests.length} tests passed.`)
    if (tests.length === 0) terminal.line(flags.only ? `No test is named like ${flags.only}.` : 'No file holds a test.')
    terminal.data({ ok: failed === 0 && tests.length > 0, tests })
    return failed === 0 && tests.length > 0 ? 0 : 1
  },
})

async function testFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (cause: NodeJS.ErrnoException) => {
      throw new TraeError('NOT_FOUND', `${folder} is no folder that can be read (${cause.code}).`, { cause })
    },
  )
  const files = entries
    .filter(entry => entry.isFile() && /\.test\.(ts|js|mjs)$/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => !/(^|[\\/])(node_modules|dist)[\\/]/.test(relative(folder, path)))
    .sort()
  if (files.length > 0) return files
  throw new TraeError('NOT_FOUND', `${folder} holds no tests: write one as test/greet.test.ts, with node:test.`)
}

/** A line for each test as it ends; each file has a process of its own. */
async function runTests(
  terminal: Terminal,
  folder: string,
  files: string[],
  only: string | undefined,
): Promise<Told[]> {
  const told: Told[] = []
  const stream = run({
    files,
    cwd: folder,
    // What testAction holds open, the database and the sandbox, ends with the process of the file
    execArgv: ['--import', IMPORTS, '--test-force-exit'],
    ...(only === undefined ? {} : { testNamePatterns: [new RegExp(only.replace(/[^\w\s]/g, '\\$&'), 'i')] }),
  })
  const tell = (passed: boolean, test: TestEnd) => {
    if (test.skip !== undefined || test.todo !== undefined || test.details.type === 'suite') return
    if (passed && files.includes(resolve(folder, test.name))) return // a file without a test counts as one for Node
    const failure = test.details.error
    const cause = failure?.cause
    const message = passed ? undefined : cause instanceof Error ? cause.message : String(cause ?? failure?.message)
    const one: Told = {
      name: test.name,
      passed,
      file: relative(folder, test.file ?? folder).replaceAll('\\', '/'),
      line: test.line,
      milliseconds: Math.round(test.details.duration_ms),
      ...(message === undefined ? {} : { message }),
    }
    told.push(one)
    show(terminal, one)
  }
  for await (const { type, data } of stream as AsyncIterable<{ type: string; data: unknown }>) {
    if (type === 'test:pass') tell(true, data as TestEnd)
    else if (type === 'test:fail') tell(false, data as TestEnd)
    else if (type === 'test:stderr' && !terminal.json) process.stderr.write((data as { message: string }).message)
  }
  return told
}

/** What node:test says of a test that is over. */
interface TestEnd {
  readonly name: string
  readonly file?: string
  readonly line?: number
  readonly skip?: string | boolean
  readonly todo?: string | boolean
  readonly details: {
    readonly type?: string
    readonly duration_ms: number
    readonly error?: { readonly message: string; readonly cause?: unknown }
  }
}

function show(terminal: Terminal, { name, passed, file, line, milliseconds, message }: Told): void {
  const mark = passed ? terminal.paint('green', '✓') : terminal.paint('red', '✗')
  terminal.line(`${mark} ${name} ${terminal.paint('dim', `(${milliseconds} ms)`)}`)
  if (message === undefined) return
  terminal.line(`    ${file}${line === undefined ? '' : `:${line}`}`)
  for (const text of message.split('\n')) terminal.line(`    ${terminal.paint('red', text)}`)
}
