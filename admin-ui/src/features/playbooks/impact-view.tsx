import type { ChangeKind, FinishingRuns, PlaybookImpact } from '../../api/schema.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import styles from './publish.module.css'

/** What publishing would change, in plain words. */
export function ImpactView({ impact }: { impact: PlaybookImpact }) {
  const { t } = useLanguage()
  const { steps, triggers, inputs, settings, plugins } = impact
  const parts = [...triggers, ...inputs].length + steps.length + settings.length + plugins.length
  if (impact.publishedNumber === 0) return <p className={styles.dim}>{t.publishing.first}</p>
  if (parts === 0)
    return <p className={styles.dim}>{impact.changed ? t.publishing.wordsOnly : t.publishing.nothingChanges}</p>
  return (
    <dl className={styles.impact}>
      {steps.length > 0 && (
        <Part title={t.publishing.steps}>
          {steps.map(step => (
            <Line key={`${step.change} ${step.path}`} change={step.change}>
              <strong>{step.title}</strong>{' '}
              {step.pathBefore ? (
                <code>
                  {step.pathBefore} → {step.path}
                </code>
              ) : (
                step.path !== step.title && <code>{step.path}</code>
              )}
            </Line>
          ))}
        </Part>
      )}
      {triggers.length > 0 && (
        <Part title={t.publishing.triggers}>
          {triggers.map(({ change, name }) => (
            <Line key={`${change} ${name}`} change={change}>
              <code>{name}</code>
            </Line>
          ))}
        </Part>
      )}
      {inputs.length > 0 && (
        <Part title={t.publishing.inputs}>
          {inputs.map(({ change, name }) => (
            <Line key={`${change} ${name}`} change={change}>
              <code>{name}</code>
            </Line>
          ))}
        </Part>
      )}
      {settings.length > 0 && (
        <Part title={t.publishing.settings}>
          {settings.map(name => (
            <Line key={name} change="CHANGED">
              <code>{name}</code>
            </Line>
          ))}
        </Part>
      )}
      {plugins.length > 0 && (
        <Part title={t.publishing.plugins}>
          {plugins.map(({ pluginId, service, from, to }) => (
            <Line key={`${service} ${pluginId}`} change={from === null ? 'ADDED' : to === null ? 'REMOVED' : 'CHANGED'}>
              <strong>{service ?? pluginId}</strong>{' '}
              <span className={styles.dim}>
                {from ?? t.common.none} → {to ?? t.common.none}
              </span>
            </Line>
          ))}
        </Part>
      )}
    </dl>
  )
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>
        <ul>{children}</ul>
      </dd>
    </div>
  )
}

function Line({ change, children }: { change: ChangeKind; children: React.ReactNode }) {
  const { t } = useLanguage()
  return (
    <li className={styles.change} data-change={change}>
      <span className={styles.sign}>{t.publishing.changes[change]}</span>
      <span>{children}</span>
    </li>
  )
}

/** Runs that stay where they are, and why. */
export function FinishingLine({ runs }: { runs: Pick<FinishingRuns, 'reason' | 'path' | 'count'> }) {
  const { t } = useLanguage()
  return (
    <li>
      {t.publishing.stay(runs.count)} {t.publishing.reasons[runs.reason]}
      {runs.path && (
        <>
          {' '}
          <code>{runs.path}</code>
        </>
      )}
    </li>
  )
}
