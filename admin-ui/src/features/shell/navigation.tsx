import { useState } from 'react'
import { Dialog } from '../../components/dialog.tsx'
import { Icon } from '../../components/icon.tsx'
import { LanguageSwitch } from '../../components/language-switch.tsx'
import { Mark } from '../../components/mark.tsx'
import { useLanguage } from '../../i18n/messages.tsx'
import { Link } from '../../router.tsx'
import { useOpenApprovals } from '../approvals/approval-news.tsx'
import { BrainChip } from '../brain/brain-status.tsx'
import { useToSend } from '../outbox/to-send.ts'
import { useUnreadNotices } from '../notices/notice-news.tsx'
import { useSession } from '../sign-in/session.tsx'
import { BOTTOM, GROUPS, loadPage, ROUTES, type Place } from './routes.ts'
import styles from './shell.module.css'
import { WorkspaceSwitch } from './workspace-switch.tsx'

export function Sidebar({ path }: { path: string }) {
  const { t } = useLanguage()
  const { workspace, ownWorkspaces } = useSession()
  const several = ownWorkspaces.length > 1
  return (
    <aside className={styles.sidebar}>
      <div className={styles.head}>
        <Link to="/" className={styles.brand}>
          <Mark />
          <span>
            <strong>{t.product}</strong>
            {!several && workspace.name !== t.product && <span>{workspace.name}</span>}
          </span>
        </Link>
        <Bell path={path} />
      </div>
      {several && <WorkspaceSwitch />}
      <nav aria-label={t.navigation.label} className={styles.nav}>
        <Places path={path} />
      </nav>
      <BrainChip />
      <Account />
    </aside>
  )
}

export function TopBar({ path }: { path: string }) {
  const { t } = useLanguage()
  const several = useSession().ownWorkspaces.length > 1
  return (
    <header className={styles.top}>
      <Link to="/" className={styles.brand} aria-label={several ? t.product : undefined}>
        <Mark size={24} />
        {!several && <strong>{t.product}</strong>}
      </Link>
      {several && <WorkspaceSwitch />}
      <span className={styles.tools}>
        <BrainChip />
        <Bell path={path} />
      </span>
    </header>
  )
}

export function BottomBar({ path }: { path: string }) {
  const { t } = useLanguage()
  const [open, setOpen] = useState(false)
  const places = GROUPS.flatMap(group => group.places).filter(place => BOTTOM.includes(place.to))
  return (
    <nav aria-label={t.navigation.label} className={styles.bottom}>
      {places.map(place => (
        <Link key={place.to} to={place.to} aria-current={isCurrent(place, path) ? 'page' : undefined}>
          <Icon name={place.icon} size={21} />
          <span>{place.name === 'mailbox' ? t.navigation.mailboxShort : t.navigation[place.name]}</span>
        </Link>
      ))}
      <button type="button" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <Icon name="menu" size={21} />
        <span>{t.navigation.menu}</span>
        <OpenApprovals />
      </button>
      {open && (
        <Dialog title={t.navigation.menu} side onClose={() => setOpen(false)}>
          <nav aria-label={t.navigation.label} className={styles.nav}>
            <Places path={path} onFollow={() => setOpen(false)} />
          </nav>
          <Account />
        </Dialog>
      )}
    </nav>
  )
}

function Places({ path, onFollow }: { path: string; onFollow?: () => void }) {
  const { t } = useLanguage()
  return GROUPS.map((group, index) => (
    <div key={index} className={styles.group}>
      {group.name && <p className={styles.groupName}>{t.navigation[group.name]}</p>}
      <ul>
        {group.places.map(place => (
          <li key={place.to}>
            <Link
              to={place.to}
              className={styles.place}
              aria-current={isCurrent(place, path) ? 'page' : undefined}
              onClick={onFollow}
              onPointerEnter={() => preload(place.to)}
            >
              <Icon name={place.icon} />
              {t.navigation[place.name]}
              {place.name === 'approvals' && <OpenApprovals />}
              {place.name === 'outbox' && <ToSend />}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  ))
}

/** The way to the notices, with how many of them the viewer has not read. */
function Bell({ path }: { path: string }) {
  const { t } = useLanguage()
  const unread = useUnreadNotices() ?? 0
  const label = t.notices.bell(unread)
  return (
    <Link
      to="/notices"
      className={styles.bell}
      title={label}
      aria-label={label}
      aria-current={path === '/notices' ? 'page' : undefined}
    >
      <Icon name="bell" size={20} />
      {unread > 0 && <span className={styles.count}>{unread > 99 ? '99+' : unread}</span>}
    </Link>
  )
}

/** How many wait for the viewer; nothing where none does. */
function OpenApprovals() {
  const { t } = useLanguage()
  const open = useOpenApprovals()
  return open ? (
    <span className={styles.count} title={t.approvals.waiting(open)}>
      {open}
    </span>
  ) : null
}

/** How many messages lie there for a person to send; nothing where none does. */
function ToSend() {
  const { t } = useLanguage()
  const waiting = useToSend()
  return waiting ? (
    <span className={styles.count} title={t.outbox.toSend(waiting)}>
      {waiting}
    </span>
  ) : null
}

function preload(to: string): void {
  const route = ROUTES.find(route => route.pattern === to)
  if (route) void loadPage(route).catch(() => {})
}

function isCurrent(place: Place, path: string): boolean {
  return place.to === '/' ? path === '/' : path === place.to || path.startsWith(`${place.to}/`)
}

function Account() {
  const { t } = useLanguage()
  const { viewer, signOut } = useSession()
  return (
    <div className={styles.account}>
      <span className={styles.who}>
        <strong>{viewer.name}</strong>
        <span>{viewer.email}</span>
      </span>
      <span className={styles.controls}>
        <LanguageSwitch />
        <button type="button" className={styles.exit} onClick={signOut}>
          <Icon name="exit" size={16} />
          {t.navigation.signOut}
        </button>
      </span>
    </div>
  )
}
