import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import { withNode } from '../../api/connection.ts'
import type { LandingPageStatus } from '../../api/schema.ts'
import { useList } from '../../api/use-list.ts'
import { useStream } from '../../api/use-stream.ts'
import { Choices } from '../../components/choices.tsx'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Empty } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Choice, FilterBar, Search } from '../../components/filter-bar.tsx'
import { Page } from '../../components/page.tsx'
import { MoreButton, Row, RowCell, Rows } from '../../components/rows.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { Status, type Tone } from '../../components/status.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { navigate, useParameter } from '../../router.tsx'
import { useMayEdit } from '../sign-in/may-operate.ts'
import { ANY_PAGE_UPDATED, CREATE_PAGE, PAGES, type PageRow } from './page-operations.ts'

/** The landing pages of the workspace, with how each does. */
export function PagesPage() {
  const { t } = useLanguage()
  const mayEdit = useMayEdit()
  const [search, setSearch] = useParameter('q')
  const [status, setStatus] = useParameter('status')
  const [ready, setReady] = useState(false)
  const [asking, setAsking] = useState(false)
  const filter = { ...(search && { search }), ...(status && { statuses: [status as LandingPageStatus] }) }
  const pages = useList(PAGES, { filter }, ready)
  useStream(ANY_PAGE_UPDATED, () => ({}), {
    onReady: setReady,
    onData: ({ landingPageUpdated: { page } }) =>
      fits(page, search, status) && pages.change(data => ({ list: withNode(data.list, page) })),
    onResumed: () => pages.reload(),
  })
  const filtered = search !== '' || status !== ''
  const add = mayEdit && <Button onClick={() => setAsking(true)}>{t.pages.add}</Button>
  return (
    <Page title={t.pages.title} subtitle={t.pages.subtitle} actions={add}>
      <FilterBar>
        <Search label={t.pages.searchLabel} value={search} onChange={setSearch} />
        <Choice
          label={t.leads.status}
          all={t.common.allFeminine}
          values={t.pages.statuses}
          value={status}
          onChange={setStatus}
        />
      </FilterBar>
      {pages.error && <Failure error={pages.error} onRetry={pages.reload} />}
      {!pages.data && !pages.error && <RowsSkeleton rows={3} />}
      {pages.data && pages.nodes.length === 0 && (
        <Empty
          icon={filtered ? 'search' : 'pages'}
          title={filtered ? t.pages.noMatchTitle : t.pages.emptyTitle}
          text={filtered ? t.pages.noMatchText : t.pages.emptyText}
        >
          {!filtered && add}
        </Empty>
      )}
      {pages.nodes.length > 0 && (
        <>
          <Rows
            columns="minmax(0,2.4fr) 90px 90px 110px 130px"
            label={t.pages.title}
            heads={[t.pages.page, t.pages.seen, t.pages.submitted, t.pages.qualified, t.leads.status]}
          >
            {pages.nodes.map(page => (
              <PageLine key={page.id} page={page} />
            ))}
          </Rows>
          <MoreButton list={pages} />
        </>
      )}
      {asking && <NewPage onClose={() => setAsking(false)} />}
    </Page>
  )
}

function PageLine({ page }: { page: PageRow }) {
  const { format } = useLanguage()
  const { seen, submitted, qualified } = page.figures
  return (
    <Row to={`/pages/${encodeURIComponent(page.id)}`}>
      <RowCell main={page.content.headline} note={<code>/p/{page.slug}</code>} />
      <RowCell main={format.number(seen)} at="wide" />
      <RowCell main={format.number(submitted)} at="wide" />
      <RowCell main={format.number(qualified)} at="wide" />
      <RowCell main={<PageStatus page={page} />} at="end" />
    </Row>
  )
}

const TONES: Record<LandingPageStatus, Tone> = { DRAFT: 'quiet', PUBLISHED: 'good', WITHDRAWN: 'quiet' }

export function PageStatus({ page }: { page: Pick<PageRow, 'status'> }) {
  const { t } = useLanguage()
  return <Status tone={TONES[page.status]} label={t.pages.statuses[page.status]} />
}

function NewPage({ onClose }: { onClose: () => void }) {
  const { t, locale: own } = useLanguage()
  const [, create] = useMutation(CREATE_PAGE)
  const [slug, setSlug] = useState('')
  const [locale, setLocale] = useState<'PT_BR' | 'EN'>(own === 'en' ? 'EN' : 'PT_BR')
  const send = async () => {
    const { data, error } = await create({ input: { slug: slug.trim(), locale } })
    const made = data?.landingPageCreate.page
    if (made) navigate(`/pages/${encodeURIComponent(made.id)}`)
    return { error, answer: data?.landingPageCreate }
  }
  return (
    <ConfirmDialog title={t.pages.add} confirm={t.pages.create} send={send} onClose={onClose}>
      <TextInput
        required
        label={t.pages.slug}
        description={t.pages.slugHelp}
        leftSection={<code>/p/</code>}
        leftSectionWidth={44}
        value={slug}
        maxLength={60}
        pattern="[a-z0-9]([a-z0-9\-]*[a-z0-9])?"
        placeholder={t.pages.slugExample}
        onChange={event => setSlug(event.currentTarget.value.toLowerCase().replace(/\s+/g, '-'))}
        data-autofocus
      />
      <Choices
        label={t.language.label}
        name="locale"
        values={t.pages.locales}
        texts={t.pages.localeTexts}
        value={locale}
        onChange={setLocale}
      />
    </ConfirmDialog>
  )
}

/** As the host reads a filter. */
const fits = ({ slug, content, status: own }: PageRow, search: string, status: string) =>
  (!status || own === status) &&
  [slug, content.headline].some(text => text.toLowerCase().includes(search.toLowerCase()))
