import { useState } from 'react'
import type { CombinedError } from 'urql'
import type { UserError } from '../api/schema.ts'
import { useLanguage } from '../i18n/messages.tsx'
import { explain, refusalText } from './failure.tsx'
import styles from './sending.module.css'

/** What a mutation answers here: its payload with `userErrors`, or what broke. */
export interface Sent {
  readonly error?: CombinedError | undefined
  readonly answer?: { readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[] } | undefined
}

/** Sends what a person has confirmed: whether it is under way, and what stood in the way, until it is sent again. */
export function useSending() {
  const { t } = useLanguage()
  const [sending, setSending] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  return {
    sending,
    problem,
    /** True where nothing stood in the way. */
    async send(work: () => Promise<Sent>): Promise<boolean> {
      setSending(true)
      setProblem(undefined)
      const { error, answer } = await work()
      setSending(false)
      const [refused] = answer?.userErrors ?? []
      if (refused) setProblem({ text: refusalText(refused, t), next: t.confirming.next[refused.code] })
      else if (error) setProblem({ text: explain(error, t).text, next: t.confirming.next.UNAVAILABLE })
      return !refused && !error
    },
  }
}

interface Problem {
  readonly text: string
  readonly next: string
}

/** What stood in the way, with what to do about it. */
export function SendingProblem({ problem }: { problem: Problem | undefined }) {
  const { t } = useLanguage()
  if (!problem) return null
  return (
    <div role="alert" className={styles.problem}>
      <p>{problem.text}</p>
      <p>
        <strong>{t.run.whatNow}.</strong> {problem.next}
      </p>
    </div>
  )
}
