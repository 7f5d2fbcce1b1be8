import type { ReactNode } from 'react'
import type { Json } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { Failure } from '../../components/failure.tsx'
import { labelOf, Readable } from '../../components/readable.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { DECISION_WHY, type DecisionSteps, type OptionSeen } from './decision-operations.ts'
import styles from './decisions.module.css'

type TitleOf = (key: string) => string

/** The seven steps of a decision, each with what it brought. */
export function DecisionWhy({ id, titleOf }: { id: string; titleOf: TitleOf }) {
  const { t } = useLanguage()
  const loaded = useLoaded(DECISION_WHY, { id })
  const steps = loaded.data?.decision?.steps
  if (loaded.error) return <Failure error={loaded.error} onRetry={loaded.reload} />
  if (!steps) return <TextSkeleton lines={7} />
  const brought: readonly ReactNode[] = [
    <Readable key="context" value={steps.context as Json} />,
    <Similar key="similar" similar={steps.similar} titleOf={titleOf} />,
    <Learnt key="learnt" steps={steps} titleOf={titleOf} />,
    <Rules key="rules" rules={steps.rules} titleOf={titleOf} />,
    <Model key="model" model={steps.model} titleOf={titleOf} />,
    <Combination key="combination" steps={steps} titleOf={titleOf} />,
    <Recommendation key="recommendation" steps={steps} titleOf={titleOf} />,
  ]
  return (
    <ol className={styles.steps} aria-label={t.decisions.steps.label}>
      {brought.map((content, index) => (
        <li key={t.decisions.steps.names[index]}>
          <h3>{t.decisions.steps.names[index]}</h3>
          {content}
        </li>
      ))}
    </ol>
  )
}

function Similar({ similar, titleOf }: { similar: DecisionSteps['similar']; titleOf: TitleOf }) {
  const { t, format } = useLanguage()
  if (similar.length === 0) return <p className={styles.dim}>{t.decisions.steps.noSimilar}</p>
  return (
    <ul className={styles.rows}>
      {similar.map(({ id, similarity, chosen, outcome, at }) => (
        <li key={id}>
          <Link to={`/decisions/${encodeURIComponent(id)}`}>{titleOf(chosen)}</Link>
          <span>{t.decisions.steps.alike(percent(similarity, format))}</span>
          {outcome === null ? (
            <span className={styles.dim}>{t.decisions.steps.unknown}</span>
          ) : (
            <span data-outcome={outcome.toUpperCase()}>
              {t.decisions.outcomes[outcome === 'success' ? 'SUCCESS' : 'FAILURE']}
            </span>
          )}
          <span className={styles.dim}>
            <Time at={at} as="dateTime" />
          </span>
        </li>
      ))}
    </ul>
  )
}

