import { Button, Checkbox, NumberInput } from '@mantine/core'
import { useState } from 'react'
import { Card } from '../../components/card.tsx'
import { SendingProblem } from '../../components/sending.tsx'
import { Time } from '../../components/time.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { useMayAdminister } from '../sign-in/may-operate.ts'
import { type RuleRow, UPDATE_RULE } from './alert-operations.ts'
import styles from './alerts.module.css'

const DAY_MS = 86_400_000

/** What is watched, and from where on it is too much. */
export function AlertRules({ rules, onChanged }: { rules: readonly RuleRow[]; onChanged: () => void }) {
  const { t } = useLanguage()
  return (
    <Card title={t.alerts.rules} note={t.alerts.rulesNote}>
      <ul className={styles.rules}>
        {rules.map(rule => (
          <RuleItem key={rule.key} rule={rule} onChanged={onChanged} />
        ))}
      </ul>
    </Card>
  )
}

function RuleItem({ rule, onChanged }: { rule: RuleRow; onChanged: () => void }) {
  const { t } = useLanguage()
  const mayAdminister = useMayAdminister()
  const update = useChange(UPDATE_RULE)
  const { key, title, condition, enabled, threshold, minimum, maximum, unit, mutedUntil } = rule
  const percent = unit === 'share'
  const shown = percent ? threshold * 100 : threshold
  const [text, setText] = useState<number | string>(shown)
  const muted = mutedUntil !== null && new Date(mutedUntil).getTime() > Date.now()
  const send = (change: Parameters<typeof update.now>[0]) => void update.now(change).then(onChanged)
  return (
    <li aria-label={title}>
      <div className={styles.ruleHead}>
        <strong>{title}</strong>
        {mayAdminister && (
          <Checkbox
            size="xs"
            aria-label={t.alerts.watch(title)}
            checked={enabled}
            onChange={event => send({ key, enabled: event.currentTarget.checked })}
          />
        )}
      </div>
      <p>{condition}</p>
      {muted && (
        <p className={styles.muted}>
          {t.alerts.mutedUntil} <Time at={mutedUntil} />
        </p>
      )}
      {mayAdminister && enabled && (
        <div className={styles.ruleTools}>
          {minimum < maximum && (
            <>
              <NumberInput
                size="xs"
                className={styles.threshold}
                aria-label={t.alerts.threshold(title)}
                value={text}
                min={percent ? minimum * 100 : minimum}
                max={percent ? maximum * 100 : maximum}
                suffix={t.alerts.units[unit as keyof typeof t.alerts.units] ?? ''}
                hideControls
                onChange={setText}
              />
              {typeof text === 'number' && text !== shown && (
                <Button
                  size="xs"
                  loading={update.sending}
                  onClick={() => send({ key, threshold: percent ? text / 100 : text })}
                >
                  {t.alerts.save}
                </Button>
              )}
            </>
          )}
          <Button
            size="xs"
            variant="default"
            onClick={() => send({ key, mutedUntil: muted ? null : new Date(Date.now() + DAY_MS).toISOString() })}
          >
            {muted ? t.alerts.unmute : t.alerts.mute}
          </Button>
        </div>
      )}
      <SendingProblem problem={update.problem} />
    </li>
  )
}
