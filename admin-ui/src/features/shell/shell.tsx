import { useEffect, useReducer, useRef, useState } from 'react'
import { Empty, LinkButton } from '../../components/empty.tsx'
import { CrashGuard } from '../../components/failure.tsx'
import { Page } from '../../components/page.tsx'
import { RowsSkeleton } from '../../components/rows-skeleton.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { matchPath, usePath } from '../../router.tsx'
import { ApprovalsProvider } from '../approvals/approval-news.tsx'
import { BrainProvider } from '../brain/brain-status.tsx'
import { NoticesProvider } from '../notices/notice-news.tsx'
import { BottomBar, Sidebar, TopBar } from './navigation.tsx'
import { loadedPage, loadPage, type Route, ROUTES } from './routes.ts'
import styles from './shell.module.css'

/** The frame around every page: a sidebar on wide screens, bars above and below on narrow ones. */
export function Shell() {
  const { t, locale } = useLanguage()
  const path = usePath()
  const first = useRef(true)
  const main = useRef<HTMLElement>(null)
  useEffect(() => {
    if (first.current) first.current = false
    else main.current?.focus({ preventScroll: true }) // a reader of the screen hears the new page
  }, [path])

  return (
    <BrainProvider>
      <ApprovalsProvider>
        <NoticesProvider>
          <a href="#main" className={styles.skip}>
            {t.common.skip}
          </a>
          <div className={styles.shell}>
            <Sidebar path={path} />
            <TopBar path={path} />
            <main id="main" ref={main} tabIndex={-1} className={styles.main}>
              <CrashGuard key={locale} path={path} t={t}>
                <CurrentPage path={path} />
              </CrashGuard>
            </main>
            <BottomBar path={path} />
          </div>
        </NoticesProvider>
      </ApprovalsProvider>
    </BrainProvider>
  )
}

const IDLE_MS = 1500

function CurrentPage({ path }: { path: string }) {
  const found = findRoute(path)
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const [failure, setFailure] = useState<{ route: Route; error: unknown }>()
  const route = found?.route

  useEffect(() => {
    if (route && !loadedPage(route)) loadPage(route).then(redraw, error => setFailure({ route, error }))
  }, [route])
  useEffect(() => {
    // The other pages are small: fetched while nothing else happens, they open without a wait.
    const timer = setTimeout(() => ROUTES.forEach(other => void loadPage(other).catch(() => {})), IDLE_MS)
    return () => clearTimeout(timer)
  }, [])

  if (failure && failure.route === route) throw failure.error // a chunk that is gone: the guard offers to load the page again
  if (!found) return <MissingPage />
  const Current = loadedPage(found.route)
  return Current ? <Current id={found.parts['id'] ?? ''} /> : <Waiting />
}

function findRoute(path: string): { route: Route; parts: Record<string, string> } | undefined {
  for (const route of ROUTES) {
    const parts = matchPath(route.pattern, path)
    if (parts) return { route, parts }
  }
  return undefined
}

function MissingPage() {
  const { t } = useLanguage()
  return (
    <Page title={t.navigation.notFoundTitle}>
      <Empty icon="search" title={t.navigation.notFoundTitle} text={t.navigation.notFoundText}>
        <LinkButton to="/" label={t.navigation.goHome} variant="filled" />
      </Empty>
    </Page>
  )
}

function Waiting() {
  return (
    <div className={styles.waiting}>
      <RowsSkeleton />
    </div>
  )
}
