import { Button } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import type { RunEffectDecision, RunReplayVersion, RunStep } from '../../api/schema.ts'
import { Choices } from '../../components/choices.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { navigate } from '../../router.tsx'
import { DECIDE, REPLAY } from './operate-operations.ts'
import type { RunDetails } from './run-operations.ts'
import styles from './run.module.css'

export type OperatedRun = Pick<RunDetails, 'id' | 'finishedAt' | 'status'>

/** What can be done at a step: decide its effect, or replay the run from here. */
export function StepActions({ run, step }: { run: OperatedRun; step: RunStep }) {
  const { t } = useLanguage()
  const [asking, setAsking] = useState<'decide' | 'replay'>()
  const decidable = run.status === 'QUARANTINED' && step.status === 'UNKNOWN'
  const replayable =
    run.finishedAt !== null &&
    !decidable &&
    step.startedAt !== null &&
    step.kind !== 'ITERATION' &&
    !step.path.startsWith('finally.')
  if (!decidable && !replayable) return null
  const close = () => setAsking(undefined)
  return (
    <span className={styles.stepAction}>
      <Button
        size="compact-sm"
        variant={decidable ? 'filled' : 'subtle'}
        aria-label={decidable ? t.operating.decide.about(step.title) : t.operating.replay.about(step.title)}
        onClick={() => setAsking(decidable ? 'decide' : 'replay')}
      >
        {decidable ? t.operating.decide.button : t.operating.replay.button}
      </Button>
      {asking === 'decide' && <Decide run={run} step={step} onClose={close} />}
      {asking === 'replay' && <Replay run={run} step={step} onClose={close} />}
    </span>
  )
}

function Decide({ run, step, onClose }: { run: OperatedRun; step: RunStep; onClose: () => void }) {
  const { t } = useLanguage()
  const [decision, setDecision] = useState<RunEffectDecision>('SENT')
  const [, decide] = useMutation(DECIDE)
  const words = t.operating.decide
  return (
    <ConfirmDialog
      title={words.title(step.title)}
      confirm={words.confirm}
      onClose={onClose}
      send={async () => {
        const { data, error } = await decide({ runId: run.id, path: step.path, decision, output: null })
        return { error, answer: data?.answer }
      }}
    >
      <p>{words.text}</p>
      <Choices
        label={words.choices}
        name="decision"
        values={words.decisions}
        texts={words.texts}
        value={decision}
        onChange={setDecision}
      />
    </ConfirmDialog>
  )
}

function Replay({ run, step, onClose }: { run: OperatedRun; step: RunStep; onClose: () => void }) {
  const { t } = useLanguage()
  const [version, setVersion] = useState<RunReplayVersion>('ORIGIN')
  const [, replay] = useMutation(REPLAY)
  const words = t.operating.replay
  return (
    <ConfirmDialog
      title={words.title(step.title)}
      confirm={words.confirm}
      onClose={onClose}
      send={async () => {
        const { data, error } = await replay({ runId: run.id, fromPath: step.path, version })
        if (data?.answer.run) navigate(`/runs/${encodeURIComponent(data.answer.run.id)}`)
        return { error, answer: data?.answer }
      }}
    >
      <p>{words.text}</p>
      <Choices
        label={words.choices}
        name="version"
        values={words.versions}
        texts={words.texts}
        value={version}
        onChange={setVersion}
      />
    </ConfirmDialog>
  )
}
