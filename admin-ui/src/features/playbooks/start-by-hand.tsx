import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useClient, useMutation } from 'urql'
import { useLoaded } from '../../api/use-loaded.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import type { Sent } from '../../components/sending.tsx'
import { DeclaredFields, declaredFields, type Typed, valuesOf } from '../../components/declared-fields.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { navigate } from '../../router.tsx'
import { LEADS } from '../leads/lead-operations.ts'
import { START } from '../runs/operate-operations.ts'
import { useMayOperate } from '../sign-in/may-operate.ts'
import type { PlaybookDetails } from './playbook-operations.ts'
import { PLAYBOOK_TRIGGERS } from './trigger-operations.ts'

/** Starts a run by hand, of a playbook that says that it is meant to be; then shows it. */
export function StartByHand({ playbook }: { playbook: PlaybookDetails }) {
  const { t } = useLanguage()
  const [asking, setAsking] = useState(false)
  const mayStart = useMayOperate()
  const { data } = useLoaded(PLAYBOOK_TRIGGERS, { slug: playbook.slug })
  const byHand = data?.playbook?.triggers.some(trigger => trigger.kind === 'MANUAL')
  if (!mayStart || !byHand || playbook.status !== 'ACTIVE') return null
  return (
    <>
      <Button onClick={() => setAsking(true)}>{t.starting.button}</Button>
      {asking && <StartDialog playbook={playbook} onClose={() => setAsking(false)} />}
    </>
  )
}

function StartDialog({ playbook, onClose }: { playbook: PlaybookDetails; onClose: () => void }) {
  const { t } = useLanguage()
  const client = useClient()
  const [, start] = useMutation(START)
  const [idempotencyKey] = useState(() => crypto.randomUUID()) // a second click answers with the same run
  const [typed, setTyped] = useState<Typed>({})
  const [email, setEmail] = useState('')
  const fields = declaredFields(playbook.published?.inputs ?? [])

  const send = async (): Promise<Sent> => {
    let leadId: string | null = null
    if (email.trim() !== '') {
      const wanted = email.trim().toLowerCase()
      const { data, error } = await client.query(LEADS, { filter: { search: wanted } }).toPromise()
      if (error) return { error }
      leadId = data?.list.edges.find(({ node }) => node.email === wanted)?.node.id ?? null
      if (leadId === null)
        return { answer: { userErrors: [{ code: 'NOT_FOUND', message: t.starting.noLead(wanted) }] } }
    }
    const { data, error } = await start({
      playbook: playbook.slug,
      inputs: valuesOf(fields, typed),
      leadId,
      idempotencyKey,
    })
    if (data?.answer.run) navigate(`/runs/${encodeURIComponent(data.answer.run.id)}`)
    return { error, answer: data?.answer }
  }
  return (
    <ConfirmDialog title={t.starting.title(playbook.name)} confirm={t.starting.confirm} send={send} onClose={onClose}>
      <p>{fields.length === 0 ? t.starting.noInputs : t.starting.text}</p>
      <DeclaredFields fields={fields} typed={typed} onType={setTyped} />
      <TextInput
        label={t.starting.lead}
        description={t.starting.leadText}
        type="email"
        value={email}
        onChange={event => setEmail(event.currentTarget.value)}
      />
    </ConfirmDialog>
  )
}
