import { Button, PasswordInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { useList } from '../../api/use-list.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { Card, Stack } from '../../components/card.tsx'
import { Failure } from '../../components/failure.tsx'
import { SendingProblem } from '../../components/sending.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { switchWorkspace } from '../sign-in/switch-workspace.ts'
import { SecondFactorCard } from './second-factor.tsx'
import * as operations from './settings-operations.ts'
import styles from './settings.module.css'
import { useChange } from '../../components/use-change.ts'

export function AccountSection() {
  const account = useLoaded(operations.ACCOUNT, {})
  const require = useChange(operations.REQUIRE_FACTOR)
  const { t } = useLanguage()
  if (account.error) return <Failure error={account.error} onRetry={account.reload} />
  if (!account.data) return null
  const { viewer, workspace, ownWorkspaces } = account.data
  return (
    <Stack>
      <PasswordCard />
      <SecondFactorCard active={viewer.secondFactor} onChanged={account.reload} />
      {viewer.role === 'OWNER' && (
        <Card title={t.settings.factor.ruleTitle}>
          <label>
            <input
              type="checkbox"
              checked={workspace.secondFactorRequired}
              disabled={require.sending}
              onChange={event => void require.now({ required: event.currentTarget.checked }).then(account.reload)}
            />{' '}
            {t.settings.factor.rule}
          </label>
          <SendingProblem problem={require.problem} />
        </Card>
      )}
      {ownWorkspaces.length > 1 && (
        <Card title={t.settings.account.workspaces}>
          <ul className={styles.list}>
            {ownWorkspaces.map(({ id, switchId, name, current }) => (
              <li key={id} className={styles.item}>
                <span className={styles.words}>{name}</span>
                {current ? (
                  <span className={styles.dim}>{t.settings.account.here}</span>
                ) : (
                  <Button
                    size="xs"
                    variant="default"
                    onClick={() => void switchWorkspace(switchId).then(gone => gone || account.reload())}
                  >
                    {t.settings.account.switch}
                  </Button>
                )}
              </li>
            ))}
          </ul>
        </Card>
      )}
      <SessionsCard />
    </Stack>
  )
}

function PasswordCard() {
  const { t } = useLanguage()
  const change = useChange(operations.CHANGE_PASSWORD)
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const data = new FormData(form)
    const input = { currentPassword: String(data.get('current')), newPassword: String(data.get('next')) }
    void change.now(input).then(done => done && form.reset())
  }
  const reveal = { 'aria-label': t.signIn.show }
  return (
    <Card title={t.signIn.password} note={t.settings.account.passwordNote}>
      <form className={styles.form} onSubmit={submit}>
        <PasswordInput
          name="current"
          label={t.settings.account.current}
          autoComplete="current-password"
          required
          visibilityToggleButtonProps={reveal}
        />
        <PasswordInput
          name="next"
          label={t.settings.account.next}
          autoComplete="new-password"
          required
          minLength={12}
          maxLength={200}
          visibilityToggleButtonProps={reveal}
        />
        <SendingProblem problem={change.problem} />
        {change.answer && !change.problem && (
          <p role="status" className={styles.dim}>
            {t.settings.account.changed}
          </p>
        )}
        <div>
          <Button type="submit" loading={change.sending}>
            {t.settings.account.change}
          </Button>
        </div>
      </form>
    </Card>
  )
}

function SessionsCard() {
  const { t } = useLanguage()
  const sessions = useList(operations.SESSIONS, {})
  const end = useChange(operations.END_SESSIONS)
  const [ending, setEnding] = useState<string>()
  const stop = (id: string) => {
    setEnding(id)
    void end.now({ sessionIds: [id] }).then(sessions.reload)
  }
  return (
    <Card title={t.settings.account.sessions} note={t.settings.account.sessionsNote}>
      <SendingProblem problem={end.problem} />
      <ul className={styles.list}>
        {sessions.nodes.map(({ id, userAgent, address, current, lastUsedAt }) => (
          <li key={id} className={styles.item}>
            <div className={styles.words}>
              {nameOf(userAgent) ?? t.settings.account.unknownBrowser}
              <p className={styles.dim}>
                {address} · <Time at={lastUsedAt} />
              </p>
            </div>
            {current ? (
              <span className={styles.dim}>{t.settings.account.thisOne}</span>
            ) : (
              <Button size="xs" variant="default" loading={end.sending && ending === id} onClick={() => stop(id)}>
                {t.settings.account.end}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {sessions.hasMore && (
        <Button variant="default" size="xs" loading={sessions.loadingMore} onClick={sessions.more}>
          {t.common.more}
        </Button>
      )}
    </Card>
  )
}

/** Browser and system, as people call them; the first words of anything else. */
function nameOf(userAgent: string | null): string | undefined {
  if (!userAgent) return undefined
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\//
    .exec(userAgent)?.[1]
    ?.replace('Edg', 'Edge')
    .replace('OPR', 'Opera')
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(userAgent)?.[1]?.replace('Mac OS X', 'macOS')
  return browser && system ? `${browser}, ${system}` : userAgent.slice(0, 60)
}
