/** What is done to runs, and the words for it. */
export type Operation = 'cancel' | 'restart' | 'replay' | 'release'

interface Words {
  readonly mutation: string
  /** `12 runs can be ${done}.` */
  readonly done: string
  /** What happens, in plain words. */
  readonly what: string
}

export const OPERATIONS: Readonly<Record<Operation, Words>> = {
  cancel: {
    mutation: 'runCancel',
    done: 'cancelled',
    what: 'They begin no further step; what is being sent has three seconds for its answer, then their finally runs. What was done stays done.',
  },
  restart: {
    mutation: 'runRestart',
    done: 'restarted',
    what: 'They go on where they stopped: what failed is tried again under the same keys, what was done stays done.',
  },
  replay: {
    mutation: 'runReplay',
    done: 'replayed',
    what: 'Each begins anew, as a new run: what came before the step is reused, the step and what follows is done and sent again.',
  },
  release: {
    mutation: 'runRelease',
    done: 'released from quarantine',
    what: 'They go on where they stood, and their crashes are forgotten.',
  },
}

/** What an operation needs beside the runs, as the API takes it. */
export interface OperationInput {
  readonly reason?: string | undefined
  readonly fromPath?: string | undefined
  readonly version?: 'ORIGIN' | 'CURRENT' | undefined
}

/** `1 run`, `2 runs`. */
export const runsOf = (count: number) => `${count} ${count === 1 ? 'run' : 'runs'}`
