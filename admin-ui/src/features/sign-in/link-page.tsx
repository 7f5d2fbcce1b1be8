import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useEffect, useState, type FormEvent } from 'react'
import { postJson } from '../../api/authorized-fetch.ts'
import { LanguageSwitch } from '../../components/language-switch.tsx'
import { Mark } from '../../components/mark.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import styles from './session.module.css'

/** The pages that a link opens, for who is not signed in; what the link carries stands behind the `#`. */
export function LinkPage({ page, onSignedIn }: { page: 'invitation' | 'reset' | 'forgot'; onSignedIn: () => void }) {
  const { t } = useLanguage()
  useEffect(() => {
    document.title = `${t.links[page].title} · TRAE OS`
  }, [t, page])
  const Form = { invitation: Invitation, reset: Reset, forgot: Forgot }[page]
  return (
    <main className={styles.page}>
      <div className={styles.box}>
        <p className={styles.mark}>
          <Mark /> {t.product}
        </p>
        <h1>{t.links[page].title}</h1>
        <Form onSignedIn={onSignedIn} />
        <p className={styles.hint}>
          <a href="/admin/">{t.links.toSignIn}</a>
        </p>
      </div>
      <LanguageSwitch />
    </main>
  )
}

interface Invited {
  readonly email: string
  readonly workspace_name: string
  readonly known: boolean
}

function Invitation({ onSignedIn }: { onSignedIn: () => void }) {
  const { t, locale } = useLanguage()
  const token = location.hash.slice(1)
  const [invited, setInvited] = useState<Invited | 'over'>()
  const { busy, problem, send } = usePost()
  const [wantsCode, setWantsCode] = useState(false)
  useEffect(() => {
    void postJson('/auth/invitation', { token })
      .then(async response => setInvited(response.ok ? ((await response.json()) as Invited) : 'over'))
      .catch(() => setInvited('over'))
  }, [token])
  if (!invited) return null
  if (invited === 'over')
    return (
      <p role="alert" className={styles.alert}>
        {t.links.over}
      </p>
    )
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    const { name, password, code } = valuesOf(event)
    const body = { token, password, locale, ...(invited.known ? {} : { name }), ...(code ? { code } : {}) }
    const answer = await send('/auth/invitation/accept', body)
    if (answer.code === 'SECOND_FACTOR') setWantsCode(true)
    if (!answer.ok) return
    history.replaceState(null, '', '/admin/')
    onSignedIn()
  }
  return (
    <>
      <p className={styles.text}>
        {invited.known
          ? t.links.known(invited.workspace_name, invited.email)
          : t.links.choose(invited.workspace_name, invited.email)}
      </p>
      <Problem text={wantsCode && !problem ? undefined : problem} />
      <form className={styles.form} onSubmit={event => void submit(event)}>
        {!invited.known && <TextInput name="name" label={t.fields.name} autoComplete="name" required size="md" />}
        <NewPassword fresh={!invited.known} />
        {wantsCode && (
          <TextInput name="code" label={t.signIn.code} autoComplete="one-time-code" autoFocus required size="md" />
        )}
        <Button type="submit" size="md" fullWidth loading={busy}>
          {t.links.join}
        </Button>
      </form>
    </>
  )
}

function Reset() {
  const { t } = useLanguage()
  const { busy, problem, send } = usePost()
  const [done, setDone] = useState(false)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    const { password } = valuesOf(event)
    setDone((await send('/auth/reset', { token: location.hash.slice(1), password })).ok)
  }
  if (done)
    return (
      <p role="status" className={styles.text}>
        {t.links.reset.done}
      </p>
    )
  return (
    <>
      <p className={styles.text}>{t.links.reset.text}</p>
      <Problem text={problem} />
      <form className={styles.form} onSubmit={event => void submit(event)}>
        <NewPassword fresh />
        <Button type="submit" size="md" fullWidth loading={busy}>
          {t.links.reset.submit}
        </Button>
      </form>
    </>
  )
}

function Forgot() {
  const { t } = useLanguage()
  const { busy, problem, send } = usePost()
  const [done, setDone] = useState(false)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    const { email } = valuesOf(event)
    setDone((await send('/auth/forgot', { email })).ok)
  }
  if (done)
    return (
      <p role="status" className={styles.text}>
        {t.links.forgot.done}
      </p>
    )
  return (
    <>
      <p className={styles.text}>{t.links.forgot.text}</p>
      <Problem text={problem} />
      <form className={styles.form} onSubmit={event => void submit(event)}>
        <TextInput name="email" type="email" label={t.signIn.email} autoComplete="username" required size="md" />
        <Button type="submit" size="md" fullWidth loading={busy}>
          {t.links.forgot.submit}
        </Button>
      </form>
    </>
  )
}

function NewPassword({ fresh }: { fresh: boolean }) {
  const { t } = useLanguage()
  return (
    <PasswordInput
      name="password"
      label={t.signIn.password}
      {...(fresh ? { description: t.links.passwordRule, minLength: 12 } : {})}
      autoComplete={fresh ? 'new-password' : 'current-password'}
      required
      maxLength={200}
      size="md"
      visibilityToggleButtonProps={{ 'aria-label': t.signIn.show }}
    />
  )
}

function Problem({ text }: { text: string | undefined }) {
  return text === undefined ? null : (
    <p className={styles.alert} role="alert">
      {text}
    </p>
  )
}

function usePost() {
  const { t } = useLanguage()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  return {
    busy,
    problem,
    async send(path: string, body: unknown): Promise<{ ok: boolean; code?: string }> {
      setBusy(true)
      setProblem(undefined)
      const response = await postJson(path, body).catch(() => undefined)
      setBusy(false)
      if (response?.ok) return { ok: true }
      const { code } = ((await response?.json().catch(() => undefined)) ?? {}) as { code?: string }
      if (response?.status === 429) setProblem(t.signIn.tooMany(Number(response.headers.get('retry-after')) || 60))
      else if (response?.status === 404) setProblem(t.links.over)
      else if (response?.status === 401 && code !== 'SECOND_FACTOR') setProblem(t.signIn.wrong)
      else if (response && response.status < 500 && code !== 'SECOND_FACTOR') setProblem(t.links.passwordRule)
      else if (code !== 'SECOND_FACTOR') setProblem(t.signIn.unreachable)
      return code === undefined ? { ok: false } : { ok: false, code }
    },
  }
}

function valuesOf(event: FormEvent<HTMLFormElement>): { name: string; email: string; password: string; code: string } {
  event.preventDefault()
  const data = new FormData(event.currentTarget)
  const value = (name: string) => String(data.get(name) ?? '')
  return {
    name: value('name').trim(),
    email: value('email').trim(),
    password: value('password'),
    code: value('code').trim(),
  }
}
