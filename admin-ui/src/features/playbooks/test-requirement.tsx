import { Button, NumberInput } from '@mantine/core'
import { useState } from 'react'
import { gql, type TypedDocumentNode, useMutation } from 'urql'
import type { TestRequirement, UserError } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { Card } from '../../components/card.tsx'
import { Failure } from '../../components/failure.tsx'
import { SendingProblem, useSending } from '../../components/sending.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useSession } from '../sign-in/session.tsx'
import styles from './test-requirement.module.css'

type Requirement = Pick<TestRequirement, 'coverage'> | null

const READ: TypedDocumentNode<{ testRequirement: Requirement }> = gql`
  query TestRequirement {
    testRequirement {
      coverage
    }
  }
`
const SET: TypedDocumentNode<
  { answer: { testRequirement: Requirement; userErrors: readonly Pick<UserError, 'code' | 'message'>[] } },
  { required: boolean; coverage: number }
> = gql`
  mutation TestRequirementSet($required: Boolean!, $coverage: Int!) {
    answer: testRequirementSet(input: { required: $required, coverage: $coverage }) {
      testRequirement {
        coverage
      }
      userErrors {
        code
        message
      }
    }
  }
`

/** What the workspace asks of tests before it publishes: everybody sees it where something is asked, who may changes it. */
export function TestRequirementCard() {
  const { t } = useLanguage()
  const { viewer } = useSession()
  const loaded = useLoaded(READ, {})
  const mayChange = viewer.role === 'OWNER' || viewer.role === 'ADMIN'
  const now = loaded.data?.testRequirement
  if (loaded.error) return <Failure error={loaded.error} onRetry={loaded.reload} />
  if (now === undefined) return null
  if (mayChange)
    return (
      <div className={styles.apart}>
        <Card title={t.testing.title}>
          <Change now={now} onChanged={testRequirement => loaded.change(() => ({ testRequirement }))} />
        </Card>
      </div>
    )
  return now && <p className={`${styles.apart} ${styles.dim}`}>{t.testing.asked(now.coverage)}</p>
}

function Change({ now, onChanged }: { now: Requirement; onChanged: (now: Requirement) => void }) {
  const { t } = useLanguage()
  const [required, setRequired] = useState(now !== null)
  const [coverage, setCoverage] = useState(now?.coverage ?? 0)
  const [, set] = useMutation(SET)
  const { sending, problem, send } = useSending()
  const differs = required !== (now !== null) || (required && coverage !== now?.coverage)
  const save = async () => {
    const { data, error } = await set({ required, coverage })
    if (data && data.answer.userErrors.length === 0) onChanged(data.answer.testRequirement)
    return { error, answer: data?.answer }
  }
  return (
    <form
      className={styles.form}
      onSubmit={event => {
        event.preventDefault()
        void send(save)
      }}
    >
      <label className={styles.choice}>
        <input type="checkbox" checked={required} onChange={event => setRequired(event.currentTarget.checked)} />
        <span>
          {t.testing.required}
          <span className={styles.note}>{t.testing.requiredText}</span>
        </span>
      </label>
      {required && (
        <NumberInput
          label={t.testing.coverage}
          description={t.testing.coverageText}
          value={coverage}
          onChange={value => setCoverage(Number(value) || 0)}
          min={0}
          max={100}
          suffix="%"
          allowDecimal={false}
          className={styles.coverage}
        />
      )}
      <SendingProblem problem={problem} />
      {differs && (
        <Button type="submit" loading={sending} className={styles.save}>
          {t.testing.save}
        </Button>
      )}
    </form>
  )
}
