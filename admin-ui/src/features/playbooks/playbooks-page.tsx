import type { PlaybookStatus } from '../../api/schema.ts'
import { useList } from '../../api/use-list.ts'
import { Empty, LinkButton } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar, Search } from '../../components/filter-bar.tsx'
import { Page } from '../../components/page.tsx'
import { MoreButton, Row, RowCell, Rows } from '../../components/rows.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { Status } from '../../components/status.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useParameter } from '../../router.tsx'
import { useSession } from '../sign-in/session.tsx'
import { NewPlaybookButton } from './new-playbook.tsx'
import { PLAYBOOKS, type PlaybookRow } from './playbook-operations.ts'
import { TestRequirementCard } from './test-requirement.tsx'

export function PlaybooksPage() {
  const { t } = useLanguage()
  const [search, setSearch] = useParameter('q')
  const [status, setStatus] = useParameter('status')
  const filter = { ...(search && { search }), ...(status && { statuses: [status as PlaybookStatus] }) }
  const playbooks = useList(PLAYBOOKS, { filter })
  const filtered = search !== '' || status !== ''
  const { viewer } = useSession()
  const mayEdit = viewer.role === 'OWNER' || viewer.role === 'ADMIN' || viewer.role === 'EDITOR'
  return (
    <Page
      title={t.playbooks.title}
      subtitle={t.playbooks.subtitle}
      actions={
        <>
          <LinkButton to="/playbook-templates" label={t.templates.from} />
          {mayEdit && <NewPlaybookButton />}
        </>
      }
    >
      <FilterBar>
        <Search label={t.playbooks.searchLabel} value={search} onChange={setSearch} />
        <Choice label={t.leads.status} values={t.playbooks.statuses} value={status} onChange={setStatus} />
      </FilterBar>
      {playbooks.error && <Failure error={playbooks.error} onRetry={playbooks.reload} />}
      {!playbooks.data && !playbooks.error && <RowsSkeleton rows={3} />}
      {playbooks.data && playbooks.nodes.length === 0 && filtered && (
        <Empty icon="search" title={t.playbooks.noMatchTitle} text={t.playbooks.noMatchText} />
      )}
      {playbooks.data && playbooks.nodes.length === 0 && !filtered && (
        <Empty icon="playbooks" title={t.playbooks.emptyTitle} text={t.playbooks.emptyText}>
          <LinkButton to="/plugins" label={t.playbooks.emptyAction} />
        </Empty>
      )}
      {playbooks.nodes.length > 0 && (
        <>
          <Rows
            columns="minmax(0,2fr) minmax(0,1fr) minmax(0,1fr) 110px"
            label={t.playbooks.title}
            heads={['Playbook', t.playbooks.source, t.playbooks.diagnostics, t.leads.status]}
          >
            {playbooks.nodes.map(playbook => (
              <PlaybookLine key={playbook.id} playbook={playbook} />
            ))}
          </Rows>
          {playbooks.hasMore && <MoreButton list={playbooks} />}
        </>
      )}
      {playbooks.data && <TestRequirementCard />}
    </Page>
  )
}

function PlaybookLine({ playbook }: { playbook: PlaybookRow }) {
  const { t, format } = useLanguage()
  const { published } = playbook
  return (
    <Row to={`/playbooks/${encodeURIComponent(playbook.slug)}`}>
      <RowCell main={playbook.name} note={<code>{playbook.slug}</code>} />
      <RowCell
        main={published ? t.playbooks.version(published.number) : t.playbooks.unpublished}
        note={
          playbook.draft
            ? t.publishing.kept(format.relative(playbook.draft.savedAt))
            : published && t.playbooks.published(format.relative(published.publishedAt))
        }
        at="wide"
      />
      <RowCell
        main={
          published && published.diagnostics.length > 0
            ? t.playbooks.problems(published.diagnostics.length)
            : t.playbooks.clean
        }
        at="wide"
      />
      <RowCell
        main={
          <Status
            tone={playbook.status === 'ACTIVE' ? 'good' : 'quiet'}
            label={t.playbooks.statuses[playbook.status]}
          />
        }
        at="end"
      />
    </Row>
  )
}
