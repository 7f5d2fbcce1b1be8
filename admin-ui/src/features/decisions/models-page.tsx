import { Button } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import { useLoaded } from '../../api/use-loaded.ts'
import { Card, Stack } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Page } from '../../components/page.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { MODEL_RESET, POLICIES, type PolicyDetails } from './decision-operations.ts'
import styles from './decisions.module.css'

/** What the model of each policy has learnt. */
export function ModelsPage() {
  const { t } = useLanguage()
  const policies = useLoaded(POLICIES, {})
  return (
    <Page
      title={t.decisions.models}
      subtitle={t.decisions.modelsSubtitle}
      back={{ to: '/decisions', label: t.decisions.title }}
    >
      {policies.error && <Failure error={policies.error} onRetry={policies.reload} />}
      {!policies.data && !policies.error && (
        <Card>
          <TextSkeleton lines={5} />
        </Card>
      )}
      {policies.data?.decisionPolicies.length === 0 && (
        <Empty icon="decisions" title={t.decisions.noPolicyTitle} text={t.decisions.noPolicyText} />
      )}
      <Stack>
        {policies.data?.decisionPolicies.map(policy => (
          <Model key={policy.id} policy={policy} onReset={policies.reload} />
        ))}
      </Stack>
    </Page>
  )
}

function Model({ policy, onReset }: { policy: PolicyDetails; onReset: () => void }) {
  const { t, format } = useLanguage()
  const { model } = policy
  const [forgetting, setForgetting] = useState(false)
  const [, reset] = useMutation(MODEL_RESET)
  /** A number is learnt by its first two digits, which the learner writes as `visits~3.0e+0`. */
  const inWords = (name: string) => {
    const [, field, value] = /^(.+)~(-?[\d.]+(?:e[+-]\d+)?)$/.exec(name) ?? []
    return field === undefined ? name : t.decisions.about(field, format.number(Number(value)))
  }
  const percent = (share: number) => format.percent(Math.round(share * 100) / 100)
  return (
    <Card
      title={policy.name}
      note={`${policy.slug} · v${policy.version}`}
      aside={
        <Button size="xs" variant="default" disabled={model.outcomes === 0} onClick={() => setForgetting(true)}>
          {t.decisions.reset}
        </Button>
      }
    >
      {forgetting && (
        <ConfirmDialog
          title={t.decisions.resetTitle(policy.name)}
          confirm={t.decisions.reset}
          danger
          send={async () => {
            const { data, error } = await reset({ policyId: policy.id })
            return { error, answer: data?.answer }
          }}
          onDone={() => {
            setForgetting(false)
            onReset()
          }}
          onClose={() => setForgetting(false)}
        >
          <p>{t.decisions.resetText}</p>
        </ConfirmDialog>
      )}
      <p className={styles.facts}>
        <span>{t.decisions.learntFrom(model.outcomes, model.successes)}</span>
        {model.options.length === 0 && model.outcomes > 0 && (
          <span>
            {t.decisions.counts(
              percent(model.rulesShare ?? 0),
              percent(model.steadyShare ?? 0),
              percent(model.recentShare ?? 0),
            )}
          </span>
        )}
      </p>
      {model.options.map(option => (
        <p key={option.key} className={styles.option}>
          <strong>{option.title}</strong> {percent(option.chance)} ·{' '}
          {t.decisions.wentWell(option.successes, option.tried)}
          {option.counted < option.tried && ` · ${t.decisions.stillCounts(option.counted)}`}
        </p>
      ))}
      {model.curve.length > 0 && model.outcomes > 0 && (
        <div className={styles.model}>
          <Curve curve={model.curve} />
          <ul className={styles.weights} aria-label={t.decisions.weights}>
            {model.weights.slice(0, 12).map(({ name, weight }) => (
              <li key={name} data-sign={Math.sign(weight)}>
                <span>{inWords(name)}</span>
                <span>{`${weight > 0 ? '+' : ''}${format.number(Math.round(weight * 100) / 100)}`}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      <Hindsight policy={policy} />
    </Card>
  )
}

/** Which of the last decisions would come out otherwise today. */
function Hindsight({ policy: { hindsight } }: { policy: PolicyDetails }) {
  const { t } = useLanguage()
  const changed = hindsight.filter(one => one.changed)
  if (changed.length === 0) return null
  return (
    <section className={styles.hindsight} aria-label={t.decisions.hindsightLabel}>
      <p>{t.decisions.hindsight(changed.length, hindsight.length)}</p>
      <ul className={styles.rows}>
        {changed.map(({ decisionId, at, chosenTitle, nowTitle, outcome }) => (
          <li key={decisionId}>
            <Link to={`/decisions/${encodeURIComponent(decisionId)}`}>
              <Time at={at} as="dateTime" />
            </Link>
            <span>{t.decisions.insteadOf(nowTitle, chosenTitle)}</span>
            {outcome && (
              <span data-outcome={outcome.toUpperCase()}>
                {t.decisions.outcomes[outcome === 'success' ? 'SUCCESS' : 'FAILURE']}
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Said against happened; on the line from corner to corner the model is right. */
function Curve({ curve }: { curve: PolicyDetails['model']['curve'] }) {
  const { t } = useLanguage()
  const points = curve.filter(point => point.said !== null && point.happened !== null)
  const most = Math.max(1, ...points.map(({ count }) => count))
  return (
    <figure className={styles.curve}>
      <svg viewBox="-4 -4 108 108" role="img" aria-label={t.decisions.curve}>
        <rect width="100" height="100" className={styles.frame} />
        <line x1="0" y1="100" x2="100" y2="0" className={styles.right} />
        {points.map(point => (
          <circle
            key={point.from}
            cx={point.said! * 100}
            cy={100 - point.happened! * 100}
            r={1.5 + 3 * Math.sqrt(point.count / most)}
            className={styles.dot}
          />
        ))}
      </svg>
      <figcaption>{t.decisions.curveText}</figcaption>
    </figure>
  )
}
