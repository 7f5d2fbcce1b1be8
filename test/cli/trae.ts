import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'

export const ROOT = resolve(import.meta.dirname, '../..')
const LAUNCHER = join(ROOT, 'core/cli/launch.js')

/** Pretends to be Node 20, so that the launcher looks for a newer one: the child that it starts is what it really is. */
const OLD_NODE = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.20.2'}})`

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves with stdout so far once it holds the text; rejects with all output when the process ends before. */
  until(text: string): Promise<string>
}

export interface Options {
  readonly env?: Readonly<Record<string, string>>
  readonly oldNode?: boolean
  readonly launcher?: string
  readonly cwd?: string
  /** What it reads there; nothing without it. */
  readonly stdin?: string
}

/** Starts `trae` as a person would, in an environment that holds nothing of the one who runs the tests. */
/** Tests ask more than a person does. */
const UNLIMITED = { TRAE_LIMIT_ADDRESS: '1000000/1000000', TRAE_LIMIT_COST: '999999999', TRAE_LIMIT_SIGN_IN: '1000000' }

export function startTrae(
  args: readonly string[],
  { env = {}, oldNode = false, launcher = LAUNCHER, cwd = ROOT, stdin }: Options = {},
): Running {
  const child = spawn(process.execPath, [...(oldNode ? ['--import', OLD_NODE] : []), launcher, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TRAE_PORT: '0', ...UNLIMITED, ...env },
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  child.stdin?.end(stdin)
  let [stdout, stderr] = ['', '']
  const heard = new EventTarget()
  child.stdout!.setEncoding('utf8').on('data', text => {
    stdout += text
    heard.dispatchEvent(new Event('heard'))
  })
  child.stderr!.setEncoding('utf8').on('data', text => (stderr += text))
  const ended = new Promise<Ended>(done => child.on('close', (code, signal) => done({ code, signal, stdout, stderr })))
  onTestFinished(() => void child.kill('SIGKILL'))
  return {
    process: child,
    ended,
    until: text =>
      new Promise((done, fail) => {
        const look = () => stdout.includes(text) && done(stdout)
        heard.addEventListener('heard', look)
        look()
        void ended.then(() =>
          fail(new Error(`trae ended before it said ${JSON.stringify(text)}:\n${stdout}\n${stderr}`)),
        )
      }),
  }
}

/** Runs `trae` to its end. */
export const trae = (args: readonly string[], options?: Options): Promise<Ended> => startTrae(args, options).ended

/** A folder of the test's own. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trae-cli-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}
