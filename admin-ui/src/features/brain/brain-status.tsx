import { createContext, useContext, useEffect, useState, type ReactNode } from 'react'
import { gql, type TypedDocumentNode } from 'urql'
import type { BrainStatus, UserError } from '../../api/schema.ts'
import { useLoaded, type Loaded } from '../../api/use-loaded.ts'
import { useStream } from '../../api/use-stream.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import styles from './brain.module.css'

const FIELDS = gql`
  fragment BrainFields on BrainStatus {
    running
    healthScore
    healthFactors {
      name
      points
      value
      reason
    }
    queueSize
    modules {
      key
      title
      status
      errorRate
      queueSize
      lastExecutedAt
      healthScore
      manual
      manualReason
      feeds
      tasks {
        suggested
        queued
        running
        manual
      }
    }
    leader {
      process
      since
    }
    scaling {
      workers
      recommendedWorkers
      reasons
    }
    observedAt
  }
`

const BRAIN: TypedDocumentNode<{ brain: BrainStatus }, Record<string, never>> = gql`
  query Brain {
    brain {
      ...BrainFields
    }
  }
  ${FIELDS}
`

const BRAIN_CHANGED: TypedDocumentNode<{ brainStatusChanged: { status: BrainStatus } }, Record<string, never>> = gql`
  subscription BrainStatusChanged {
    brainStatusChanged {
      status {
        ...BrainFields
      }
    }
  }
  ${FIELDS}
`

interface BrainPayload {
  readonly payload: {
    readonly status: BrainStatus | null
    readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[]
  }
}

export const BRAIN_START: TypedDocumentNode<BrainPayload, Record<string, never>> = gql`
  mutation BrainStart {
    payload: brainStart(input: {}) {
      status {
        ...BrainFields
      }
      userErrors {
        code
        message
      }
    }
  }
  ${FIELDS}
`

export const BRAIN_STOP: TypedDocumentNode<BrainPayload, Record<string, never>> = gql`
  mutation BrainStop {
    payload: brainStop(input: {}) {
      status {
        ...BrainFields
      }
      userErrors {
        code
        message
      }
    }
  }
  ${FIELDS}
`

const NOTHING: Record<string, never> = {}

const BrainContext = createContext<Loaded<{ brain: BrainStatus }> | undefined>(undefined)

/** The stream tells of starts and stops; health is a figure over the last minutes, so it is looked at again. */
const LOOK_AGAIN_MS = 20_000

/** One stream of the brain's state for the whole interface. */
export function BrainProvider({ children }: { children: ReactNode }) {
  const [ready, setReady] = useState(false)
  const brain = useLoaded(BRAIN, NOTHING, ready)
  useStream(BRAIN_CHANGED, () => NOTHING, {
    onReady: setReady,
    onData: ({ brainStatusChanged }) => brain.change(data => newest(data, brainStatusChanged.status)),
    onResumed: () => brain.reload(),
  })
  const { reload } = brain
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && reload(), LOOK_AGAIN_MS)
    return () => clearInterval(timer)
  }, [reload])
  return <BrainContext value={brain}>{children}</BrainContext>
}

export function useBrain(): Loaded<{ brain: BrainStatus }> {
  const brain = useContext(BrainContext)
  if (!brain) throw new Error('useBrain is called outside BrainProvider: the shell provides it.')
  return brain
}

function newest(data: { brain: BrainStatus }, status: BrainStatus): { brain: BrainStatus } {
  return status.observedAt >= data.brain.observedAt ? { brain: status } : data
}

/** Running or not, and how healthy: always in sight. */
export function BrainChip() {
  const { t } = useLanguage()
  const brain = useBrain().data?.brain
  const label = !brain ? t.brain.chipUnknown : brain.running ? t.brain.chip(brain.healthScore) : t.brain.chipStopped
  const tone = !brain
    ? 'unknown'
    : !brain.running
      ? 'stopped'
      : brain.healthScore >= 80
        ? 'good'
        : brain.healthScore >= 50
          ? 'fair'
          : 'poor'
  return (
    <Link to="/brain" className={styles.chip} data-tone={tone} title={label}>
      <span className={styles.pulse} />
      <span>{!brain || brain.running ? t.brain.title : t.brain.stopped}</span>
      {brain?.running && <strong>{brain.healthScore}</strong>}
      <span className="visually-hidden">{label}</span>
    </Link>
  )
}
