import type { ComponentType } from 'react'
import type { IconName } from '../../components/icon.tsx'
import type { Messages } from '../../i18n/pt-BR.ts'
import type { PageProps } from './page-props.ts'

type PageComponent = ComponentType<PageProps>

export interface Route {
  readonly pattern: string
  readonly load: () => Promise<PageComponent>
}

/** Every address of the interface. Each page is a chunk of its own. */
export const ROUTES: readonly Route[] = [
  route('/', async () => (await import('../home/home-page.tsx')).HomePage),
  route('/dashboard', async () => (await import('../dashboard/dashboard-page.tsx')).DashboardPage),
  route('/okrs', async () => (await import('../okrs/okrs-page.tsx')).OkrsPage),
  route('/leads', async () => (await import('../leads/leads-page.tsx')).LeadsPage),
  route('/leads/:id', async () => (await import('../leads/lead-page.tsx')).LeadPage),
  route('/runs', async () => (await import('../runs/runs-page.tsx')).RunsPage),
  route('/runs/:id', async () => (await import('../runs/run-page.tsx')).RunPage),
  route('/approvals', async () => (await import('../approvals/approvals-page.tsx')).ApprovalsPage),
  route('/decisions', async () => (await import('../decisions/decisions-page.tsx')).DecisionsPage),
  route('/decisions/models', async () => (await import('../decisions/models-page.tsx')).ModelsPage),
  route('/decisions/:id', async () => (await import('../decisions/decision-page.tsx')).DecisionPage),
  route('/mailbox', async () => (await import('../mailbox/mailbox-page.tsx')).MailboxPage),
  route('/mailbox/:id', async () => (await import('../mailbox/mailbox-page.tsx')).MailboxPage),
  route('/meetings', async () => (await import('../meetings/meetings-page.tsx')).MeetingsPage),
  route('/deals', async () => (await import('../deals/deals-page.tsx')).DealsPage),
  route('/pages', async () => (await import('../pages/pages-page.tsx')).PagesPage),
  route('/pages/:id', async () => (await import('../pages/page-page.tsx')).PagePage),
  route('/calls', async () => (await import('../calls/calls-page.tsx')).CallsPage),
  route('/proposals', async () => (await import('../proposals/proposals-page.tsx')).ProposalsPage),
  route('/proposals/new', async () => (await import('../proposals/new-proposal.tsx')).NewProposalPage),
  route('/proposals/:id', async () => (await import('../proposals/proposal-page.tsx')).ProposalPage),
  route('/calls/:id', async () => (await import('../calls/call-page.tsx')).CallPage),
  route('/customers', async () => (await import('../customers/customers-page.tsx')).CustomersPage),
  route('/outbox', async () => (await import('../outbox/outbox-page.tsx')).OutboxPage),
  route('/charges', async () => (await import('../charges/charges-page.tsx')).ChargesPage),
  route('/campaigns', async () => (await import('../campaigns/campaigns-page.tsx')).CampaignsPage),
  route('/audiences', async () => (await import('../audiences/audiences-page.tsx')).AudiencesPage),
  route('/services', async () => (await import('../services/services-page.tsx')).ServicesPage),
  route('/notices', async () => (await import('../notices/notices-page.tsx')).NoticesPage),
  route('/playbooks', async () => (await import('../playbooks/playbooks-page.tsx')).PlaybooksPage),
  route('/playbooks/:id', async () => (await import('../playbooks/playbook-page.tsx')).PlaybookPage),
  route('/playbook-templates', async () => (await import('../playbooks/templates-page.tsx')).TemplatesPage),
  route('/plugins', async () => (await import('../plugins/plugins-page.tsx')).PluginsPage),
  route('/plugins/:id', async () => (await import('../plugins/plugin-page.tsx')).PluginPage),
  route('/credentials/return', async () => (await import('../credentials/return-page.tsx')).ReturnPage),
  route('/brain', async () => (await import('../brain/brain-page.tsx')).BrainPage),
  route('/alerts', async () => (await import('../alerts/alerts-page.tsx')).AlertsPage),
  route('/brain/modules/:id', async () => (await import('../brain/module-page.tsx')).ModulePage),
  route('/settings', async () => (await import('../settings/settings-page.tsx')).SettingsPage),
  route('/settings/:id', async () => (await import('../settings/settings-page.tsx')).SettingsPage),
  route('/memory', async () => (await import('../memory/memory-page.tsx')).MemoryPage),
  route('/webhooks', async () => (await import('../webhooks/webhooks-page.tsx')).WebhooksPage),
]

