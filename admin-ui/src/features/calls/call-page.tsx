import { Button, Textarea } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useMutation } from 'urql'
import type { Speaker } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { useStream } from '../../api/use-stream.ts'
import { Card } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Empty, LinkButton, Nothing } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Page } from '../../components/page.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { SendingProblem, useSending } from '../../components/sending.tsx'
import { Status } from '../../components/status.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { AdviceCard, SummaryCard } from './advice.tsx'
import { ADD_LINES, CALL, CALL_UPDATED, type CallDetails, END_CALL, withLines } from './call-operations.ts'
import styles from './calls.module.css'

/** A call as it goes: what is said on the left, what could be said on the right; what it came to when it is over. */
export function CallPage({ id }: { id: string }) {
  const { t } = useLanguage()
  const [ready, setReady] = useState(false)
  const loaded = useLoaded(CALL, { id }, ready)
  useStream(CALL_UPDATED, () => ({ id }), {
    key: id,
    onReady: setReady,
    onData: ({ callUpdated: { call, lines, advice } }) =>
      loaded.change(data => ({
        node: data.node && {
          ...data.node,
          ...call,
          lines: withLines(data.node.lines, lines),
          advice: advice
            ? [advice, ...data.node.advice.filter(one => one.afterSeq !== advice.afterSeq)]
            : data.node.advice,
        },
      })),
    onResumed: () => loaded.reload(),
  })
  const call = loaded.data?.node
  if (call) return <Shown call={call} />
  const missing = loaded.data !== undefined && !loaded.error
  return (
    <Page title={missing ? t.calls.notFoundTitle : t.calls.title} back={{ to: '/calls', label: t.calls.listTitle }}>
      {loaded.error && <Failure error={loaded.error} onRetry={loaded.reload} />}
      {!loaded.data && !loaded.error && <TextSkeleton />}
      {missing && (
        <Empty icon="meetings" title={t.calls.notFoundTitle} text={t.calls.notFoundText}>
          <LinkButton to="/calls" label={t.calls.listTitle} />
        </Empty>
      )}
    </Page>
  )
}

function Shown({ call }: { call: CallDetails }) {
  const { t } = useLanguage()
  const mayOperate = useMayOperate()
  const [ending, setEnding] = useState(false)
  const [, end] = useMutation(END_CALL)
  const open = call.status === 'OPEN'
  return (
    <Page
      title={t.calls.with(call.lead.name)}
      subtitle={
        <Link to={`/leads/${encodeURIComponent(call.lead.id)}`}>
          {[call.lead.name, call.lead.company].filter(Boolean).join(' · ')}
        </Link>
      }
      back={{ to: '/calls', label: t.calls.listTitle }}
      badge={<Status tone={open ? 'live' : 'quiet'} label={t.calls.statuses[call.status]} />}
      actions={open && mayOperate && <Button onClick={() => setEnding(true)}>{t.calls.end}</Button>}
    >
      <div className={styles.columns}>
        <Transcript call={call} mayWrite={open && mayOperate} />
        <div className={styles.stack} aria-live="polite">
          {call.summary && <SummaryCard summary={call.summary} />}
          <AdviceCard
            advice={call.advice[0]}
            behind={(call.lines.at(-1)?.seq ?? 0) > (call.advice[0]?.afterSeq ?? 0)}
          />
        </div>
      </div>
      {ending && (
        <ConfirmDialog
          title={t.calls.endTitle}
          confirm={t.calls.end}
          send={async () => {
            const { data, error } = await end({ input: { callId: call.id } })
            return { error, answer: data?.callEnd }
          }}
          onClose={() => setEnding(false)}
        >
          <p>{t.calls.endText}</p>
        </ConfirmDialog>
      )}
    </Page>
  )
}

function Transcript({ call, mayWrite }: { call: CallDetails; mayWrite: boolean }) {
  const { t, format } = useLanguage()
  const end = useRef<HTMLLIElement>(null)
  const last = call.lines.at(-1)?.seq
  useEffect(() => {
    void end.current?.scrollIntoView({ block: 'nearest' }) // a promise in new browsers, which is no clean-up
  }, [last])
  return (
    <Card title={t.calls.transcript} note={t.calls.transcriptNote}>
      {call.lines.length === 0 && <Nothing>{t.calls.nothingSaid}</Nothing>}
      <ol className={styles.lines}>
        {call.lines.map(line => (
          <li key={line.seq} data-who={line.who} ref={line.seq === last ? end : undefined}>
            <small>
              {line.who === 'US' ? t.calls.speakers.US : call.lead.name} · {format.time(line.saidAt)}
            </small>
            <p>{line.text}</p>
          </li>
        ))}
      </ol>
      {mayWrite && <Write callId={call.id} theirName={call.lead.name} />}
    </Card>
  )
}

function Write({ callId, theirName }: { callId: string; theirName: string }) {
  const { t } = useLanguage()
  const [who, setWho] = useState<Speaker>('THEM')
  const [text, setText] = useState('')
  const [, add] = useMutation(ADD_LINES)
  const { sending, problem, send } = useSending()
  const submit = async () => {
    const said = text.trim()
    if (said === '' || sending) return
    const done = await send(async () => {
      const { data, error } = await add({ input: { callId, lines: [{ who, text: said }] } })
      return { error, answer: data?.callAddLines }
    })
    if (done) setText('')
  }
  return (
    <form
      className={styles.write}
      onSubmit={event => {
        event.preventDefault()
        void submit()
      }}
    >
      <div className={styles.who} role="group" aria-label={t.calls.who}>
        {(['THEM', 'US'] as const).map(speaker => (
          <button key={speaker} type="button" aria-pressed={who === speaker} onClick={() => setWho(speaker)}>
            {speaker === 'US' ? t.calls.speakers.US : theirName}
          </button>
        ))}
      </div>
      <Textarea
        aria-label={t.calls.said}
        placeholder={t.calls.said}
        autosize
        minRows={2}
        maxLength={2000}
        value={text}
        onChange={event => setText(event.currentTarget.value)}
        onKeyDown={event => {
          if (event.key !== 'Enter' || event.shiftKey) return
          event.preventDefault()
          void submit()
        }}
      />
      <Button type="submit" loading={sending} disabled={text.trim() === ''}>
        {t.calls.add}
      </Button>
      <SendingProblem problem={problem} />
    </form>
  )
}
