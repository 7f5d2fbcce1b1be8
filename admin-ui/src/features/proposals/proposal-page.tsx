import { Button } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import type { ProposalStatus, UserError } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { useStream } from '../../api/use-stream.ts'
import { Card } from '../../components/card.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { Empty, LinkButton } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Icon } from '../../components/icon.tsx'
import { Page } from '../../components/page.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { SendingProblem, useSending } from '../../components/sending.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { useMayOperate } from '../sign-in/may-operate.ts'
import { ProposalForm, textOf, typedOf } from './proposal-form.tsx'
import {
  PROPOSAL,
  PROPOSAL_UPDATED,
  type ProposalDetails,
  type ProposalPayload,
  SET_PROPOSAL_STATUS,
  UPDATE_PROPOSAL,
} from './proposal-operations.ts'
import { ProposalText } from './proposal-text.tsx'
import { ProposalStatusBadge } from './proposals-page.tsx'
import styles from './proposals.module.css'

/** A proposal: a draft that is written on, or what the customer has and says. */
export function ProposalPage({ id }: { id: string }) {
  const { t } = useLanguage()
  const [ready, setReady] = useState(false)
  const loaded = useLoaded(PROPOSAL, { id }, ready)
  useStream(PROPOSAL_UPDATED, () => ({ id }), {
    key: id,
    onReady: setReady,
    onData: ({ proposalUpdated: { proposal } }) => loaded.change(() => ({ node: proposal })),
    onResumed: () => loaded.reload(),
  })
  const proposal = loaded.data?.node
  if (proposal)
    return <Shown key={proposal.id} proposal={proposal} onChange={node => loaded.change(() => ({ node }))} />
  const missing = loaded.data !== undefined && !loaded.error
  return (
    <Page
      title={missing ? t.proposals.notFoundTitle : t.proposals.title}
      back={{ to: '/proposals', label: t.proposals.title }}
    >
      {loaded.error && <Failure error={loaded.error} onRetry={loaded.reload} />}
      {!loaded.data && !loaded.error && <TextSkeleton />}
      {missing && (
        <Empty icon="proposals" title={t.proposals.notFoundTitle} text={t.proposals.notFoundText}>
          <LinkButton to="/proposals" label={t.proposals.title} />
        </Empty>
      )}
    </Page>
  )
}

