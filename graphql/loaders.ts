import DataLoader from 'dataloader'
import { findUsers, type UserRecord } from '../core/access/users.ts'
import { findWebhooks, type WebhookRecord } from '../core/access/webhook-secrets.ts'
import { findTasks } from '../core/brain/tasks/read-tasks.ts'
import type { Task } from '../core/brain/tasks/task.ts'
import type { Core } from '../core/context.ts'
import { TraeError } from '../core/errors.ts'
import type { WorkspaceId } from '../core/ids.ts'
import type { PlaybookEntity, PlaybookVersionEntity } from '../core/publishing/entities.ts'
import { findDrafts, type PlaybookDraft } from '../core/publishing/drafts.ts'
import { findPlaybooks, findVersions } from '../core/publishing/read-playbooks.ts'
import {
  type EventRecord,
  findChildren,
  findEvents,
  findRuns,
  listRunsOf,
  type RunRecord,
} from '../core/runs/read-runs.ts'
import type { Customer } from '../core/sales/customer.ts'
import { findCustomers } from '../core/sales/customers.ts'
import type { Deal } from '../core/sales/deal.ts'
import type { Page, PageRequest } from '../core/page.ts'
import { listStepsOf, type StepRecord } from '../core/runs/list-steps.ts'
import { type Activity, listActivitiesOf } from '../core/sales/activities.ts'
import type { LandingPage } from '../core/sales/landing-page.ts'
import type { Lead } from '../core/sales/lead.ts'
import { findLeads } from '../core/sales/leads.ts'
import { findLandingPages } from '../core/sales/read-landing-pages.ts'
import { findMeetings, listMeetingsOf, type Meeting } from '../core/sales/meetings.ts'
import { findDeals } from '../core/sales/read-deals.ts'
import { findMessages, listMessagesOf, type Message } from '../core/sales/messages.ts'

type PagesOf<T> = DataLoader<{ readonly id: string; readonly page: PageRequest }, Page<T>, string>
type ById<T> = DataLoader<string, T | null>

/** One statement for all ids asked for in a tick; null where there is no such thing in the workspace. */
export interface Loaders {
  /** Pages of the lists of a lead: one statement for all leads that are asked for the same page. */
  readonly runsOf: PagesOf<RunRecord>
  readonly messagesOf: PagesOf<Message>
  readonly meetingsOf: PagesOf<Meeting>
  readonly activitiesOf: PagesOf<Activity>
  /** The steps of a run. */
  readonly steps: DataLoader<RunRecord, readonly StepRecord[]>
  readonly lead: ById<Lead>
  readonly message: ById<Message>
  readonly meeting: ById<Meeting>
  readonly deal: ById<Deal>
  readonly customer: ById<Customer>
  readonly landingPage: ById<LandingPage>
  readonly run: ById<RunRecord>
  /** By the id of the run whose steps started them. */
  readonly children: DataLoader<string, readonly RunRecord[]>
  readonly event: ById<EventRecord>
  readonly playbook: ById<PlaybookEntity>
  readonly version: ById<PlaybookVersionEntity>
  /** By the id of the playbook. */
  readonly draft: ById<PlaybookDraft & { readonly id: string }>
  readonly user: ById<UserRecord>
  readonly webhook: ById<WebhookRecord>
  readonly task: ById<Task>
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
  const pages = <T>(
    list: (
      core: Core,
      workspaceId: WorkspaceId,
      ids: readonly string[],
      page: PageRequest,
    ) => Promise<Map<string, Page<T>>>,
  ): PagesOf<T> => {
    const nameOf = ({ first, after }: PageRequest) => JSON.stringify([first, after])
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
      return lazily(
        'steps',
        () =>
          new DataLoader(
            async (runs: readonly RunRecord[]) => {
              if (workspaceId === undefined) throw new TraeError('UNAUTHENTICATED', 'Sign in first.')
              const found = await listStepsOf(core, workspaceId, runs)
              return runs.map(({ id }) => found.get(id)!)
            },
            { maxBatchSize: 100 },
          ),
      )
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
