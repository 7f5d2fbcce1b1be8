import { Button } from '@mantine/core'
import { useState } from 'react'
import { gql, type TypedDocumentNode } from 'urql'
import { useLoaded } from '../../api/use-loaded.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Failure } from '../../components/failure.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import styles from './run-as-test.module.css'

const AS_TEST: TypedDocumentNode<{ runAsTest: string }, { runId: string }> = gql`
  query RunAsTest($runId: ID!) {
    runAsTest(runId: $runId)
  }
`

/** What the run did, as a test of its playbook: made when it is asked for, to be read and copied. */
export function RunAsTest({ runId }: { runId: string }) {
  const { t } = useLanguage()
  const [shown, setShown] = useState(false)
  return (
    <>
      <Button variant="default" onClick={() => setShown(true)}>
        {t.run.asTest.button}
      </Button>
      {shown && <TestDialog runId={runId} onClose={() => setShown(false)} />}
    </>
  )
}

function TestDialog({ runId, onClose }: { runId: string; onClose: () => void }) {
  const { t } = useLanguage()
  const loaded = useLoaded(AS_TEST, { runId })
  const test = loaded.data?.runAsTest
  return (
    <Dialog title={t.run.asTest.title} wide onClose={onClose}>
      <p className={styles.about}>{t.run.asTest.text}</p>
      {loaded.error && <Failure error={loaded.error} onRetry={loaded.reload} />}
      {test === undefined && !loaded.error && <TextSkeleton lines={8} />}
      {test !== undefined && (
        <pre className={styles.test} tabIndex={0} aria-label={t.run.asTest.title}>
          {test}
        </pre>
      )}
      <div className={styles.answers}>
        {test !== undefined && <CopyButton text={test} />}
        <Button variant="default" size="xs" onClick={onClose}>
          {t.common.close}
        </Button>
      </div>
    </Dialog>
  )
}
