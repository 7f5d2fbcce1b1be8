import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useEffect, useState, type FormEvent } from 'react'
import { postJson } from '../../api/authorized-fetch.ts'
import { LanguageSwitch } from '../../components/language-switch.tsx'
import { Mark } from '../../components/mark.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import styles from './session.module.css'

export function SignInPage({ ended, onSignedIn }: { ended: boolean; onSignedIn: () => void }) {
  const { t } = useLanguage()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const [wantsCode, setWantsCode] = useState(false)
  const [missing, setMissing] = useState<{ email?: string; password?: string }>({})
  const [provider, setProvider] = useState<string>()
  useEffect(() => {
    void fetch('/auth/methods')
      .then(response => response.json() as Promise<{ oidc: { name: string } | null }>)
      .then(({ oidc }) => setProvider(oidc?.name))
      .catch(() => {})
    if (new URLSearchParams(location.search).get('sso') === 'failed') setProblem(t.signIn.ssoFailed)
  }, [t])
  useEffect(() => {
    document.title = `${t.signIn.title} · TRAE OS`
  }, [t])

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const email = String(form.get('email')).trim()
    const password = String(form.get('password'))
    const missing = {
      ...(!email && { email: t.signIn.missingEmail }),
      ...(!password && { password: t.signIn.missingPassword }),
    }
    setMissing(missing)
    if (!email || !password)
      return event.currentTarget.querySelector<HTMLInputElement>(email ? '[name=password]' : '[name=email]')?.focus()
    setBusy(true)
    setProblem(undefined)
    const code = String(form.get('code') ?? '').trim()
    const response = await postJson('/auth/login', { email, password, ...(code ? { code } : {}) }).catch(
      () => undefined,
    )
    setBusy(false)
    const refusal = response?.status === 401 ? ((await response.json()) as { code: string }).code : undefined
    if (response?.ok) onSignedIn()
    else if (refusal === 'SECOND_FACTOR') setWantsCode(true)
    else if (refusal && code) setProblem(t.signIn.wrongCode)
    else if (response?.status === 429) setProblem(t.signIn.tooMany(Number(response.headers.get('retry-after')) || 60))
    else if (response && response.status < 500) setProblem(t.signIn.wrong)
    else setProblem(t.signIn.unreachable)
  }

  return (
    <main className={styles.page}>
      <div className={styles.box}>
        <div>
          <p className={styles.mark}>
            <Mark /> {t.product}
          </p>
          <h1>{t.signIn.title}</h1>
          <p className={styles.text}>{t.signIn.text}</p>
        </div>
        {ended && !problem && (
          <p className={styles.alert} data-tone="info" role="status">
            {t.signIn.ended}
          </p>
        )}
        {problem && (
          <p className={styles.alert} role="alert">
            {problem}
          </p>
        )}
        <form className={styles.form} onSubmit={event => void submit(event)} noValidate>
          <TextInput
            name="email"
            type="email"
            label={t.signIn.email}
            autoComplete="username"
            autoFocus
            size="md"
            error={missing.email}
          />
          <PasswordInput
            name="password"
            label={t.signIn.password}
            autoComplete="current-password"
            size="md"
            error={missing.password}
            visibilityToggleButtonProps={{ 'aria-label': t.signIn.show }}
          />
          {wantsCode && (
            <TextInput
              name="code"
              label={t.signIn.code}
              description={t.signIn.codeNote}
              autoComplete="one-time-code"
              autoFocus
              size="md"
            />
          )}
          <Button type="submit" size="md" fullWidth loading={busy}>
            {t.signIn.submit}
          </Button>
        </form>
        {provider && (
          <Button component="a" href="/auth/oidc" variant="default" size="md" fullWidth>
            {t.signIn.by(provider)}
          </Button>
        )}
        <p className={styles.hint}>
          <a href="/admin/forgot">{t.signIn.forgot}</a>
        </p>
        <p className={styles.hint}>{t.signIn.firstTime}</p>
      </div>
      <LanguageSwitch />
    </main>
  )
}
