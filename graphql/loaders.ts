import DataLoader from 'dataloader'
import { findUsers, type UserRecord } from '../core/access/users.ts'
import { findWebhooks, type WebhookRecord } from '../core/access/webhook-secrets.ts'
import { type Alert, type AlertDelivery, deliveriesOf, findAlerts } from '../core/brain/alerts/alerts.ts'
import { type AlertRule, readRules, type RuleKey } from '../core/brain/alerts/rules.ts'
import { findTasks } from '../core/brain/tasks/read-tasks.ts'
import type { Task } from '../core/brain/tasks/task.ts'
import type { Core } from '../core/context.ts'
import { TraeError } from '../core/errors.ts'
import type { WorkspaceId } from '../core/ids.ts'
import type { PlaybookRecord, VersionRecord } from '../core/publishing/playbook-record.ts'
import { findDrafts, type PlaybookDraft } from '../core/publishing/drafts.ts'
import { findPlaybooks, findVersions, listVersionsOf } from '../core/publishing/read-playbooks.ts'
import {
  findChildren,
  findRuns,
  listJournalsOf,
  listReplaysOf,
  listRunsOf,
  listRunsOfPlaybooks,
  type RunRecord,
  type RunSortBy,
} from '../core/runs/read-runs.ts'
import { type EventRecord, findEvents } from '../core/runs/read-events.ts'
import type { KeyResult, KeyResultValue, Objective } from '../core/sales/objective.ts'
import { findObjectives, keyResultsOf, valuesOf } from '../core/sales/read-objectives.ts'
import type { Customer } from '../core/sales/customer.ts'
import { findCustomers } from '../core/sales/customers.ts'
import { findPolicies, type StoredPolicy } from '../core/decisions/read-policies.ts'
import type { Catalog } from '../core/playbooks/catalog.ts'
import { workspaceCatalog } from '../core/publishing/workspace-catalog.ts'
import { type ListedCall, listPlannedOf } from '../core/plugins/planned-calls.ts'
import type { Installation } from '../core/plugins/registry.ts'
import { type HostTraffic, trafficOf } from '../core/plugins/traffic.ts'
import { listTriggersOf, type TriggerRecord } from '../core/triggers/list-triggers.ts'
import type { Deal } from '../core/sales/deal.ts'
import type { ListRequest } from '../core/listing.ts'
import type { Page, PageRequest } from '../core/page.ts'
import type { JournalEntry } from '../core/runs/journal.ts'
import type { RunFilter } from '../core/runs/run-filter.ts'
import { readTimings, type RunTiming } from '../core/runs/run-timing.ts'
import { listStepsOf, type StepRecord } from '../core/runs/list-steps.ts'
import { type Activity, type ActivityFilter, type ActivitySortBy, listActivitiesOf } from '../core/sales/activities.ts'
import type { Lead } from '../core/sales/lead.ts'
import { findLeads } from '../core/sales/leads.ts'
import {
  findMeetings,
  listMeetingsOf,
  type Meeting,
  type MeetingFilter,
  type MeetingSortBy,
} from '../core/sales/meetings.ts'
import type { LandingPage } from '../core/sales/landing-page.ts'
import type { Proposal } from '../core/sales/proposal.ts'
import { findProposals } from '../core/sales/proposals.ts'
import type { Call, CallAdvice, CallLine } from '../core/sales/call.ts'
import { type PossibleDuplicate, possibleDuplicates } from '../core/sales/possible-duplicates.ts'
import { callsAdvice, callsLines, findCalls } from '../core/sales/read-calls.ts'
import { findLandingPages } from '../core/sales/read-landing-pages.ts'
import { findDeals } from '../core/sales/read-deals.ts'
import {
  findMessages,
  listMessagesOf,
  type Message,
  type MessageFilter,
  type MessageSortBy,
} from '../core/sales/messages.ts'

type Asked<Request> = { readonly id: string; readonly page: Request }
type PagesOf<T, Request = PageRequest> = DataLoader<Asked<Request>, Page<T>, string>
type RunPages = PagesOf<RunRecord, ListRequest<RunFilter, RunSortBy>>
type ById<T> = DataLoader<string, T | null>

