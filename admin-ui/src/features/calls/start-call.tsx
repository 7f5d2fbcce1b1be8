import { Button } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import { SendingProblem, useSending } from '../../components/sending.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { navigate } from '../../router.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { type CallSubject, START_CALL } from './call-operations.ts'

/** Opens the page of a call: the one of a meeting, or a new one about a deal or with a lead. */
export function StartCall({ of, label, short = false }: { of: CallSubject; label?: string; short?: boolean }) {
  const { t } = useLanguage()
  const mayOperate = useMayOperate()
  const [, start] = useMutation(START_CALL)
  const { sending, problem, send } = useSending()
  // One button, one call: sending it again after a lost answer begins no second one
  const [idempotencyKey] = useState(() => crypto.randomUUID())
  if (!mayOperate) return null
  const open = async () => {
    const { data, error } = await start({ input: 'meetingId' in of ? of : { ...of, idempotencyKey } })
    const call = data?.callStart.call
    if (call) navigate(`/calls/${encodeURIComponent(call.id)}`)
    return { error, answer: data?.callStart }
  }
  return (
    <div>
      <Button size="xs" variant="default" loading={sending} aria-label={label} onClick={() => void send(open)}>
        {'meetingId' in of ? t.calls.start : short ? t.calls.beginShort : t.calls.begin}
      </Button>
      <SendingProblem problem={problem} />
    </div>
  )
}
