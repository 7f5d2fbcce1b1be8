import { Button } from '@mantine/core'
import { useState } from 'react'
import { useApi } from '../../api/api.ts'
import { useList } from '../../api/use-list.ts'
import { Card, Stack } from '../../components/card.tsx'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar } from '../../components/filter-bar.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { MoreButton } from '../../components/rows.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useParameter } from '../../router.tsx'
import * as operations from './settings-operations.ts'
import styles from './settings.module.css'

/** What the filters mean to the host: how actions begin. */
const KINDS = {
  access: ['sign-in.', 'password.', 'second-factor.'],
  people: ['member.', 'workspace.'],
  keys: ['api-key.', 'credential.'],
  plugins: ['plugin.', 'service.', 'trigger.'],
  playbooks: ['playbook.', 'tests.'],
} as const
type Kind = keyof typeof KINDS

export function AuditSection() {
  const { t } = useLanguage()
  const [kind, setKind] = useParameter('kind')
  const actions = KINDS[kind as Kind] ?? []
  const entries = useList(operations.AUDIT, { actions })
  return (
    <Stack>
      <FilterBar>
        <Choice<Kind>
          label={t.settings.audit.kind}
          all={t.common.allFeminine}
          values={t.settings.audit.kinds}
          value={kind}
          onChange={setKind}
        />
      </FilterBar>
      <Verification />
      {entries.error && <Failure error={entries.error} onRetry={entries.reload} />}
      {!entries.data && !entries.error && <RowsSkeleton rows={6} />}
      {entries.data && entries.nodes.length === 0 && (
        <Empty icon="search" title={t.settings.audit.emptyTitle} text={t.settings.audit.emptyText} />
      )}
      {entries.nodes.length > 0 && (
        <Card>
          <ul className={styles.list}>
            {entries.nodes.map(({ id, occurredAt, actor, byHost, action, target, data, requestId }) => (
              <li key={id} className={styles.item}>
                <div className={styles.words}>
                  <strong>{action}</strong>{' '}
                  <span className={styles.dim}>{target.replace(/^(user|api-key|invitation|workspace):.*/, '$1')}</span>
                  <p className={styles.dim}>
                    {byHost ? t.settings.audit.host : (actor?.name ?? t.settings.audit.gone)} · <Time at={occurredAt} />
                  </p>
                  {(Object.keys(data as object).length > 0 || requestId) && (
                    <details className={styles.dim}>
                      <summary>{t.common.details}</summary>
                      {Object.keys(data as object).length > 0 && <p className={styles.data}>{JSON.stringify(data)}</p>}
                      {requestId && (
                        <p>
                          {t.settings.audit.request} <code className={styles.data}>{requestId}</code>
                        </p>
                      )}
                    </details>
                  )}
                </div>
              </li>
            ))}
          </ul>
          <MoreButton list={entries} />
        </Card>
      )}
    </Stack>
  )
}

function Verification() {
  const { t } = useLanguage()
  const { client, fetch } = useApi()
  const [said, setSaid] = useState<string>()
  const verify = async () => {
    const { data } = await client.query(operations.VERIFY, {}, { requestPolicy: 'network-only' }).toPromise()
    if (!data) return setSaid(t.failure.unreachable)
    const { intact, brokenAt } = data.auditVerification
    setSaid(intact ? t.settings.audit.intact : t.settings.audit.broken(brokenAt ?? 0))
  }
  const save = async () => {
    const response = await fetch('/audit/export')
    if (!response.ok) return setSaid(t.failure.unreachable)
    const link = document.createElement('a')
    link.href = URL.createObjectURL(await response.blob())
    link.download = 'audit-log.jsonl'
    link.click()
    URL.revokeObjectURL(link.href)
  }
  return (
    <div className={styles.controls}>
      <Button variant="default" size="xs" onClick={() => void verify()}>
        {t.settings.audit.verify}
      </Button>
      <Button variant="default" size="xs" onClick={() => void save()}>
        {t.settings.audit.save}
      </Button>
      {said && (
        <span role="status" className={styles.dim}>
          {said}
        </span>
      )}
    </div>
  )
}
