import { Button, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import type { Role } from '../../api/schema.ts'
import { useList } from '../../api/use-list.ts'
import { Card, Stack } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Nothing } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { SendingProblem } from '../../components/sending.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useMayAdminister } from '../sign-in/may-operate.ts'
import { useSession } from '../sign-in/session.tsx'
import { fullLink, Once } from './once.tsx'
import * as operations from './settings-operations.ts'
import styles from './settings.module.css'
import { useChange } from '../../components/use-change.ts'

const ROLES: readonly Role[] = ['OWNER', 'ADMIN', 'EDITOR', 'OPERATOR', 'VIEWER']

export function PeopleSection() {
  const { t } = useLanguage()
  const administers = useMayAdminister()
  const people = useList(operations.PEOPLE, {})
  return (
    <Stack>
      {administers && <Invite />}
      <Card title={t.settings.people.members} note={t.settings.people.membersNote}>
        {people.error && <Failure error={people.error} onRetry={people.reload} />}
        {!people.data && !people.error && <RowsSkeleton rows={3} />}
        <ul className={styles.list}>
          {people.nodes.map(person => (
            <PersonItem key={person.id} person={person} onChanged={people.reload} />
          ))}
        </ul>
        {people.hasMore && <MoreButton list={people} />}
      </Card>
    </Stack>
  )
}

function PersonItem({ person, onChanged }: { person: operations.Person; onChanged: () => void }) {
  const { t } = useLanguage()
  const { viewer } = useSession()
  const role = useChange(operations.CHANGE_ROLE)
  const remove = useChange(operations.REMOVE)
  const link = useChange(operations.RESET_LINK)
  const [asking, setAsking] = useState<'remove' | 'link'>()
  const own = person.id === viewer.id
  const mine = useMayAdminister() && !own && (viewer.role === 'OWNER' || person.role !== 'OWNER')
  return (
    <li className={styles.item}>
      <div className={styles.words}>
        <strong>{person.name}</strong> {own && <span className={styles.dim}>({t.settings.people.you})</span>}
        <p className={styles.dim}>
          {person.email}
          {person.secondFactor && ` · ${t.settings.people.safe}`}
          {' · '}
          {person.lastSeenAt ? <Time at={person.lastSeenAt} /> : t.settings.people.never}
        </p>
        <SendingProblem problem={role.problem} />
        {link.answer?.link && (
          <Once text={t.settings.people.resetOnce} value={fullLink(link.answer.link)} onDone={link.forget} />
        )}
      </div>
      <div className={styles.controls}>
        {mine ? (
          <>
            <select
              aria-label={t.settings.people.roleOf(person.name)}
              value={person.role}
              disabled={role.sending}
              onChange={event =>
                void role.now({ userId: person.id, role: event.currentTarget.value as Role }).then(onChanged)
              }
            >
              {ROLES.filter(role => viewer.role === 'OWNER' || role !== 'OWNER').map(role => (
                <option key={role} value={role}>
                  {t.settings.roles[role]}
                </option>
              ))}
            </select>
            <Button size="xs" variant="default" onClick={() => setAsking('link')}>
              {t.settings.people.reset}
            </Button>
            <Button size="xs" variant="default" onClick={() => setAsking('remove')}>
              {t.settings.people.remove}
            </Button>
          </>
        ) : (
          <span className={styles.dim}>{t.settings.roles[person.role]}</span>
        )}
      </div>
      {asking === 'remove' && (
        <ConfirmDialog
          title={t.settings.people.removeTitle(person.name)}
          confirm={t.settings.people.remove}
          danger
          send={() => remove.apply({ userId: person.id })}
          onDone={onChanged}
          onClose={() => setAsking(undefined)}
        >
          <p>{t.settings.people.removeText}</p>
        </ConfirmDialog>
      )}
      {asking === 'link' && (
        <ConfirmDialog
          title={t.settings.people.resetTitle(person.name)}
          confirm={t.settings.people.reset}
          send={() => link.apply({ userId: person.id })}
          onClose={() => setAsking(undefined)}
        >
          <p>{t.settings.people.resetText}</p>
        </ConfirmDialog>
      )}
    </li>
  )
}

function Invite() {
  const { t } = useLanguage()
  const { viewer } = useSession()
  const invitations = useList(operations.INVITATIONS, {})
  const invite = useChange(operations.INVITE)
  const withdraw = useChange(operations.WITHDRAW)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const data = new FormData(form)
    const sent = await invite.now({ email: String(data.get('email')).trim(), role: String(data.get('role')) as Role })
    if (!sent) return
    form.reset()
    invitations.reload()
  }
  return (
    <Card title={t.settings.people.invite} note={t.settings.people.inviteNote}>
      <form className={styles.item} onSubmit={event => void submit(event)}>
        <div className={styles.words}>
          <TextInput
            name="email"
            type="email"
            required
            aria-label={t.signIn.email}
            placeholder={t.settings.people.placeholder}
          />
        </div>
        <div className={styles.controls}>
          <select name="role" aria-label={t.settings.people.role} defaultValue="OPERATOR">
            {ROLES.filter(role => viewer.role === 'OWNER' || role !== 'OWNER').map(role => (
              <option key={role} value={role}>
                {t.settings.roles[role]}
              </option>
            ))}
          </select>
          <Button type="submit" loading={invite.sending}>
            {t.settings.people.inviteSubmit}
          </Button>
        </div>
      </form>
      <SendingProblem problem={invite.problem ?? withdraw.problem} />
      {invite.answer?.link && (
        <Once
          text={invite.answer.mailed ? t.settings.people.mailed : t.settings.people.once}
          value={fullLink(invite.answer.link)}
          onDone={invite.forget}
        />
      )}
      <ul className={styles.list}>
        {invitations.nodes.map(({ id, email, role, expiresAt }) => (
          <li key={id} className={styles.item}>
            <div className={styles.words}>
              {email}
              <p className={styles.dim}>
                {t.settings.roles[role]} · {t.settings.people.open} <Time at={expiresAt} as="dateTime" />
              </p>
            </div>
            <Button
              size="xs"
              variant="default"
              onClick={() => void withdraw.now({ invitationId: id }).then(invitations.reload)}
            >
              {t.settings.people.withdraw}
            </Button>
          </li>
        ))}
      </ul>
      {invitations.data && invitations.nodes.length === 0 && <Nothing>{t.settings.people.noInvitation}</Nothing>}
    </Card>
  )
}
