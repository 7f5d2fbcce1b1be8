import { Button, Textarea, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { SendingProblem } from '../../components/sending.tsx'
import { Icon } from '../../components/icon.tsx'
import { useChange } from '../../components/use-change.ts'
import { useLanguage } from '../../i18n/messages.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { type Letter, SEND, type ThreadLead } from './mailbox-operations.ts'
import styles from './mailbox.module.css'

/** A person writes to a lead, in the thread of the last letter. */
export function WriteForm({
  lead,
  to,
  onSent,
}: {
  lead: ThreadLead
  to: Letter | undefined
  onSent: (letter: Letter) => void
}) {
  const { t } = useLanguage()
  const mayOperate = useMayOperate()
  const send = useChange(SEND)
  const [key, setKey] = useState(() => crypto.randomUUID())
  const [subject, setSubject] = useState(() => answering(to?.subject ?? ''))
  const [body, setBody] = useState('')
  const [done, setDone] = useState(false)
  if (!mayOperate) return null

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (send.sending || body.trim() === '') return
    setDone(false)
    const input = { leadId: lead.id, subject, body: body.trim(), inReplyToId: to?.id ?? null, key }
    let letter: Letter | null | undefined
    const sent = await send.send(async () => {
      const answered = await send.apply(input)
      letter = (answered.answer as { readonly message?: Letter | null } | undefined)?.message
      return answered
    })
    if (!sent) return
    if (letter) onSent(letter)
    setBody('')
    setKey(crypto.randomUUID())
    setDone(true)
  }

  return (
    <form className={styles.reply} onSubmit={event => void submit(event)}>
      <TextInput
        required
        label={t.mailbox.subject}
        maxLength={255}
        value={subject}
        onChange={event => setSubject(event.currentTarget.value)}
      />
      <Textarea
        required
        label={t.mailbox.write(lead.name)}
        description={lead.email ?? undefined}
        rows={4}
        maxLength={20_000}
        value={body}
        onChange={event => setBody(event.currentTarget.value)}
      />
      <SendingProblem problem={send.problem} />
      <div className={styles.replyFoot}>
        <span role="status" className={styles.sent}>
          {done && t.mailbox.queued}
        </span>
        <Button type="submit" loading={send.sending} leftSection={<Icon name="send" size={16} />}>
          {t.mailbox.sendLetter}
        </Button>
      </div>
    </form>
  )
}

const answering = (subject: string) => (subject === '' || /^re:/i.test(subject) ? subject : `Re: ${subject}`)
