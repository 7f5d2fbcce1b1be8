import { Button } from '@mantine/core'
import { useMutation } from 'urql'
import { SendingProblem, useSending } from '../../components/sending.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { navigate } from '../../router.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { START_CALL } from './call-operations.ts'

/** Opens the page of the call of a meeting, which has one. */
export function StartCall({ meetingId }: { meetingId: string }) {
  const { t } = useLanguage()
  const mayOperate = useMayOperate()
  const [, start] = useMutation(START_CALL)
  const { sending, problem, send } = useSending()
  if (!mayOperate) return null
  const open = async () => {
    const { data, error } = await start({ input: { meetingId } })
    const call = data?.callStart.call
    if (call) navigate(`/calls/${encodeURIComponent(call.id)}`)
    return { error, answer: data?.callStart }
  }
  return (
    <div>
      <Button size="xs" variant="default" loading={sending} onClick={() => void send(open)}>
        {t.calls.start}
      </Button>
      <SendingProblem problem={problem} />
    </div>
  )
}
