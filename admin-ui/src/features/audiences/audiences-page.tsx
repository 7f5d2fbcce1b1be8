import { Button } from '@mantine/core'
import { useState } from 'react'
import type { CombinedError } from 'urql'
import { useApi } from '../../api/api.ts'
import type { Audience } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { Card, Stack } from '../../components/card.tsx'
import { Empty, LinkButton, Nothing } from '../../components/empty.tsx'
import { explain, Failure } from '../../components/failure.tsx'
import { FilterBar, Search } from '../../components/filter-bar.tsx'
import { Page } from '../../components/page.tsx'
import { RowsSkeleton, TextSkeleton } from '../../components/rows-skeleton.tsx'
import { Time } from '../../components/time.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link, useParameter } from '../../router.tsx'
import { AUDIENCES, CSV, MEMBERS } from './audience-operations.ts'
import styles from './audiences.module.css'

export function AudiencesPage() {
  const { t } = useLanguage()
  const [search, setSearch] = useParameter('q')
  const loaded = useLoaded(AUDIENCES, {})
  const audiences = loaded.data?.audiences ?? []
  const shown = audiences.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()))
  return (
    <Page title={t.audiences.title} subtitle={t.audiences.subtitle}>
      <FilterBar>
        <Search label={t.audiences.searchLabel} value={search} onChange={setSearch} />
      </FilterBar>
      {loaded.error && <Failure error={loaded.error} onRetry={loaded.reload} />}
      {!loaded.data && !loaded.error && <RowsSkeleton />}
      {loaded.data && audiences.length === 0 && (
        <Empty icon="audiences" title={t.audiences.emptyTitle} text={t.audiences.emptyText}>
          <LinkButton to="/playbooks" label={t.audiences.emptyAction} variant="filled" />
        </Empty>
      )}
      {audiences.length > 0 && shown.length === 0 && (
        <Empty icon="search" title={t.audiences.noMatchTitle} text={t.audiences.noMatchText} />
      )}
      <Stack>
        {shown.map(audience => (
          <AudienceCard key={audience.name} audience={audience} />
        ))}
      </Stack>
    </Page>
  )
}

function AudienceCard({ audience }: { audience: Audience }) {
  const { t } = useLanguage()
  const { client } = useApi()
  const [error, setError] = useState<CombinedError>()
  const [busy, setBusy] = useState(false)
  const [open, setOpen] = useState(false)
  const download = async () => {
    setBusy(true)
    const result = await client.query(CSV, { name: audience.name }, { requestPolicy: 'network-only' }).toPromise()
    setBusy(false)
    setError(result.error)
    if (result.data) saveFile(`${audience.name}.csv`, result.data.audienceCsv)
  }
  return (
    <Card
      title={audience.name}
      note={t.audiences.members(audience.members)}
      aside={
        <Button size="xs" variant="default" loading={busy} onClick={() => void download()}>
          {t.audiences.download}
        </Button>
      }
    >
      {error && (
        <p role="alert" className={styles.error}>
          {explain(error, t).text}
        </p>
      )}
      <details className={styles.members} onToggle={event => setOpen(event.currentTarget.open)}>
        <summary>{t.audiences.show}</summary>
        {open && <Members name={audience.name} />}
      </details>
    </Card>
  )
}

function Members({ name }: { name: string }) {
  const { t } = useLanguage()
  const loaded = useLoaded(MEMBERS, { name })
  if (loaded.error) return <Failure error={loaded.error} onRetry={loaded.reload} />
  if (!loaded.data) return <TextSkeleton lines={3} />
  const { edges, pageInfo } = loaded.data.audienceMembers
  return (
    <>
      <ul className={styles.list}>
        {edges.map(({ node: member }, index) => (
          <li key={member.lead?.id ?? index}>
            {member.lead ? <Link to={`/leads/${encodeURIComponent(member.lead.id)}`}>{member.name}</Link> : member.name}
            <span className={styles.dim}>{[member.email, member.phone].filter(Boolean).join(' · ')}</span>
            <span className={styles.dim}>
              {t.audiences.added} <Time at={member.addedAt} />
            </span>
          </li>
        ))}
      </ul>
      {pageInfo.hasNextPage && <Nothing>{t.audiences.rest}</Nothing>}
    </>
  )
}

function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }))
  const link = Object.assign(document.createElement('a'), { href: url, download: name })
  link.click()
  URL.revokeObjectURL(url)
}