function route(pattern: string, load: () => Promise<PageComponent>): Route {
  return { pattern, load }
}

const loaded = new Map<Route, PageComponent>()

/** The page, when it has been downloaded: what is there is drawn at once, where React's own lazy would blink. */
export function loadedPage(route: Route): PageComponent | undefined {
  return loaded.get(route)
}

export async function loadPage(route: Route): Promise<void> {
  if (!loaded.has(route)) loaded.set(route, await route.load())
}

export interface Place {
  readonly to: string
  readonly icon: IconName
  readonly name: keyof Messages['navigation'] &
    (
      | 'home'
      | 'dashboard'
      | 'okrs'
      | 'leads'
      | 'mailbox'
      | 'meetings'
      | 'calls'
      | 'deals'
      | 'proposals'
      | 'customers'
      | 'pages'
      | 'outbox'
      | 'charges'
      | 'campaigns'
      | 'audiences'
      | 'services'
      | 'runs'
      | 'approvals'
      | 'decisions'
      | 'playbooks'
      | 'plugins'
      | 'brain'
      | 'alerts'
      | 'memory'
      | 'webhooks'
      | 'settings'
    )
}

export const GROUPS: readonly {
  readonly name?: 'sales' | 'marketing' | 'automation' | 'system'
  readonly places: readonly Place[]
}[] = [
  {
    places: [
      { to: '/', icon: 'home', name: 'home' },
      { to: '/dashboard', icon: 'dashboard', name: 'dashboard' },
      { to: '/okrs', icon: 'flag', name: 'okrs' },
    ],
  },
  {
    name: 'sales',
    places: [
      { to: '/leads', icon: 'leads', name: 'leads' },
      { to: '/mailbox', icon: 'mailbox', name: 'mailbox' },
      { to: '/outbox', icon: 'send', name: 'outbox' },
      { to: '/meetings', icon: 'meetings', name: 'meetings' },
      { to: '/calls', icon: 'signal', name: 'calls' },
      { to: '/deals', icon: 'deals', name: 'deals' },
      { to: '/proposals', icon: 'proposals', name: 'proposals' },
      { to: '/customers', icon: 'customers', name: 'customers' },
      { to: '/charges', icon: 'charges', name: 'charges' },
    ],
  },
  {
    name: 'marketing',
    places: [
      { to: '/pages', icon: 'pages', name: 'pages' },
      { to: '/campaigns', icon: 'campaigns', name: 'campaigns' },
      { to: '/audiences', icon: 'audiences', name: 'audiences' },
    ],
  },
  {
    name: 'automation',
    places: [
      { to: '/runs', icon: 'runs', name: 'runs' },
      { to: '/approvals', icon: 'approvals', name: 'approvals' },
      { to: '/decisions', icon: 'decisions', name: 'decisions' },
      { to: '/playbooks', icon: 'playbooks', name: 'playbooks' },
      { to: '/plugins', icon: 'plugins', name: 'plugins' },
      { to: '/services', icon: 'services', name: 'services' },
    ],
  },
  {
    name: 'system',
    places: [
      { to: '/brain', icon: 'brain', name: 'brain' },
      { to: '/alerts', icon: 'bell', name: 'alerts' },
      { to: '/memory', icon: 'memory', name: 'memory' },
      { to: '/webhooks', icon: 'webhooks', name: 'webhooks' },
      { to: '/settings', icon: 'settings', name: 'settings' },
    ],
  },
]

/** On a narrow screen these stand in the bar at the bottom; the rest is behind "menu". */
export const BOTTOM: readonly string[] = ['/', '/leads', '/mailbox', '/runs']
