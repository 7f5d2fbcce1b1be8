import { errorRecord, TraeError } from '../../errors.ts'
import type { Step } from '../../playbooks/playbook.ts'
import { RETRY_DEFAULTS } from '../../playbooks/retry-delay.ts'
import { lineOfScript, SCRIPT_ENTRY, scriptCode } from '../../sandbox/script-code.ts'
import type { ActiveRun, RunCore } from '../active-run.ts'
import { CANCELLED, evaluate, type Fiber, type Result } from '../step-outcome.ts'

const MEMORY_MB = 64
const CPU_MS = 5000
const WALL_MS = 10_000

/**
 * The script of a `run` step, behind the wall of the plugins, without a capability. It changes nothing outside, so after a
 * crash it may be computed again. Fails with `SCRIPT` for what it throws, `TIMEOUT`, `MEMORY`, `VALIDATION` (an output that is
 * no JSON, or too large).
 */
export async function runScript(
  core: RunCore,
  run: ActiveRun,
  step: Step & { kind: 'run' },
  fiber: Fiber,
): Promise<Result> {
  const input = await evaluate(run, fiber, step.with)
  const wallMs = Math.min(step.timeoutMs ?? WALL_MS, WALL_MS)
  const isLast = run.memory.ending !== undefined
  try {
    const { output } = await run.calls.during({ kind: 'read', fiber, isLast }, signal =>
      core.sandbox.call({
        code: scriptCode(step.script),
        workspaceId: run.lease.workspaceId,
        entry: SCRIPT_ENTRY,
        input: JSON.stringify(input),
        context: {},
        limits: { memoryMb: MEMORY_MB, cpuMs: Math.min(CPU_MS, wallMs), wallMs },
        host: () => Promise.reject(new TraeError('PERMISSION', 'A script has no capabilities.')),
        signal,
      }),
    )
    return { kind: 'output', output: JSON.parse(output) as unknown }
  } catch (error) {
    if (!(error instanceof TraeError)) throw error
    const { code, retryable, retryAfter = 1 } = error
    if (code === 'CANCELLED') return CANCELLED
    if (code === 'BUSY')
      return {
        kind: 'busy',
        error: errorRecord(error),
        retryAfterMs: retryAfter * 1000,
        pluginId: null,
        retry: RETRY_DEFAULTS,
      }
    const threw = code === 'PLUGIN' || (error.details !== undefined && code !== 'VALIDATION')
    if (threw) {
      const message = `${placeOf(step, error)}: ${error.message}`
      return { kind: 'error', error: { code: 'SCRIPT', message, retryable: false } }
    }
    const message = `Line ${step.lines[0] ?? step.line}: ${error.message}`
    return {
      kind: 'error',
      error: { code, message, retryable },
      retry: OF_THE_SANDBOX.has(code) ? RETRY_DEFAULTS : undefined,
    }
  }
}

/** Not of the script's making. */
const OF_THE_SANDBOX: ReadonlySet<string> = new Set(['CRASHED', 'UNAVAILABLE'])

function placeOf({ lines, line }: Step & { kind: 'run' }, { details }: TraeError): string {
  const stack = details?.['stack']
  const within = typeof stack === 'string' ? lineOfScript(stack, lines.length) : undefined
  return `Line ${within === undefined ? (lines[0] ?? line) : lines[within - 1]}`
}