/** One statement for all ids asked for in a tick; null where there is no such thing in the workspace. */
export interface Loaders {
  /** Pages of the lists of a lead: one statement for all leads that are asked for the same page. */
  readonly runsOf: RunPages
  readonly messagesOf: PagesOf<Message, ListRequest<MessageFilter, MessageSortBy>>
  readonly meetingsOf: PagesOf<Meeting, ListRequest<MeetingFilter, MeetingSortBy>>
  readonly activitiesOf: PagesOf<Activity, ListRequest<ActivityFilter, ActivitySortBy>>
  /** The same of playbooks, and of runs. */
  readonly runsOfPlaybook: RunPages
  readonly versionsOf: PagesOf<VersionRecord>
  readonly replaysOf: RunPages
  readonly plannedCallsOf: PagesOf<ListedCall>
  readonly traffic: DataLoader<Installation, readonly HostTraffic[]>
  /** Entries of the journal of a run after a number. */
  readonly journal: DataLoader<Asked<{ after: number; first: number }>, readonly JournalEntry[], string>
  readonly triggers: DataLoader<PlaybookRecord, readonly TriggerRecord[]>
  /** What a playbook of the workspace can use now, under the empty name. */
  readonly catalog: DataLoader<'', Catalog>
  readonly policy: ById<StoredPolicy>
  /** Where the time of a run went. */
  readonly timing: DataLoader<RunRecord, RunTiming>
  /** The steps of a run. */
  readonly steps: DataLoader<RunRecord, readonly StepRecord[]>
  readonly lead: ById<Lead>
  readonly message: ById<Message>
  readonly meeting: ById<Meeting>
  readonly deal: ById<Deal>
  readonly customer: ById<Customer>
  readonly proposal: ById<Proposal>
  readonly call: ById<Call>
  /** What was said in a call, and what was suggested. */
  readonly callLines: DataLoader<Call, readonly CallLine[]>
  readonly possibleDuplicates: DataLoader<Lead, readonly PossibleDuplicate[]>
  readonly callAdvice: DataLoader<Call, readonly CallAdvice[]>
  readonly objective: ById<Objective>
  readonly keyResults: DataLoader<Objective, readonly KeyResult[]>
  readonly keyResultValues: DataLoader<KeyResult, readonly KeyResultValue[]>
  readonly landingPage: ById<LandingPage>
  readonly run: ById<RunRecord>
  /** By the id of the run whose steps started them. */
  readonly children: DataLoader<string, readonly RunRecord[]>
  readonly event: ById<EventRecord>
  readonly playbook: ById<PlaybookRecord>
  readonly version: ById<VersionRecord>
  /** By the id of the playbook. */
  readonly draft: ById<PlaybookDraft & { readonly id: string }>
  readonly user: ById<UserRecord>
  readonly webhook: ById<WebhookRecord>
  readonly task: ById<Task>
  readonly alert: ById<Alert>
  readonly alertRule: DataLoader<RuleKey, AlertRule>
  /** The newest deliveries of an alert. */
  readonly alertDeliveries: DataLoader<Alert, readonly AlertDelivery[]>
}

