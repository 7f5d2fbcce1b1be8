/** One Ctrl-C can arrive twice: from the terminal and from the launcher. */
const ECHO_MS = 500

/** Whether somebody wants the command to stop. */
export interface Interruption {
  /** What to exit with: 130 after Ctrl-C, 143 after SIGTERM; undefined as long as nobody wants it. */
  readonly code: number | undefined
  /** Listens no longer. */
  end(): void
}

/** Listens for Ctrl-C and SIGTERM: the first asks to stop after what is under way, a second one ends the process. */
export function untilInterrupted(): Interruption {
  let code: number | undefined
  let first: number | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    first ??= performance.now()
    if (performance.now() - first > ECHO_MS) process.exit(code)
    code ??= signal === 'SIGINT' ? 130 : 143
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  return {
    get code() {
      return code
    },
    end: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  }
}
