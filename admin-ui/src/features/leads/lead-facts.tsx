import type { ReactNode } from 'react'
import { isRecord } from '../../api/json.ts'
import type { Json } from '../../api/schema.ts'
import { Card } from '../../components/card.tsx'
import { Readable } from '../../components/readable.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { KnownFacts } from './known-facts.tsx'
import type { LeadDetails } from './lead-operations.ts'
import styles from './lead.module.css'

export function LeadFacts({ lead }: { lead: LeadDetails }) {
  const { t, format } = useLanguage()
  const { consent } = lead
  return (
    <>
      <Card title={t.lead.facts}>
        <dl className={styles.facts}>
          <Fact name={t.lead.email}>{lead.email && <a href={`mailto:${lead.email}`}>{lead.email}</a>}</Fact>
          <Fact name={t.lead.phone}>{lead.phone && <a href={`tel:${lead.phone}`}>{lead.phone}</a>}</Fact>
          <Fact name={t.lead.company}>{lead.company}</Fact>
          <Fact name={t.lead.jobTitle}>{lead.jobTitle}</Fact>
          <Fact name={t.lead.source}>{t.leads.sources[lead.source]}</Fact>
          <Fact name={t.lead.locale}>{lead.locale}</Fact>
          <Fact name={t.lead.arrived}>
            <Time at={lead.createdAt} as="dateTime" />
          </Fact>
          <Fact name={t.lead.updated}>
            <Time at={lead.updatedAt} />
          </Fact>
        </dl>
      </Card>
      {(consent || lead.unsubscribedAt) && (
        <Card title={t.lead.consent}>
          {consent && (
            <p>
              {t.lead.bases[consent.basis]}
              {consent.grantedAt && (
                <span className={styles.dim}> {t.lead.granted(format.dateTime(consent.grantedAt))}</span>
              )}
              {consent.withdrawnAt && (
                <span className={styles.warn}> {t.lead.withdrawn(format.dateTime(consent.withdrawnAt))}</span>
              )}
            </p>
          )}
          {consent?.text && (
            <details className={styles.details}>
              <summary>{t.lead.consentText}</summary>
              <p>{consent.text}</p>
            </details>
          )}
          {lead.unsubscribedAt && (
            <p className={styles.warn}>{t.lead.unsubscribed(format.dateTime(lead.unsubscribedAt))}</p>
          )}
        </Card>
      )}
      {isRecord(lead.data) && hasEntries(lead.data) && (
        <Card title={t.lead.known}>
          <KnownFacts data={lead.data} />
        </Card>
      )}
      {hasEntries(lead.utm) && (
        <Card title={t.lead.utm}>
          <Readable value={lead.utm} />
        </Card>
      )}
    </>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  const { t } = useLanguage()
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children || <span className={styles.dim}>{t.common.none}</span>}</dd>
    </div>
  )
}

function hasEntries(value: Json): boolean {
  return isRecord(value) && Object.keys(value).length > 0
}