export function createLoaders(core: Core, workspaceId: WorkspaceId | undefined): Loaders {
  const by = <T extends { readonly id: string }>(
    find: (core: Core, workspaceId: WorkspaceId, ids: readonly string[]) => Promise<readonly T[]>,
  ): ById<T> =>
    new DataLoader(
      async ids => {
        if (workspaceId === undefined) throw new TraeError('UNAUTHENTICATED', 'Sign in first.')
        const found = new Map((await find(core, workspaceId, ids)).map(record => [record.id, record]))
        return ids.map(id => found.get(id) ?? null)
      },
      { maxBatchSize: 500 },
    )
  const pages = <T, Request>(
    list: (core: Core, workspaceId: WorkspaceId, ids: readonly string[], page: Request) => Promise<Map<string, T>>,
  ): DataLoader<Asked<Request>, T, string> => {
    const nameOf = (page: Request) => JSON.stringify(page)
    return new DataLoader(
      async asked => {
        if (workspaceId === undefined) throw new TraeError('UNAUTHENTICATED', 'Sign in first.')
        const groups = [...Map.groupBy(asked, ({ page }) => nameOf(page))].map(async ([name, those]) => {
          const ids = [...new Set(those.map(({ id }) => id))]
          return [name, await list(core, workspaceId, ids, those[0]!.page)] as const
        })
        const found = new Map(await Promise.all(groups))
        return asked.map(({ id, page }) => found.get(nameOf(page))!.get(id)!)
      },
      { maxBatchSize: 500, cacheKeyFn: ({ id, page }) => `${id} ${nameOf(page)}` },
    )
  }
  const ofRows = <Row extends { readonly id: string }, T>(
    read: (core: Core, workspaceId: WorkspaceId, rows: readonly Row[]) => Promise<ReadonlyMap<string, T>>,
  ): DataLoader<Row, T> =>
    new DataLoader(
      async rows => {
        if (workspaceId === undefined) throw new TraeError('UNAUTHENTICATED', 'Sign in first.')
        const found = await read(core, workspaceId, rows)
        return rows.map(({ id }) => found.get(id)!)
      },
      { maxBatchSize: 100 },
    )
  // made when first used: most operations use one or two
  const made = new Map<string, unknown>()
  const lazily = <T>(name: string, make: () => T): T => {
    if (!made.has(name)) made.set(name, make())
    return made.get(name) as T
  }
  return {
    get runsOf() {
      return lazily('runsOf', () => pages(listRunsOf))
    },
    get runsOfPlaybook() {
      return lazily('runsOfPlaybook', () => pages(listRunsOfPlaybooks))
    },
    get versionsOf() {
      return lazily('versionsOf', () => pages(listVersionsOf))
    },
    get plannedCallsOf() {
      return lazily('plannedCallsOf', () => pages(listPlannedOf))
    },
    get traffic() {
      return lazily('traffic', () => ofRows(trafficOf))
    },
    get replaysOf() {
      return lazily('replaysOf', () => pages(listReplaysOf))
    },
    get journal() {
      return lazily('journal', () => pages(listJournalsOf))
    },
    get timing() {
      return lazily('timing', () => ofRows(readTimings))
    },
    get triggers() {
      return lazily('triggers', () => ofRows(listTriggersOf))
    },
    get catalog() {
      return lazily(
        'catalog',
        () =>
          new DataLoader(async (asked: readonly ''[]) => {
            if (workspaceId === undefined) throw new TraeError('UNAUTHENTICATED', 'Sign in first.')
            const catalog = await workspaceCatalog(core, workspaceId)
            return asked.map(() => catalog)
          }),
      )
    },
    get alert() {
      return lazily('alert', () => by(findAlerts))
    },
    get alertRule() {
      return lazily(
        'alertRule',
        () =>
          new DataLoader(async (keys: readonly RuleKey[]) => {
            if (workspaceId === undefined) throw new TraeError('UNAUTHENTICATED', 'Sign in first.')
            const rules = new Map((await readRules(core, workspaceId)).map(rule => [rule.key, rule]))
            return keys.map(key => rules.get(key)!)
          }),
      )
    },
    get alertDeliveries() {
      return lazily('alertDeliveries', () => ofRows(deliveriesOf))
    },
    get policy() {
      return lazily('policy', () => by(findPolicies))
    },
    get messagesOf() {
      return lazily('messagesOf', () => pages(listMessagesOf))
    },
    get meetingsOf() {
      return lazily('meetingsOf', () => pages(listMeetingsOf))
    },
    get activitiesOf() {
      return lazily('activitiesOf', () => pages(listActivitiesOf))
    },
    get steps() {
      return lazily('steps', () => ofRows(listStepsOf))
    },
    get lead() {
      return lazily('lead', () => by(findLeads))
    },
    get message() {
      return lazily('message', () => by(findMessages))
    },
    get meeting() {
      return lazily('meeting', () => by(findMeetings))
    },
    get deal() {
      return lazily('deal', () => by(findDeals))
    },
    get customer() {
      return lazily('customer', () => by(findCustomers))
    },
    get proposal() {
      return lazily('proposal', () => by(findProposals))
    },
    get possibleDuplicates() {
      return lazily('possibleDuplicates', () => ofRows(possibleDuplicates))
    },
    get callLines() {
      return lazily('callLines', () => ofRows(callsLines))
    },
    get callAdvice() {
      return lazily('callAdvice', () => ofRows(callsAdvice))
    },
    get objective() {
      return lazily('objective', () => by(findObjectives))
    },
    get keyResults() {
      return lazily('keyResults', () => ofRows(keyResultsOf))
    },
    get keyResultValues() {
      return lazily('keyResultValues', () => ofRows(valuesOf))
    },
    get call() {
      return lazily('call', () => by(findCalls))
    },
    get landingPage() {
      return lazily('landingPage', () => by(findLandingPages))
    },
    get run() {
      return lazily('run', () => by(findRuns))
    },
    get children() {
      return lazily(
        'children',
        () =>
          new DataLoader(
            async (ids: readonly string[]) => {
              if (workspaceId === undefined) throw new TraeError('UNAUTHENTICATED', 'Sign in first.')
              const found = Map.groupBy(await findChildren(core, workspaceId, ids), run => run.parentRunId!)
              return ids.map(id => found.get(id) ?? [])
            },
            { maxBatchSize: 500 },
          ),
      )
    },
    get event() {
      return lazily('event', () => by(findEvents))
    },
    get playbook() {
      return lazily('playbook', () => by(findPlaybooks))
    },
    get version() {
      return lazily('version', () => by(findVersions))
    },
    get draft() {
      return lazily('draft', () =>
        by(async (core, workspaceId, ids) =>
          (await findDrafts(core, workspaceId, ids)).map(draft => ({ ...draft, id: draft.playbookId })),
        ),
      )
    },
    get user() {
      return lazily('user', () => by(findUsers))
    },
    get webhook() {
      return lazily('webhook', () => by(findWebhooks))
    },
    get task() {
      return lazily('task', () => by(findTasks))
    },
  }
}

/** What must be there because a row refers to it. */
export async function present<T>(found: Promise<T | null>, what: string): Promise<T> {
  const value = await found
  if (value === null) throw new TraeError('INTERNAL', `${what} that a row refers to is not there.`)
  return value
}