function Shown({ proposal, onChange }: { proposal: ProposalDetails; onChange: (proposal: ProposalDetails) => void }) {
  const { t, locale } = useLanguage()
  const mayOperate = useMayOperate()
  const [draft, setDraft] = useState({ typed: typedOf(proposal, locale), revision: proposal.revision })
  const [errors, setErrors] = useState<readonly UserError[]>([])
  const [asking, setAsking] = useState<Exclude<ProposalStatus, 'EXPIRED'>>()
  const [, update] = useMutation(UPDATE_PROPOSAL)
  const [, setStatus] = useMutation(SET_PROPOSAL_STATUS)
  const { sending, problem, send } = useSending()
  const editable = mayOperate && (proposal.status === 'DRAFT' || (proposal.status === 'EXPIRED' && !proposal.sentAt))
  const unsaved = JSON.stringify(draft.typed) !== JSON.stringify(typedOf(proposal, locale))
  if (!unsaved && draft.revision !== proposal.revision)
    setDraft({ typed: typedOf(proposal, locale), revision: proposal.revision })

  const took = (payload: ProposalPayload | undefined) => {
    setErrors(payload?.userErrors ?? [])
    if (!payload?.proposal) return
    setDraft({ typed: typedOf(payload.proposal, locale), revision: payload.proposal.revision })
    onChange(payload.proposal)
  }
  const store = async () => {
    const input = { proposalId: proposal.id, revision: draft.revision, text: textOf(draft.typed) }
    const { data, error } = await update({ input })
    took(data?.proposalUpdate)
    const beside = data?.proposalUpdate.userErrors.some(({ field }) => field)
    return { error, answer: beside ? { userErrors: [] } : data?.proposalUpdate }
  }
  const say = async (status: ProposalStatus) => {
    const { data, error } = await setStatus({ input: { proposalId: proposal.id, status } })
    took(data?.proposalSetStatus)
    return { error, answer: data?.proposalSetStatus }
  }
  const open = proposal.status === 'SENT' || proposal.status === 'EXPIRED'

  return (
    <Page
      title={proposal.title}
      subtitle={
        <>
          {t.proposals.named(proposal.number)}
          {proposal.lead && (
            <>
              {' · '}
              <Link to={`/leads/${encodeURIComponent(proposal.lead.id)}`}>{proposal.lead.name}</Link>
            </>
          )}
        </>
      }
      back={{ to: '/proposals', label: t.proposals.title }}
      badge={<ProposalStatusBadge proposal={proposal} />}
      actions={
        <>
          <Button
            component="a"
            href={new URL(proposal.pdfUrl).pathname}
            target="_blank"
            rel="noreferrer"
            variant="default"
            rightSection={<Icon name="external" size={14} />}
          >
            PDF
          </Button>
          {editable && (
            <>
              <Button variant="default" disabled={!unsaved} loading={sending} onClick={() => void send(store)}>
                {t.proposals.save}
              </Button>
              <Button disabled={unsaved} onClick={() => setAsking('SENT')}>
                {t.proposals.send}
              </Button>
            </>
          )}
          {mayOperate && open && !editable && (
            <>
              <Button variant="default" onClick={() => setAsking('DECLINED')}>
                {t.proposals.asking.DECLINED.confirm}
              </Button>
              <Button onClick={() => setAsking('ACCEPTED')}>{t.proposals.asking.ACCEPTED.confirm}</Button>
            </>
          )}
        </>
      }
    >
      <SendingProblem problem={problem} />
      {errors.some(({ field }) => field) && (
        <p role="alert" className={styles.problem}>
          {t.proposals.refused}
        </p>
      )}
      <div className={styles.columns}>
        <div className={styles.stack}>
          {editable ? (
            <ProposalForm
              typed={draft.typed}
              errors={errors}
              change={patch => {
                setErrors([])
                setDraft(before => ({ ...before, typed: { ...before.typed, ...patch } }))
              }}
            />
          ) : (
            <ProposalText proposal={proposal} />
          )}
        </div>
        <div className={styles.stack}>
          <Story proposal={proposal} />
          {mayOperate && (
            <Card title={t.proposals.link} note={t.proposals.linkNote}>
              <CopyButton text={proposal.url} label={t.proposals.copyLink} />
            </Card>
          )}
        </div>
      </div>
      {asking && (
        <ConfirmDialog
          title={t.proposals.asking[asking].title(proposal.number)}
          confirm={t.proposals.asking[asking].confirm}
          danger={asking === 'DECLINED'}
          send={() => say(asking)}
          onClose={() => setAsking(undefined)}
        >
          <p>{t.proposals.asking[asking].text}</p>
          {asking === 'SENT' && <CopyButton text={proposal.url} label={t.proposals.copyLink} />}
        </ConfirmDialog>
      )}
    </Page>
  )
}

/** What happened to it, in order. */
function Story({ proposal }: { proposal: ProposalDetails }) {
  const { t } = useLanguage()
  const { createdAt, sentAt, seenAt, decidedAt, decidedBy, decisionNote, status, run } = proposal
  const events: readonly (readonly [string, string | null])[] = [
    [t.proposals.story.created, createdAt],
    [t.proposals.story.sent, sentAt],
    [t.proposals.story.seen, seenAt],
    [status === 'DECLINED' ? t.proposals.story.declined : t.proposals.story.accepted, decidedAt],
  ]
  return (
    <Card title={t.proposals.story.title}>
      <ul className={styles.story}>
        {events.map(
          ([name, at]) =>
            at && (
              <li key={name}>
                <span>{name}</span>
                <Time at={at} />
              </li>
            ),
        )}
      </ul>
      {decidedBy && <p className={styles.dim}>{t.proposals.story.by(decidedBy)}</p>}
      {decisionNote && <blockquote className={styles.note}>{decisionNote}</blockquote>}
      {!sentAt && <p className={styles.dim}>{t.proposals.story.draft}</p>}
      {run && (
        <p className={styles.dim}>
          <Link to={`/runs/${encodeURIComponent(run.id)}`}>{t.proposals.story.run}</Link>
        </p>
      )}
    </Card>
  )
}
