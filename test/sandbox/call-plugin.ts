import { createHash } from 'node:crypto'
import { createLog } from '../../core/log.ts'
import type { HostLimits } from '../../core/sandbox/limits.ts'
import { Sandbox } from '../../core/sandbox/sandbox.ts'
import type { PluginCode, SandboxCall } from '../../core/sandbox/call.ts'

export const LIMITS = { memoryMb: 64, cpuMs: 500, wallMs: 10_000 }
export const CONTEXT = {
  run: { id: 'run-1', path: 'score', attempt: 1, key: 'key-1' },
  workspace: { id: 'workspace-1', timeZone: 'America/Sao_Paulo', locale: 'pt-BR' },
  locale: 'pt-BR',
}
const MESSAGES = { 'pt-BR': { hello: 'Olá, {name}!' }, en: { hello: 'Hello, {name}!', only: 'English only' } }

export function newSandbox(limits: Partial<HostLimits> = {}): Sandbox {
  return new Sandbox({ log: createLog('silent'), limits })
}

export function bundle(source: string): PluginCode {
  return { digest: createHash('sha256').update(source).digest('hex'), source: async () => source }
}

/** A plugin of one action, `act`, whose body is given: `input` and `ctx` are in scope. */
export function plugin(body: string): PluginCode {
  return bundle(
    `export default { id: 'test', messages: ${JSON.stringify(MESSAGES)}, triggers: {}, actions: { act: { async run(input, ctx) { ${body} } } } }`,
  )
}

/** Calls `actions.act` unless told otherwise and parses the output. */
export async function act(
  sandbox: Sandbox,
  code: PluginCode,
  input: unknown = null,
  rest: Partial<SandboxCall> = {},
): Promise<unknown> {
  const { output } = await sandbox.call({
    code,
    workspaceId: 'workspace-1',
    entry: 'actions.act',
    input: JSON.stringify(input),
    context: CONTEXT,
    limits: LIMITS,
    host: async () => null,
    ...rest,
  })
  return JSON.parse(output)
}

/** The code and message of the rejection; fails the test when there is none. */
export async function failure(
  promise: Promise<unknown>,
): Promise<{ code: string; message: string; retryable: boolean; details?: unknown }> {
  return promise.then(
    value => {
      throw new Error(`It did not fail but gave ${JSON.stringify(value)?.slice(0, 200)}.`)
    },
    (error: { code: string; message: string; retryable: boolean; details?: unknown }) => error,
  )
}
