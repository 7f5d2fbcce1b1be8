import { Button } from '@mantine/core'
import { useState } from 'react'
import { useMutation } from 'urql'
import type { LandingContent, UserError } from '../../api/schema.ts'
import { useLoaded } from '../../api/use-loaded.ts'
import { useStream } from '../../api/use-stream.ts'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { Empty, LinkButton } from '../../components/empty.tsx'
import { Failure } from '../../components/failure.tsx'
import { Page } from '../../components/page.tsx'
import { TextSkeleton } from '../../components/rows-skeleton.tsx'
import { SendingProblem, useSending } from '../../components/sending.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { useMayEdit } from '../sign-in/may-operate.ts'
import { PageEditor } from './page-editor.tsx'
import {
  PAGE,
  PAGE_UPDATED,
  type PageDetails,
  type PagePayload,
  PUBLISH_PAGE,
  RESTORE_PAGE,
  SAVE_PAGE,
  WITHDRAW_PAGE,
} from './page-operations.ts'
import { PageStatus } from './pages-page.tsx'
import { PagePreview } from './page-preview.tsx'
import { PageFacts } from './page-facts.tsx'
import { problemsOf } from './problems-of.ts'
import styles from './pages.module.css'

/** A landing page: what it says, beside how it looks; what was published, and how it does. */
export function PagePage({ id }: { id: string }) {
  const { t } = useLanguage()
  const [ready, setReady] = useState(false)
  const loaded = useLoaded(PAGE, { id }, ready)
  useStream(PAGE_UPDATED, () => ({ id }), {
    key: id,
    onReady: setReady,
    onData: ({ landingPageUpdated: { page } }) => loaded.change(() => ({ node: page })),
    onResumed: () => loaded.reload(),
  })
  const page = loaded.data?.node
  if (page) return <Editing key={page.id} page={page} onChange={next => loaded.change(() => ({ node: next }))} />
  const missing = loaded.data !== undefined && !loaded.error
  return (
    <Page title={missing ? t.pages.notFoundTitle : t.pages.title} back={{ to: '/pages', label: t.pages.title }}>
      {loaded.error && <Failure error={loaded.error} onRetry={loaded.reload} />}
      {!loaded.data && !loaded.error && <TextSkeleton />}
      {missing && (
        <Empty icon="pages" title={t.pages.notFoundTitle} text={t.pages.notFoundText}>
          <LinkButton to="/pages" label={t.pages.title} />
        </Empty>
      )}
    </Page>
  )
}

