import { Button } from '@mantine/core'
import { useState } from 'react'
import { DemoPageButton, LinkButton } from '../../components/empty.tsx'
import { Icon } from '../../components/icon.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import type { Progress } from './home-operations.ts'
import styles from './home.module.css'
import { SampleLine, TrySample } from './sample-lead.tsx'

const HIDDEN = 'trae.first-steps-hidden'
const STEPS = ['form', 'run', 'reply', 'meeting', 'deal', 'customer'] as const

/** The first evening: follow one lead from the form to the customer. Ticks come from what is really there. */
export function FirstSteps({ progress, onChanged }: { progress: Progress; onChanged: () => void }) {
  const { t } = useLanguage()
  const [hidden, setHidden] = useState(() => localStorage.getItem(HIDDEN) === '1')
  const done = STEPS.filter(step => progress[step]).length
  const current = STEPS.find(step => !progress[step])
  if (hidden && !progress.sample) return null
  const hide = () => {
    localStorage.setItem(HIDDEN, '1')
    setHidden(true)
  }
  return (
    <section className={styles.first} aria-label={t.home.firstSteps}>
      <header>
        <div>
          <h2>{t.home.firstSteps}</h2>
          <p>{current ? t.home.firstStepsText : t.home.finished}</p>
        </div>
        <span className={styles.progress}>
          {t.home.progress(done, STEPS.length)}
          {!current && (
            <Button variant="default" size="xs" onClick={hide}>
              {t.home.dismiss}
            </Button>
          )}
        </span>
      </header>
      <ol>
        {STEPS.map((step, index) => (
          <li key={step} data-done={progress[step]} data-current={step === current}>
            <span className={styles.tick}>
              {progress[step] ? <Icon name="check" size={15} /> : index + 1}
              {progress[step] && <span className="visually-hidden">{t.home.done}</span>}
            </span>
            <div className={styles.words}>
              <h3>{t.home.steps[step].title}</h3>
              <p>{t.home.steps[step].text}</p>
            </div>
            <StepButton step={step} progress={progress} isCurrent={step === current} onChanged={onChanged} />
          </li>
        ))}
      </ol>
      {progress.sample && <SampleLine sample={progress.sample} onChanged={onChanged} />}
    </section>
  )
}

function StepButton({
  step,
  progress,
  isCurrent,
  onChanged,
}: {
  step: (typeof STEPS)[number]
  progress: Progress
  isCurrent: boolean
  onChanged: () => void
}) {
  const { t } = useLanguage()
  const label = progress[step] ? t.home.steps[step].again : t.home.steps[step].action
  const variant = isCurrent ? 'filled' : 'default'
  if (!isCurrent && !progress[step]) return null
  switch (step) {
    case 'form':
      return (
        <>
          {isCurrent && <TrySample onChanged={onChanged} />}
          <DemoPageButton label={label} variant={isCurrent ? 'default' : variant} />
        </>
      )
    case 'run':
      return (
        <LinkButton
          to={progress.newestRun ? `/runs/${encodeURIComponent(progress.newestRun.id)}` : '/runs'}
          label={label}
          variant={variant}
        />
      )
    case 'reply':
      return (
        <LinkButton
          to={progress.newestThread ? `/mailbox/${encodeURIComponent(progress.newestThread)}` : '/mailbox'}
          label={label}
          variant={variant}
        />
      )
    case 'meeting':
      return <LinkButton to="/meetings" label={label} variant={variant} />
    case 'deal':
      return <LinkButton to="/deals" label={label} variant={variant} />
    case 'customer':
      return <LinkButton to="/customers" label={label} variant={variant} />
    default:
      return step satisfies never
  }
}