function Learnt({ steps: { learnt }, titleOf }: { steps: DecisionSteps; titleOf: TitleOf }) {
  const { t } = useLanguage()
  const tried = Object.entries(learnt.options).filter(([, option]) => option.tried > 0)
  return (
    <>
      <p>{t.decisions.learntFrom(learnt.outcomes, learnt.successes)}</p>
      {tried.length > 0 && (
        <ul className={styles.rows}>
          {tried.map(([key, option]) => (
            <li key={key}>
              <strong>{titleOf(key)}</strong>
              <span>{t.decisions.wentWell(option.successes, option.tried)}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

function Rules({ rules, titleOf }: { rules: DecisionSteps['rules']; titleOf: TitleOf }) {
  const { t, format } = useLanguage()
  const signed = (points: number) => `${points > 0 ? '+' : ''}${format.number(points)}`
  return (
    <>
      {rules.held.length === 0 && <p className={styles.dim}>{t.decisions.steps.noRules}</p>}
      {rules.held.length > 0 && (
        <ul className={styles.rows}>
          {rules.held.map(({ because, points, never, always }) => (
            <li key={because}>
              <span>{because}</span>
              {typeof points === 'number' && points !== 0 && <strong>{signed(points)}</strong>}
              {typeof points === 'object' &&
                Object.entries(points).map(([key, of]) => (
                  <strong key={key}>
                    {titleOf(key)} {signed(of)}
                  </strong>
                ))}
              {never.length > 0 && <strong>{t.decisions.steps.never(never.map(titleOf).join(', '))}</strong>}
              {always !== null && <strong>{t.decisions.steps.always(titleOf(always))}</strong>}
            </li>
          ))}
        </ul>
      )}
      {rules.score !== null && (
        <p>{t.decisions.steps.rulesSay(format.number(rules.start), format.number(Math.round(rules.score)))}</p>
      )}
      {Object.keys(rules.options).length > 0 && (
        <p>
          {Object.entries(rules.options)
            .map(([key, of]) => `${titleOf(key)} ${format.percent(of / 100)}`)
            .join(' · ')}
        </p>
      )}
    </>
  )
}

function Model({ model, titleOf }: { model: DecisionSteps['model']; titleOf: TitleOf }) {
  const { t, format } = useLanguage()
  if (model.options.length > 0)
    return (
      <ul className={styles.rows}>
        {model.options.map(option => (
          <li key={option.key}>
            <strong>{titleOf(option.key)}</strong>
            <span>{t.decisions.steps.chance(percent(option.chance, format))}</span>
            <span>{t.decisions.steps.best(percent(option.best, format))}</span>
            {option.counted && option.counted.tried < option.tried && (
              <span className={styles.dim}>
                {t.decisions.steps.counted(option.counted.successes, option.counted.tried)}
              </span>
            )}
          </li>
        ))}
      </ul>
    )
  const factors = model.factors.filter(({ effect }) => Math.abs(effect) >= 0.05).slice(0, 8)
  return (
    <>
      {model.probability !== null && <p>{t.decisions.steps.chance(percent(model.probability, format))}</p>}
      <ul className={styles.weights}>
        {factors.map(({ field, value, effect }) => (
          <li key={field} data-sign={Math.sign(effect)}>
            <span>
              {field === 'rules' || field === 'recentRate' ? t.decisions.steps.factors[field] : labelOf(field, t)}{' '}
              {String(value)}
            </span>
            <span>{`${effect > 0 ? '+' : ''}${format.number(Math.round(effect * 100) / 100)}`}</span>
          </li>
        ))}
      </ul>
    </>
  )
}

function Combination({ steps: { combination, model }, titleOf }: { steps: DecisionSteps; titleOf: TitleOf }) {
  const { t, format } = useLanguage()
  const { shares, near, score, tried } = combination
  const voices = (['rules', 'steady', 'recent', 'similar'] as const).filter(voice => (shares?.[voice] ?? 0) >= 0.005)
  return (
    <>
      {shares && (
        <ul className={styles.shares}>
          {voices.map(voice => (
            <li key={voice}>
              <span>{t.decisions.steps.voices[voice]}</span>
              <meter min={0} max={1} value={shares[voice]} aria-label={t.decisions.steps.voices[voice]} />
              <span>{percent(shares[voice]!, format)}</span>
            </li>
          ))}
        </ul>
      )}
      {near && <p className={styles.dim}>{t.decisions.steps.near(near.successes, near.tried)}</p>}
      {model.options.filter(hasNear).map(({ key, near: of }) => (
        <p key={key}>
          <strong>{titleOf(key)}</strong>{' '}
          {t.decisions.steps.nearOption(of.successes, of.tried, percent(of.share, format))}
        </p>
      ))}
      {score !== null && <p>{t.decisions.steps.score(format.number(score))}</p>}
      {!shares && !model.options.some(hasNear) && <p className={styles.dim}>{t.decisions.steps.optionsAlone}</p>}
      {tried && <p>{t.decisions.steps.tried}</p>}
    </>
  )
}

const hasNear = (option: OptionSeen): option is OptionSeen & { near: NonNullable<OptionSeen['near']> } =>
  option.near != null && option.near.share >= 0.005

function Recommendation({ steps: { recommendation }, titleOf }: { steps: DecisionSteps; titleOf: TitleOf }) {
  const { t, format } = useLanguage()
  const { option, confidence, taken } = recommendation
  return (
    <p>
      <strong>{titleOf(option)}</strong> {t.decisions.steps.sure(format.percent(confidence / 100))}
      {taken < 1 && ` ${t.decisions.steps.drawn(percent(taken, format))}`}
    </p>
  )
}

const percent = (share: number, format: { percent(value: number): string }) =>
  format.percent(Math.round(share * 100) / 100)
