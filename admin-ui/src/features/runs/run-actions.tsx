import { Button, Textarea } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { CANCEL, RELEASE, RESTART } from './operate-operations.ts'
import type { RunDetails } from './run-operations.ts'

type Operation = 'cancel' | 'restart' | 'release'

/** What can be done to a run as it stands. A run with an undecided effect is decided at its step first. */
export function operationsFor(run: Pick<RunDetails, 'status' | 'reason' | 'finishedAt' | 'startedAt'>): Operation[] {
  if (run.status === 'QUARANTINED') return run.reason?.code === 'UNKNOWN_EFFECT' ? [] : ['release']
  if (run.finishedAt === null) return run.reason?.code === 'STOPPING' ? [] : ['cancel']
  const goesOn = run.status === 'FAILED' || run.status === 'CANCELLED'
  return goesOn && run.startedAt !== null && run.reason?.code !== 'RESTARTED' ? ['restart'] : []
}

export function RunActions({ run }: { run: RunDetails }) {
  const { t } = useLanguage()
  const [asking, setAsking] = useState<Operation>()
  return (
    <>
      {operationsFor(run).map(operation => (
        <Button
          key={operation}
          variant={operation === 'cancel' ? 'default' : 'filled'}
          onClick={() => setAsking(operation)}
        >
          {t.operating[operation].button}
        </Button>
      ))}
      {asking && <AskFirst run={run} operation={asking} onClose={() => setAsking(undefined)} />}
    </>
  )
}

function AskFirst({ run, operation, onClose }: { run: RunDetails; operation: Operation; onClose: () => void }) {
  const { t } = useLanguage()
  const [reason, setReason] = useState('')
  const [, cancel] = useMutation(CANCEL)
  const [, restart] = useMutation(RESTART)
  const [, release] = useMutation(RELEASE)
  const runId = run.id
  const send = async () => {
    const { data, error } =
      operation === 'cancel'
        ? await cancel({ runId, reason: reason.trim() || null })
        : await (operation === 'restart' ? restart : release)({ runId })
    return { error, answer: data?.answer }
  }
  const words = t.operating[operation]
  return (
    <ConfirmDialog
      title={words.title}
      confirm={words.confirm}
      danger={operation === 'cancel'}
      send={send}
      onClose={onClose}
    >
      <p>{words.text}</p>
      {operation === 'cancel' && (
        <Textarea
          label={t.operating.reason}
          value={reason}
          onChange={event => setReason(event.currentTarget.value)}
          maxLength={500}
          autosize
          minRows={1}
        />
      )}
    </ConfirmDialog>
  )
}