function Editing({ page, onChange }: { page: PageDetails; onChange: (page: PageDetails) => void }) {
  const { t } = useLanguage()
  const mayEdit = useMayEdit()
  /** What is being written, and the revision that it was taken from. */
  const [draft, setDraft] = useState({ content: page.content, revision: page.revision })
  const [refused, setRefused] = useState<readonly UserError[]>([])
  const [withdrawing, setWithdrawing] = useState(false)
  const [, save] = useMutation(SAVE_PAGE)
  const [, publish] = useMutation(PUBLISH_PAGE)
  const [, restore] = useMutation(RESTORE_PAGE)
  const [, withdraw] = useMutation(WITHDRAW_PAGE)
  const { sending, problem, send } = useSending()
  const unsaved = JSON.stringify(tidy(draft.content)) !== JSON.stringify(tidy(page.content))
  const stale = draft.revision !== page.revision
  // What somebody else did while nothing was typed here is simply shown
  if (stale && !unsaved) setDraft({ content: page.content, revision: page.revision })

  const took = (payload: PagePayload | undefined) => {
    setRefused(payload?.userErrors ?? [])
    if (!payload?.page) return
    setDraft({ content: payload.page.content, revision: payload.page.revision })
    onChange(payload.page)
  }
  /** Stores what was typed; the page as it is then, or undefined where something stood in the way. */
  const store = async () => {
    const input = { pageId: page.id, revision: draft.revision, content: tidy(draft.content) }
    const { data, error } = await save({ input })
    took(data?.landingPageSave)
    const [first] = data?.landingPageSave.userErrors ?? []
    // Problems of fields stand beside them
    return {
      error,
      answer: first?.field ? { userErrors: [] } : data?.landingPageSave,
      page: data?.landingPageSave.page,
    }
  }
  const publishIt = async () => {
    const stored = unsaved ? await store() : { page, error: undefined, answer: undefined }
    if (!stored.page) return stored
    const { data, error } = await publish({ input: { pageId: page.id, revision: stored.page.revision } })
    took(data?.landingPagePublish)
    return { error, answer: data?.landingPagePublish }
  }
  const bringBack = async (version: number) => {
    const { data, error } = await restore({ input: { pageId: page.id, revision: draft.revision, version } })
    took(data?.landingPageRestore)
    return { error, answer: data?.landingPageRestore }
  }
  const change = (patch: Partial<LandingContent>) => {
    setRefused([])
    setDraft(before => ({ ...before, content: { ...before.content, ...patch } }))
  }

  return (
    <Page
      title={page.content.headline}
      subtitle={<code>/p/{page.slug}</code>}
      back={{ to: '/pages', label: t.pages.title }}
      badge={<PageStatus page={page} />}
      actions={
        mayEdit && (
          <>
            {page.status === 'PUBLISHED' && (
              <Button variant="default" onClick={() => setWithdrawing(true)}>
                {t.pages.withdraw}
              </Button>
            )}
            <Button variant="default" disabled={!unsaved || stale} loading={sending} onClick={() => void send(store)}>
              {t.pages.save}
            </Button>
            <Button
              loading={sending}
              disabled={stale || (!unsaved && !page.changed && page.status === 'PUBLISHED')}
              onClick={() => void send(publishIt)}
            >
              {t.pages.publish}
            </Button>
          </>
        )
      }
    >
      {stale && unsaved && (
        <p role="alert" className={styles.problem}>
          {t.pages.stale}{' '}
          <Button
            size="compact-xs"
            variant="default"
            onClick={() => setDraft({ content: page.content, revision: page.revision })}
          >
            {t.pages.reload}
          </Button>
        </p>
      )}
      {refused.some(({ field }) => field) && (
        <p role="alert" className={styles.problem}>
          {t.pages.refused}
        </p>
      )}
      <SendingProblem problem={problem} />
      <div className={styles.editing}>
        <div className={styles.stack}>
          <PageEditor
            content={draft.content}
            change={change}
            problems={problemsOf(refused, t)}
            stored={new Set(page.content.fields.map(({ key }) => key))}
          />
        </div>
        <div className={styles.stack}>
          <PagePreview content={tidy(draft.content)} />
          <PageFacts page={page} unsaved={unsaved} onRestore={version => void send(() => bringBack(version))} />
        </div>
      </div>
      {withdrawing && (
        <ConfirmDialog
          danger
          title={t.pages.withdrawTitle(page.slug)}
          confirm={t.pages.withdraw}
          send={async () => {
            const { data, error } = await withdraw({ input: { pageId: page.id } })
            took(data?.landingPageWithdraw)
            return { error, answer: data?.landingPageWithdraw }
          }}
          onClose={() => setWithdrawing(false)}
        >
          <p>{t.pages.withdrawText}</p>
        </ConfirmDialog>
      )}
    </Page>
  )
}

/** Without the lines that are empty while a person types, and without what the API names of itself. */
function tidy({ ...content }: LandingContent): LandingContent {
  const lines = (texts: readonly string[]) => texts.map(text => text.trim()).filter(text => text !== '')
  const { __typename: _type, ...rest } = content as LandingContent & { __typename?: string }
  return {
    ...rest,
    points: lines(rest.points),
    embedOrigins: lines(rest.embedOrigins),
    fields: rest.fields.map(field => {
      const { __typename: _kind, ...own } = field as typeof field & { __typename?: string }
      return { ...own, choices: lines(own.choices) }
    }),
  }
}
