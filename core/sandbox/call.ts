import type { CALL_OPS, NOTE_OPS } from './messages.js'

export interface PluginCode {
  /** SHA-256 of the source, in hexadecimal digits: verified before the source is run. */
  readonly digest: string
  /** Text of one ES module without imports; asked for only when the runner lacks it. */
  readonly source: () => Promise<string>
}

/** The capabilities: a closed list. */
export type HostOp = (typeof CALL_OPS)[number] | (typeof NOTE_OPS)[number]

export interface CallLimits {
  readonly memoryMb: number
  readonly cpuMs: number
  readonly wallMs: number
  /** Calls of the same bundle and workspace that run at once; as many as the host allows where it is not said. */
  readonly concurrency?: number | undefined
}

export interface SandboxCall {
  readonly code: PluginCode
  readonly workspaceId: string
  /** 'actions.<name>' calls `run` of that action of the default export, 'lookups.<name>' its `lookup`. */
  readonly entry: string
  /** JSON text. */
  readonly input: string
  /** Plain JSON that becomes `ctx.*`: run, workspace, locale, timeZone. */
  readonly context: Readonly<Record<string, unknown>>
  readonly limits: CallLimits
  /** In an isolate of its own, which remembers nothing of earlier calls and serves no later ones. */
  readonly fresh?: boolean
  /** Answers a host call of this invocation. Rejects with TraeError: only code and message cross. */
  readonly host: (op: HostOp, argument: unknown) => Promise<unknown>
  readonly signal?: AbortSignal
}

export interface SandboxResult {
  /** Text checked for size, depth and nodes; that it is JSON at all, `JSON.parse` says. */
  readonly output: string
  readonly cpuMs: number
}
