import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useMemo, useState, type FormEvent } from 'react'
import { encode } from 'uqr'
import { Card } from '../../components/card.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { SendingProblem } from '../../components/sending.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import * as operations from './settings-operations.ts'
import styles from './settings.module.css'
import { useChange } from '../../components/use-change.ts'

/** The second factor of the viewer: set up in two steps, or taken away by one of its codes. */
export function SecondFactorCard({ active, onChanged }: { active: boolean; onChanged: () => void }) {
  const { t } = useLanguage()
  const [codes, setCodes] = useState<readonly string[]>()
  return (
    <Card title={t.settings.factor.title} note={active ? t.settings.factor.active : t.settings.factor.note}>
      {codes ? (
        <RecoveryCodes codes={codes} onDone={() => (setCodes(undefined), onChanged())} />
      ) : active ? (
        <Remove onChanged={onChanged} />
      ) : (
        <SetUp onConfirmed={setCodes} />
      )}
    </Card>
  )
}

function SetUp({ onConfirmed }: { onConfirmed: (codes: readonly string[]) => void }) {
  const { t } = useLanguage()
  const begin = useChange(operations.BEGIN_FACTOR)
  const confirm = useChange(operations.CONFIRM_FACTOR)
  const ask = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    void begin.now({ currentPassword: valueOf(event, 'password') })
  }
  const prove = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    void confirm.send(async () => {
      const sent = await confirm.apply({ code: valueOf(event, 'code') })
      const done = sent.answer as { recoveryCodes?: readonly string[] } | undefined
      if (done?.recoveryCodes?.length) onConfirmed(done.recoveryCodes)
      return sent
    })
  }
  if (!begin.answer?.uri || !begin.answer.manualKey)
    return (
      <form className={styles.form} onSubmit={ask}>
        <PasswordInput
          name="password"
          label={t.settings.account.current}
          autoComplete="current-password"
          required
          visibilityToggleButtonProps={{ 'aria-label': t.signIn.show }}
        />
        <SendingProblem problem={begin.problem} />
        <div>
          <Button type="submit" loading={begin.sending}>
            {t.settings.factor.begin}
          </Button>
        </div>
      </form>
    )
  return (
    <form className={styles.form} onSubmit={prove}>
      <p>{t.settings.factor.scan}</p>
      <Picture text={begin.answer.uri} />
      <p className={styles.dim}>{t.settings.factor.type}</p>
      <div className={styles.controls}>
        <code data-testid="manual-key">{begin.answer.manualKey}</code>
        <CopyButton text={begin.answer.manualKey} />
      </div>
      <TextInput
        name="code"
        label={t.signIn.code}
        inputMode="numeric"
        autoComplete="one-time-code"
        required
        maxLength={7}
      />
      <SendingProblem problem={confirm.problem} />
      <div>
        <Button type="submit" loading={confirm.sending}>
          {t.settings.factor.confirm}
        </Button>
      </div>
    </form>
  )
}

function Picture({ text }: { text: string }) {
  const { t } = useLanguage()
  const { data, size } = useMemo(() => encode(text, { border: 0 }), [text])
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
  return (
    <svg className={styles.qr} viewBox={`0 0 ${size} ${size}`} role="img" aria-label={t.settings.factor.picture}>
      <path d={path} fill="black" />
    </svg>
  )
}

function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const { t } = useLanguage()
  return (
    <div className={styles.once} role="status">
      <p>{t.settings.factor.recovery}</p>
      <ul className={styles.codes} data-testid="recovery-codes">
        {codes.map(code => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className={styles.controls}>
        <CopyButton text={codes.join('\n')} variant="filled" />
        <Button size="xs" variant="default" onClick={onDone}>
          {t.webhooks.done}
        </Button>
      </div>
    </div>
  )
}

function Remove({ onChanged }: { onChanged: () => void }) {
  const { t } = useLanguage()
  const remove = useChange(operations.REMOVE_FACTOR)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    void remove.now({ code: valueOf(event, 'code') }).then(done => done && onChanged())
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      <TextInput name="code" label={t.signIn.code} autoComplete="one-time-code" required maxLength={40} />
      <SendingProblem problem={remove.problem} />
      <div>
        <Button type="submit" variant="default" loading={remove.sending}>
          {t.settings.factor.remove}
        </Button>
      </div>
    </form>
  )
}

const valueOf = (event: FormEvent<HTMLFormElement>, name: string) =>
  String(new FormData(event.currentTarget).get(name)).trim()
