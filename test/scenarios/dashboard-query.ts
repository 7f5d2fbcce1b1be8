import { isObjectType, parse, execute } from 'graphql'
import type { Access } from '../../core/access/access.ts'
import type { UserId } from '../../core/ids.ts'
import { createContext } from '../../graphql/context.ts'
import { schema } from '../../graphql/schema.ts'
import type { SalesWorld } from './sales-world.ts'

export type Shown = Readonly<Record<string, unknown>>

/** Asks as the owner does who looks at a page. Throws where an operation answers with errors. */
export async function ask(world: SalesWorld, text: string): Promise<Record<string, Shown>> {
  const [owner] = await world.rows<{ id: UserId }>(`select id from users where email = 'owner@example.com'`)
  const { core, workspaceId } = world
  const viewer = { userId: owner!.id, workspaceId, sessionId: undefined, role: 'OWNER', mustEnrol: false, key: undefined, expiresAt: new Date(8.64e15) } as const // prettier-ignore
  const host = { core, access: {} as Access, closing: new AbortController().signal } // nobody signs in here
  const contextValue = createContext(host, { viewer, requestId: 'books', language: 'en' })
  const { data, errors } = await execute({ schema, document: parse(text), contextValue })
  if (errors) throw new Error(errors.map(({ message }) => message).join('\n'))
  return JSON.parse(JSON.stringify(data)) as Record<string, Shown>
}

/** Every object type of which the two pages of figures are made. */
export const FIGURE_TYPES = 'Dashboard Figures MetricValue MetricPoint FunnelStep StageStay SourceFigures Forecast ForecastAmounts ForecastAge ForecastFactor SuggestedDecision'.split(' ') // prettier-ignore

/** `Dashboard.funnel` … */
export const figureFields = (): string[] =>
  FIGURE_TYPES.flatMap(name => {
    const type = schema.getType(name)
    if (!isObjectType(type)) throw new Error(`There is no type ${name}.`)
    return Object.keys(type.getFields()).map(field => `${name}.${field}`)
  })

const MONEY = '{ amount currency }'
const AMOUNTS = `{ month deals pipeline ${MONEY} expected ${MONEY} low ${MONEY} median ${MONEY} high ${MONEY} }`
const SOURCES = `{ value leads qualified met won revenue ${MONEY} }`
const MEASURED = '{ metric module unit currency value before }'
/** All that there is to see, of so many days. */
export const dashboardOf = (days: number) => `{
  figures(days: ${days}) { from to leadsProcessed leadsQualified leadsNurtured messagesSent repliesReceived meetingsScheduled conversionRate runsCompleted runsFailed runsOpen }
  dashboard(days: ${days}) {
    from to
    metrics ${MEASURED}
    history(metrics: [LEADS, STARTED]) { metric at value }
    funnel { reached leads conversion days }
    stages { stage open left onward days }
    source: sources(by: SOURCE) ${SOURCES}
    campaign: sources(by: CAMPAIGN) ${SOURCES}
    medium: sources(by: MEDIUM) ${SOURCES}
    forecast(within: 60) {
      within enough closedNeeded won lost open unpriced undated correction
      totals ${AMOUNTS} months ${AMOUNTS}
      ages { from to open seen won }
      factors { kind of owner { id } won expected times }
    }
    suggestions { name module action from declined because ${MEASURED} task { status } }
  }
}`
