import { Button, Textarea } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import type { Diagnostic, InFlightPolicy, PlaybookImpact } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { Dialog } from '../../components/dialog.tsx'
import { Choices } from '../../components/choices.tsx'
import { explain, refusalText, Failure } from '../../components/failure.tsx'
import { Icon } from '../../components/icon.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { FinishingLine, ImpactView } from './impact-view.tsx'
import { IMPACT, PUBLISH, type PublishAnswer, ROLLBACK } from './publish-operations.ts'
import styles from './publish.module.css'

/** What is to be published: the draft with this hash, or an older version again. */
export type PublishTarget =
  | { readonly kind: 'draft'; readonly hash: string }
  | { readonly kind: 'version'; readonly id: string; readonly number: number }

/** First says what would change and how many runs are under way where; then asks what becomes of them. */
export function PublishDialog({
  playbook,
  target,
  onClose,
}: {
  playbook: { readonly id: string; readonly name: string }
  target: PublishTarget
  onClose: (published: boolean) => void
}) {
  const { t } = useLanguage()
  const versionId = target.kind === 'version' ? target.id : null
  const loaded = useLoaded(IMPACT, { playbookId: playbook.id, versionId })
  const [answer, setAnswer] = useState<PublishAnswer>()
  const impact = loaded.data?.playbookPublishImpact
  const title = target.kind === 'draft' ? t.publishing.title(playbook.name) : t.publishing.rollbackTitle(target.number)
  return (
    <Dialog title={title} wide onClose={() => onClose(answer?.version !== undefined)}>
      {loaded.error && <Failure error={loaded.error} onRetry={loaded.reload} />}
      {!impact && !loaded.error && <TextSkeleton lines={5} />}
      {impact && !answer && (
        <Decide
          playbook={playbook}
          target={target}
          impact={impact}
          onCancel={() => onClose(false)}
          onDone={setAnswer}
        />
      )}
      {answer && <Done answer={answer} onClose={() => onClose(true)} />}
    </Dialog>
  )
}

function Decide({
  playbook,
  target,
  impact,
  onCancel,
  onDone,
}: {
  playbook: { readonly id: string }
  target: PublishTarget
  impact: PlaybookImpact
  onCancel: () => void
  onDone: (answer: PublishAnswer) => void
}) {
  const { t } = useLanguage()
  const [note, setNote] = useState('')
  const [policy, setPolicy] = useState<InFlightPolicy>('FINISH')
  const [problem, setProblem] = useState<string>()
  const [failed, setFailed] = useState<readonly Diagnostic[]>([])
  const [publishing, publish] = useMutation(PUBLISH)
  const [rolling, rollback] = useMutation(ROLLBACK)
  const { count, required } = impact.tests
  const errors = impact.diagnostics.filter(finding => finding.severity === 'ERROR')
  const confirm = async () => {
    const common = {
      playbookId: playbook.id,
      expectedNumber: impact.publishedNumber,
      note: note.trim() || null,
      inFlight: policy,
    }
    const { data, error } =
      target.kind === 'draft'
        ? await publish({ ...common, draftSourceHash: target.hash })
        : await rollback({ ...common, toVersionId: target.id })
    const [refused] = data?.answer.userErrors ?? []
    const tests = data?.answer.diagnostics.filter(({ code }) => OF_TESTS.has(code)) ?? []
    setFailed(tests)
    setProblem(undefined)
    if (data?.answer.version) onDone(data.answer)
    else if (tests.length === 0)
      setProblem(
        refused?.code === 'STALE_VERSION'
          ? t.publishing.stale
          : ((refused && refusalText(refused, t)) ?? (error && explain(error, t).text)),
      )
  }
  return (
    <>
      <ImpactView impact={impact} />
      {errors.length > 0 && (
        <p role="alert" className={styles.problem}>
          {t.publishing.errors(errors.length)} {errors[0]!.message}
        </p>
      )}
      <RunsUnderWay impact={impact} policy={policy} onChoose={setPolicy} />
      <Textarea
        label={t.publishing.note}
        placeholder={t.publishing.notePlaceholder}
        value={note}
        onChange={event => setNote(event.currentTarget.value)}
        maxLength={1000}
        autosize
        minRows={1}
        maxRows={5}
      />
      {required && <p className={styles.dim}>{t.publishing.testsFirst(count, required.coverage)}</p>}
      {problem && (
        <p role="alert" className={styles.problem}>
          {problem}
        </p>
      )}
      {failed.length > 0 && <FailedTests findings={failed} />}
      <div className={styles.answers}>
        <Button variant="default" onClick={onCancel}>
          {t.common.cancel}
        </Button>
        <Button
          loading={publishing.fetching || rolling.fetching}
          disabled={errors.length > 0}
          onClick={() => void confirm()}
        >
          {target.kind === 'draft' ? t.publishing.publish : t.publishing.rollback}
        </Button>
      </div>
    </>
  )
}

