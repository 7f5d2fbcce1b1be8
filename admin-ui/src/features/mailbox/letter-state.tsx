import { Button } from '@mantine/core'
import { SendingProblem } from '../../components/sending.tsx'
import { Status, type Tone } from '../../components/status.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { ARRIVED, type Letter, RESEND } from './mailbox-operations.ts'
import styles from './mailbox.module.css'

const TONES: Readonly<Record<Letter['state'], Tone>> = {
  QUEUED: 'wait',
  SENDING: 'live',
  SENT: 'quiet',
  FAILED: 'bad',
  UNCERTAIN: 'bad',
  TO_SEND: 'wait',
}

/** How far a letter has come, where that is worth a look, and what a person may decide about it. */
export function LetterState({ letter, onChanged }: { letter: Letter; onChanged?: (letter: Letter) => void }) {
  const { t } = useLanguage()
  const mayOperate = useMayOperate()
  const resend = useChange(RESEND)
  const arrived = useChange(ARRIVED)
  const { state, serverAnswer, bouncedAt, isAutomatic, channel } = letter
  if (isAutomatic) return <Status tone="quiet" icon="info" label={t.mailbox.automatic} />
  if (state === 'SENT' && bouncedAt === null) return null
  const decide = async (change: typeof resend, next: Letter['state']) => {
    if (await change.now({ messageId: letter.id })) onChanged?.({ ...letter, state: next })
  }
  return (
    <div className={styles.state}>
      <Status
        tone={bouncedAt === null ? TONES[state] : 'bad'}
        label={bouncedAt === null ? t.mailbox.states[state] : t.mailbox.bounced}
      />
      {serverAnswer !== null && <p>{serverAnswer}</p>}
      <SendingProblem problem={resend.problem ?? arrived.problem} />
      {mayOperate && channel === 'email' && bouncedAt === null && (state === 'FAILED' || state === 'UNCERTAIN') && (
        <div className={styles.decide}>
          <Button size="xs" variant="default" loading={resend.sending} onClick={() => void decide(resend, 'QUEUED')}>
            {t.mailbox.resend}
          </Button>
          {state === 'UNCERTAIN' && (
            <Button size="xs" variant="default" loading={arrived.sending} onClick={() => void decide(arrived, 'SENT')}>
              {t.mailbox.arrived}
            </Button>
          )}
        </div>
      )}
    </div>
  )
}
