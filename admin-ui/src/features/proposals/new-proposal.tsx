import { Button, TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useMutation } from 'urql'
import { useApi } from '../../api/api.ts'
import type { Lead, UserError } from '../../api/schema.ts'
import { Card } from '../../components/card.tsx'
import { Page } from '../../components/page.tsx'
import { SendingProblem, useSending } from '../../components/sending.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { navigate, useParameter } from '../../router.tsx'
import { EMPTY_TEXT, ProposalForm, textOf } from './proposal-form.tsx'
import { CREATE_PROPOSAL, LEADS_TO_CHOOSE } from './proposal-operations.ts'
import styles from './proposals.module.css'

type Chosen = Pick<Lead, 'id' | 'name' | 'company' | 'email'>

/** Writes a proposal for a lead. */
export function NewProposalPage() {
  const { t } = useLanguage()
  const [lead, setLead] = useState<Chosen>()
  const [typed, setTyped] = useState(EMPTY_TEXT)
  const [errors, setErrors] = useState<readonly UserError[]>([])
  const [idempotencyKey] = useState(() => crypto.randomUUID())
  const [, create] = useMutation(CREATE_PROPOSAL)
  const { sending, problem, send } = useSending()
  const store = async () => {
    const { data, error } = await create({ input: { leadId: lead!.id, text: textOf(typed), idempotencyKey } })
    const refused = data?.proposalCreate.userErrors ?? []
    setErrors(refused)
    if (data?.proposalCreate.proposal) navigate(`/proposals/${encodeURIComponent(data.proposalCreate.proposal.id)}`)
    return { error, answer: refused.some(({ field }) => field) ? { userErrors: [] } : data?.proposalCreate }
  }
  return (
    <Page
      title={t.proposals.add}
      back={{ to: '/proposals', label: t.proposals.title }}
      actions={
        <Button disabled={!lead} loading={sending} onClick={() => void send(store)}>
          {t.proposals.create}
        </Button>
      }
    >
      <SendingProblem problem={problem} />
      {errors.some(({ field }) => field) && (
        <p role="alert" className={styles.problem}>
          {t.proposals.refused}
        </p>
      )}
      <div className={styles.stack}>
        <ChooseLead lead={lead} onChange={setLead} />
        <ProposalForm
          typed={typed}
          errors={errors}
          change={patch => {
            setErrors([])
            setTyped(before => ({ ...before, ...patch }))
          }}
        />
      </div>
    </Page>
  )
}

const PAUSE_MS = 250

function ChooseLead({ lead, onChange }: { lead: Chosen | undefined; onChange: (lead: Chosen | undefined) => void }) {
  const { t } = useLanguage()
  const { client } = useApi()
  const [asked] = useParameter('lead')
  const [search, setSearch] = useState(asked)
  const [found, setFound] = useState<readonly Chosen[]>()
  useEffect(() => {
    let current = true
    const timer = setTimeout(
      () =>
        void client
          .query(LEADS_TO_CHOOSE, { search: search.trim() }, { requestPolicy: 'network-only' })
          .toPromise()
          .then(({ data }) => {
            if (!current || !data) return
            const leads = data.leads.edges.map(({ node }) => node)
            setFound(leads)
            if (asked && search === asked && leads.length === 1) onChange(leads[0])
          }),
      PAUSE_MS,
    )
    return () => {
      current = false
      clearTimeout(timer)
    }
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [client, search])
  if (lead)
    return (
      <Card
        title={t.proposals.forWhom}
        aside={
          <Button size="xs" variant="default" onClick={() => onChange(undefined)}>
            {t.proposals.chooseOther}
          </Button>
        }
      >
        <p>
          <strong>{lead.name}</strong>
          {lead.company && ` · ${lead.company}`}
        </p>
      </Card>
    )
  return (
    <Card title={t.proposals.forWhom}>
      <div className={styles.form}>
        <TextInput
          type="search"
          label={t.proposals.chooseLead}
          value={search}
          onChange={event => setSearch(event.currentTarget.value)}
        />
        {found?.length === 0 && <p className={styles.dim}>{t.leads.noMatchTitle}</p>}
        <ul className={styles.choices}>
          {found?.map(one => (
            <li key={one.id}>
              <Button variant="default" size="xs" onClick={() => onChange(one)}>
                {[one.name, one.company ?? one.email].filter(Boolean).join(' · ')}
              </Button>
            </li>
          ))}
        </ul>
      </div>
    </Card>
  )
}
