import { Button, Textarea } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { useMutation } from 'urql'
import { nodesOf } from '../../api/connection.ts'
import { Nothing } from '../../components/empty.tsx'
import { explain } from '../../components/failure.tsx'
import { Icon } from '../../components/icon.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { LetterState } from './letter-state.tsx'
import { REPLY, type Letter, type ThreadLead } from './mailbox-operations.ts'
import styles from './mailbox.module.css'
import { WriteForm } from './write-form.tsx'

/** What was written to a lead and back, oldest first, and below it our pen where letters go out for real, else the lead's; nothing goes
 * out to the sample lead. */
export function ThreadView({
  lead,
  real,
  onSent,
}: {
  lead: ThreadLead
  real: boolean
  onSent: (letter: Letter) => void
}) {
  const { t } = useLanguage()
  const letters = [...nodesOf(lead.messages)].sort((a, b) => a.createdAt.localeCompare(b.createdAt))
  const answered = letters.findLast(letter => letter.direction === 'OUT')
  return (
    <section aria-label={t.mailbox.conversation}>
      <header className={styles.head}>
        <Link to="/mailbox" className={styles.back} aria-label={t.common.back}>
          <Icon name="back" />
        </Link>
        <div>
          <h2>{lead.name}</h2>
          <p>{[lead.email, lead.company].filter(Boolean).join(' · ')}</p>
        </div>
        <Link to={`/leads/${encodeURIComponent(lead.id)}`}>{t.mailbox.openLead}</Link>
      </header>
      <ol className={styles.letters}>
        {letters.map(letter => (
          <li key={letter.id} data-direction={letter.direction}>
            <LetterView letter={letter} name={lead.name} onChanged={onSent} />
          </li>
        ))}
      </ol>
      {real && lead.source !== 'SAMPLE' ? (
        <WriteForm lead={lead} to={letters.at(-1)} onSent={onSent} />
      ) : answered ? (
        <ReplyForm lead={lead} to={answered} onSent={onSent} />
      ) : (
        <Nothing>{t.mailbox.nothingToAnswer}</Nothing>
      )}
    </section>
  )
}

/** Mail with somebody who is no lead, the team for one: to read only. */
export function AddressThread({ address, letters }: { address: string; letters: readonly Letter[] }) {
  const { t } = useLanguage()
  return (
    <section aria-label={t.mailbox.conversation}>
      <header className={styles.head}>
        <Link to="/mailbox" className={styles.back} aria-label={t.common.back}>
          <Icon name="back" />
        </Link>
        <div>
          <h2>{address}</h2>
          <p>{t.mailbox.team}</p>
        </div>
      </header>
      <ol className={styles.letters}>
        {letters.toReversed().map(letter => (
          <li key={letter.id} data-direction={letter.direction}>
            <LetterView letter={letter} name={address} />
          </li>
        ))}
      </ol>
      <Nothing>{t.mailbox.readOnly}</Nothing>
    </section>
  )
}

function LetterView({
  letter,
  name,
  onChanged,
}: {
  letter: Letter
  name: string
  onChanged?: (letter: Letter) => void
}) {
  const { t } = useLanguage()
  return (
    <article className={styles.letter}>
      <header>
        <strong>{letter.direction === 'IN' ? name : letter.from || t.product}</strong>
        <Time at={letter.createdAt} as="dateTime" />
      </header>
      <h3>{letter.subject || (t.outbox.channels[letter.channel] ?? letter.channel)}</h3>
      <p>{letter.body}</p>
      <LetterState letter={letter} onChanged={onChanged} />
      {letter.run && (
        <footer>
          <Link to={`/runs/${encodeURIComponent(letter.run.id)}`}>{t.mailbox.openRun}</Link>
        </footer>
      )}
    </article>
  )
}

function ReplyForm({ lead, to, onSent }: { lead: ThreadLead; to: Letter; onSent: (letter: Letter) => void }) {
  const { t } = useLanguage()
  const [body, setBody] = useState('')
  const [note, setNote] = useState<{ tone: 'good' | 'bad'; text: string }>()
  const [{ fetching }, reply] = useMutation(REPLY)

  const send = async (event: FormEvent) => {
    event.preventDefault()
    if (fetching) return
    if (!body.trim()) return setNote({ tone: 'bad', text: t.mailbox.empty })
    setNote(undefined)
    const { data, error } = await reply({ input: { messageId: to.id, body: body.trim() } })
    const [refused] = data?.messageReply.userErrors ?? []
    if (error) return setNote({ tone: 'bad', text: explain(error, t).text })
    if (refused) return setNote({ tone: 'bad', text: refused.message || t.userErrors[refused.code] })
    if (data?.messageReply.message) onSent(data.messageReply.message)
    setBody('')
    setNote({ tone: 'good', text: t.mailbox.sent })
  }

  return (
    <form className={styles.reply} onSubmit={event => void send(event)}>
      <Textarea
        label={t.mailbox.reply(lead.name)}
        description={t.mailbox.replyHelp}
        placeholder={t.mailbox.placeholder}
        rows={3}
        maxLength={20_000}
        value={body}
        error={note?.tone === 'bad' ? note.text : undefined}
        onChange={event => setBody(event.currentTarget.value)}
        onKeyDown={event => (event.metaKey || event.ctrlKey) && event.key === 'Enter' && void send(event)}
      />
      <div className={styles.replyFoot}>
        <span role="status" className={styles.sent}>
          {note?.tone === 'good' && note.text}
        </span>
        <Button type="submit" loading={fetching} leftSection={<Icon name="send" size={16} />}>
          {t.mailbox.send}
        </Button>
      </div>
    </form>
  )
}