/** Findings of the tests that a workspace asks for. */
const OF_TESTS: ReadonlySet<string> = new Set(['TESTS_REQUIRED', 'TEST_FAILED', 'COVERAGE_TOO_LOW'])

function FailedTests({ findings }: { findings: readonly Diagnostic[] }) {
  const { t } = useLanguage()
  return (
    <div role="alert" className={styles.problem}>
      <strong>{t.publishing.testsRefused}</strong>
      <ul className={styles.failed}>
        {findings.map(({ file, line, message }, index) => (
          <li key={index}>
            <code>
              {file}:{line}
            </code>{' '}
            {message}
          </li>
        ))}
      </ul>
    </div>
  )
}

function RunsUnderWay({
  impact: { inFlight },
  policy,
  onChoose,
}: {
  impact: PlaybookImpact
  policy: InFlightPolicy
  onChoose: (policy: InFlightPolicy) => void
}) {
  const { t } = useLanguage()
  const { total, executing, migratable, restartable } = inFlight
  if (total === 0) return <p className={styles.dim}>{t.publishing.noRuns}</p>
  const texts: Record<InFlightPolicy, string> = {
    FINISH: t.publishing.finishText,
    MIGRATE: t.publishing.migrateText(migratable, total),
    RESTART: t.publishing.restartText(restartable, total),
  }
  const disabled = [
    ...(migratable + executing === 0 ? ['MIGRATE' as const] : []),
    ...(restartable + executing === 0 ? ['RESTART' as const] : []),
  ]
  return (
    <section className={styles.runs} aria-label={t.publishing.underWay(inFlight.total)}>
      <h3>{t.publishing.underWay(inFlight.total)}</h3>
      <ul className={styles.places}>
        {inFlight.waitingAt.map(({ path, title, count, kept }) => (
          <li key={path} data-kept={kept}>
            {t.publishing.waitAt(count)} <strong>{title}</strong>
            {!kept && <span className={styles.gone}> {t.publishing.gone}</span>}
          </li>
        ))}
        {inFlight.queued > 0 && <li>{t.publishing.queued(inFlight.queued)}</li>}
        {inFlight.executing > 0 && <li>{t.publishing.executing(inFlight.executing)}</li>}
      </ul>
      <Choices
        label={t.publishing.policy}
        name="policy"
        values={t.publishing.policies}
        texts={texts}
        value={policy}
        disabled={disabled}
        onChange={onChoose}
      />
    </section>
  )
}

function Done({ answer, onClose }: { answer: PublishAnswer; onClose: () => void }) {
  const { t } = useLanguage()
  const { policy, moved, finishing } = answer.inFlight ?? { policy: 'FINISH' as const, moved: 0, finishing: [] }
  return (
    <>
      <p className={styles.done} role="status">
        <Icon name="check" size={18} />
        {answer.changed ? t.publishing.inForce(answer.version!.number) : t.publishing.already(answer.version!.number)}
      </p>
      {(moved > 0 || finishing.length > 0) && (
        <ul className={styles.places}>
          {moved > 0 && <li>{policy === 'RESTART' ? t.publishing.restarted(moved) : t.publishing.migrated(moved)}</li>}
          {finishing.map((runs, index) => (
            <FinishingLine key={index} runs={runs} />
          ))}
        </ul>
      )}
      <div className={styles.answers}>
        <Button onClick={onClose}>{t.common.close}</Button>
      </div>
    </>
  )
}
