import {
  answerSuggestion,
  type Measured,
  measured,
  type Suggested,
  suggestedDecisions,
} from '../../core/brain/dashboard.ts'
import { keptForecast, keptFunnel, keptSources, keptStages, lastDays } from '../../core/brain/kept-figures.ts'
import { metricHistory, type MetricPoint } from '../../core/brain/metric-history.ts'
import type { Task } from '../../core/brain/tasks/task.ts'
import { TraeError } from '../../core/errors.ts'
import type { FigurePeriod } from '../../core/sales/figures.ts'
import {
  CLOSED_NEEDED,
  type Forecast,
  FORECAST_DAYS,
  type ForecastAge,
  type ForecastFactor,
} from '../../core/sales/forecast.ts'
import type { FunnelStep, StageStay } from '../../core/sales/funnel.ts'
import { metricKind } from '../../core/sales/metric.ts'
import { CURRENCIES, type Currency, type Money } from '../../core/sales/money.ts'
import type { ForecastRow } from '../../core/sales/sum-of-deals.ts'
import { builder, guarded } from '../builder.ts'
import { viewerOf, workspaceOf } from '../context.ts'
import { renamed } from '../described.ts'
import { DealStage } from './deal.ts'
import { ReachedType } from './lead.ts'
import { MetricName, MetricUnitType } from './metric.ts'
import { CurrencyCode, MoneyRef } from './money.ts'
import { TaskRef } from './task.ts'
import { outcome, type Outcome, UserErrorRef } from './user-error.ts'
import { UserRef } from './workspace.ts'

const MeasuredRef = builder.objectRef<Measured>('MetricValue').implement({
  description: 'A figure of a period.',
  fields: t => ({
    metric: t.field({ type: MetricName, description: 'Which one.', resolve: one => one.metric }),
    module: t.string({
      description: 'The key of the module whose figure it is.',
      resolve: one => metricKind(one.metric).module,
    }),
    unit: t.field({
      type: MetricUnitType,
      description: 'What it counts in.',
      resolve: one => metricKind(one.metric).unit,
    }),
    currency: t.field({
      type: CurrencyCode,
      nullable: true,
      description: 'Of money.',
      resolve: one => metricKind(one.metric).currency ?? null,
    }),
    value: t.float({ nullable: true, description: 'Null: there is nothing to divide by.', resolve: one => one.now }),
    before: t.float({
      nullable: true,
      description:
        'Of the period before, as long; null where it is not known, as of figures that only stand as they are now.',
      resolve: one => one.before,
    }),
  }),
})

const FunnelStepRef = builder.objectRef<FunnelStep>('FunnelStep').implement({
  description: 'How many of the leads of a period have got so far by now.',
  fields: t => ({
    reached: t.field({ type: ReachedType, description: 'How far.', resolve: step => step.reached }),
    leads: t.exposeInt('leads', { description: 'How many. `leads(filter: {reached: …})` lists them.' }),
    conversion: t.exposeFloat('conversion', {
      nullable: true,
      description: 'Of those who reached the step before, the share that reached this one, 0 to 1.',
    }),
    days: t.exposeFloat('days', {
      nullable: true,
      description: 'From the arrival of the lead until it got here: the median, in days.',
    }),
  }),
})

const StageStayRef = builder.objectRef<StageStay>('StageStay').implement({
  description: 'How long deals stay in a stage.',
  fields: t => ({
    stage: t.field({ type: DealStage, description: 'Which one.', resolve: stay => stay.stage }),
    open: t.exposeInt('open', { description: 'Deals in it now.' }),
    left: t.exposeInt('left', { description: 'Deals that left it in the period.' }),
    onward: t.exposeInt('onward', { description: 'Of those, how many were not lost there.' }),
    days: t.exposeFloat('days', { nullable: true, description: 'Their days in it: the median.' }),
  }),
})

interface Source {
  readonly value: string | null
  readonly leads: number
  readonly qualified: number
  readonly met: number
  readonly won: number
  readonly revenue: Readonly<Record<string, string>>
}
const SourceRef = builder.objectRef<Source>('SourceFigures').implement({
  description: 'The leads of a period that came the same way, and what has become of them by now.',
  fields: t => ({
    value: t.exposeString('value', { nullable: true, description: 'Which way; null: nobody knows.' }),
    leads: t.exposeInt('leads', { description: 'How many came.' }),
    qualified: t.exposeInt('qualified', { description: 'Of those, qualified or further.' }),
    met: t.exposeInt('met', {
      description:
        'Of those, with a meeting that was held: somebody said so or its call ended, or it has ended and nobody has said yet. Cancelled, missed and coming ones do not count.',
    }),
    won: t.exposeInt('won', { description: 'Of those, who bought.' }),
    revenue: t.field({
      type: [MoneyRef],
      description: 'What they bought for, by currency.',
      resolve: ({ revenue }): Money[] =>
        CURRENCIES.flatMap(currency => (revenue[currency] ? [{ amount: revenue[currency], currency }] : [])),
    }),
  }),
})
const SourceBy = builder.enumType('SourceBy', {
  description: 'By what leads are told apart.',
  values: renamed({ source: 'Where they came in.', campaign: 'utm_campaign.', medium: 'utm_medium.' }),
})

type Row = ForecastRow & { readonly month?: string | null }
const inMoney = (amount: number, currency: Currency): Money => ({ amount: amount.toFixed(2), currency })
const ForecastRowRef = builder.objectRef<Row>('ForecastAmounts').implement({
  description: 'What open deals are likely to bring, in one currency.',
  fields: t => ({
    month: t.string({
      nullable: true,
      description: 'In which they are expected to be closed, as 2030-03; null: nobody said, or all months together.',
      resolve: ({ month }) => month ?? null,
    }),
    deals: t.exposeInt('deals', { description: 'How many, with a value.' }),
    pipeline: t.field({
      type: MoneyRef,
      description: 'Were all won.',
      resolve: row => inMoney(row.pipeline, row.currency),
    }),
    expected: t.field({
      type: MoneyRef,
      description: 'The mean.',
      resolve: row => inMoney(row.expected, row.currency),
    }),
    low: t.field({
      type: MoneyRef,
      description: 'In nine of ten cases more.',
      resolve: row => inMoney(row.p10, row.currency),
    }),
    median: t.field({
      type: MoneyRef,
      description: 'In one of two cases more.',
      resolve: row => inMoney(row.p50, row.currency),
    }),
    high: t.field({
      type: MoneyRef,
      description: 'In one of ten cases more.',
      resolve: row => inMoney(row.p90, row.currency),
    }),
  }),
})
const ForecastAgeRef = builder.objectRef<ForecastAge>('ForecastAge').implement({
  description: 'What is known of open deals of an age.',
  fields: t => ({
    from: t.exposeInt('from', { description: 'Days since they were opened.' }),
    to: t.exposeInt('to', { nullable: true, description: 'Younger than so many days; null where there is no limit.' }),
    open: t.exposeInt('open', { description: 'How many there are.' }),
    seen: t.exposeInt('seen', { description: 'How many of the last year were seen open at the age `from`.' }),
    won: t.exposeFloat('won', {
      nullable: true,
      description:
        'Of deals as old as the open ones, the share that was won within the days of the forecast, 0 to 1; null: too few were seen.',
    }),
  }),
})
const ForecastFactorKind = builder.enumType('ForecastFactorKind', {
  description: 'What moves the chances of open deals.',
  values: {
    QUARTER: { description: 'The month of the quarter.' },
    LEVEL: { description: 'The months before turned out better or worse than foretold.' },
    OWNER: { description: 'Who leads the deal.' },
    SIZE: { description: 'How large it is.' },
    STAGE: { description: 'The stages it has been in.' },
  } satisfies Record<ForecastFactor['kind'], object>,
})
const ForecastFactorRef = builder.objectRef<ForecastFactor>('ForecastFactor').implement({
  description: 'Something that sets chances apart by more than chance would, and how often deals were won with it.',
  fields: t => ({
    kind: t.field({ type: ForecastFactorKind, description: 'What it is.', resolve: one => one.kind }),
    of: t.string({
      nullable: true,
      description: 'The stage, or `1000` of amounts from 1,000 to below 10,000; null of others.',
      resolve: ({ kind, of }) => (kind === 'OWNER' ? null : of),
    }),
    owner: t.field({
      type: UserRef,
      nullable: true,
      description: 'Of OWNER, who it is.',
      resolve: ({ kind, of }, _args, c) => (kind === 'OWNER' && of !== null ? c.loaders.user.load(of) : null),
    }),
    won: t.exposeFloat('won', {
      description: 'Deals that were won; of QUARTER those that are expected to be.',
    }),
    expected: t.exposeFloat('expected', {
      description:
        'As many as the rate of all (OWNER, SIZE), the promise (STAGE), what was foretold (LEVEL) or equal months (QUARTER) would make it.',
    }),
    times: t.exposeFloat('times', {
      description: 'What chances or odds are multiplied by, drawn towards 1 where little is known.',
    }),
  }),
})
const ForecastRef = builder.objectRef<Forecast>('Forecast').implement({
  description:
    'What the open deals are likely to bring within some days: by the share of deals of their age that was won so soon in the last year, the month of the quarter, the stage or probability, owner and size of each, with the limits of that knowledge.',
  fields: t => ({
    within: t.exposeInt('within', { description: 'Days that it looks ahead.' }),
    enough: t.exposeBoolean('enough', { description: 'Is there enough to say anything? Else there are no amounts.' }),
    closedNeeded: t.int({
      description: 'How many deals must have been closed for that.',
      resolve: () => CLOSED_NEEDED,
    }),
    won: t.exposeInt('won', { description: 'Deals that were won in the last year, which it rests on.' }),
    lost: t.exposeInt('lost', { description: 'Deals that were lost then.' }),
    open: t.exposeInt('open', { description: 'Deals that are open.' }),
    unpriced: t.exposeInt('unpriced', { description: 'Of those, without a value: they count for nothing.' }),
    undated: t.exposeInt('undated', { description: 'Of those, without a day on which they are expected to close.' }),
    correction: t.exposeFloat('correction', {
      description: 'What the odds of the open deals were multiplied by, taken together; 1 changes nothing.',
    }),
    totals: t.field({
      type: [ForecastRowRef],
      description: 'All months together, by currency. Limits of sums are no sums of limits.',
      resolve: one => (one.enough ? one.totals : []),
    }),
    ages: t.field({
      type: [ForecastAgeRef],
      description: 'What it rests on: the ages that there are open deals of.',
      resolve: one => [...one.ages],
    }),
    factors: t.field({
      type: [ForecastFactorRef],
      description: 'What sets the chances apart beside age and stage.',
      resolve: one => [...one.factors],
    }),
    months: t.field({
      type: [ForecastRowRef],
      description: 'By the month in which they are expected to be closed, and currency.',
      resolve: one => (one.enough ? one.months : []),
    }),
  }),
})

const SuggestedRef = builder.objectRef<Suggested>('SuggestedDecision').implement({
  description:
    'A decision that the figures of the last four weeks suggest. Where chance explains a figure nothing is suggested.',
  fields: t => ({
    name: t.exposeString('name', {
      description: 'Of the rule: fewer-leads, few-qualify, no-meetings, few-won, more-churn, at-risk.',
    }),
    module: t.exposeString('module', { description: 'The key of the module that would look into it.' }),
    action: t.exposeString('action', { description: 'What it would do: plugin/action.' }),
    because: t.field({
      type: [MeasuredRef],
      description: 'The figures that say so.',
      resolve: one => [...one.because],
    }),
    from: t.field({
      type: 'DateTime',
      description: 'From when on the figures are.',
      resolve: ({ period }) => period.from,
    }),
    declined: t.exposeBoolean('declined', { description: 'Somebody decided against it.' }),
    task: t.field({
      type: TaskRef,
      nullable: true,
      description: 'What was made of the answer; null until somebody answers.',
      resolve: ({ taskId }, _args, c) => (taskId === null ? null : c.loaders.task.load(taskId)),
    }),
  }),
})

const PointRef = builder.objectRef<MetricPoint>('MetricPoint').implement({
  description: 'A figure as it stood at the end of a day.',
  fields: t => ({
    metric: t.field({ type: MetricName, description: 'Which one.', resolve: point => point.metric }),
    at: t.expose('at', { type: 'DateTime', description: 'The end of the day, in the time zone of the workspace.' }),
    value: t.exposeFloat('value', { description: 'Of that day; of standing figures as it was then.' }),
  }),
})

const DashboardRef = builder.objectRef<FigurePeriod & { readonly days: number }>('Dashboard').implement({
  description:
    'The figures of management of a period. Each field is counted from the rows when somebody asks and something has happened since, or 15 minutes have passed.',
  fields: t => ({
    from: t.field({ type: 'DateTime', description: 'Where the period begins.', resolve: ({ from }) => from }),
    to: t.field({ type: 'DateTime', description: 'Where it ends: now.', resolve: ({ to }) => to }),
    metrics: t.field({
      type: [MeasuredRef],
      description: 'Every figure beside that of the period before; money only in currencies that there is any of.',
      resolve: ({ days }, _args, c) => measured(c.core, workspaceOf(c), days),
    }),
    history: t.field({
      type: [PointRef],
      args: { metrics: t.arg({ type: [MetricName], required: true, description: 'Which ones, at most 4.' }) },
      description:
        'What the table `metrics` keeps of each day of the period, oldest first. Of days before the installation there is nothing.',
      resolve: (period, { metrics }, c) => {
        if (metrics.length > 4)
          throw new TraeError('BAD_USER_INPUT', `history takes at most 4 metrics, found ${metrics.length}.`)
        const [from, to] = [new Date(period.from), new Date(period.to)]
        return metricHistory(c.core, workspaceOf(c), { metrics, from, to })
      },
    }),
    funnel: t.field({
      type: [FunnelStepRef],
      description: 'How far the leads of the period have got.',
      resolve: ({ days }, _args, c) => keptFunnel(c.core, workspaceOf(c), days),
    }),
    stages: t.field({
      type: [StageStayRef],
      description: 'How long deals stay in each stage.',
      resolve: ({ days }, _args, c) => keptStages(c.core, workspaceOf(c), days),
    }),
    sources: t.field({
      type: [SourceRef],
      args: { by: t.arg({ type: SourceBy, defaultValue: 'source', description: 'By what they are told apart.' }) },
      description: 'Where the leads of the period came from and what became of them; the 50 largest groups.',
      resolve: async ({ days }, { by }, c) =>
        (await keptSources(c.core, workspaceOf(c), days, by ?? 'source')) as unknown as Source[],
    }),
    forecast: t.field({
      type: ForecastRef,
      args: {
        within: t.arg.int({ defaultValue: FORECAST_DAYS, description: 'How many days it looks ahead, 1 to 365.' }),
      },
      description: 'What the open deals are likely to bring.',
      resolve: (_period, { within: given }, c) => {
        const within = given ?? FORECAST_DAYS
        if (within < 1 || within > 365)
          throw new TraeError('BAD_USER_INPUT', `within must be from 1 to 365 days, found ${within}.`)
        return keptForecast(c.core, workspaceOf(c), within)
      },
    }),
    suggestions: t.field({
      type: [SuggestedRef],
      description: 'What the figures of the last four weeks suggest to decide.',
      resolve: (_period, _args, c) => suggestedDecisions(c.core, workspaceOf(c)),
    }),
  }),
})

builder.queryField('dashboard', t =>
  t.field({
    type: DashboardRef,
    ...guarded(
      'analytics:read',
      'The figures of management of the last days. `figuresUpdated` tells when they have changed.',
    ),
    args: { days: t.arg.int({ defaultValue: 30, description: 'How many days, 1 to 366.' }) },
    resolve: (_root, { days: given }, c) => {
      const days = given ?? 30
      if (days < 1 || days > 366) throw new TraeError('BAD_USER_INPUT', `days must be from 1 to 366, found ${days}.`)
      return { ...lastDays(c.core, days), days }
    },
  }),
)

const SuggestionAnswerInput = builder.inputType('SuggestionAnswerInput', {
  description: 'What is decided about a suggestion.',
  fields: t => ({
    name: t.string({ required: true, description: 'Of the suggestion.' }),
    accept: t.boolean({
      required: true,
      description: 'True: its module looks into it. False: not for the next four weeks.',
    }),
  }),
})
const SuggestionAnswerPayload = builder.objectRef<Outcome<{ task: Task }>>('SuggestionAnswerPayload').implement({
  description: 'What was made of the answer.',
  fields: t => ({
    task: t.field({
      type: TaskRef,
      nullable: true,
      description: 'What the module does; cancelled where it was declined.',
      resolve: ({ task }) => task,
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'What stood in the way.',
      resolve: ({ userErrors }) => [...userErrors],
    }),
  }),
})
builder.mutationField('suggestionAnswer', t =>
  t.field({
    type: SuggestionAnswerPayload,
    ...guarded('tasks:write', 'Accepts or declines a decision that the figures suggest; the first answer counts.'),
    args: { input: t.arg({ type: SuggestionAnswerInput, required: true, description: 'The answer.' }) },
    resolve: (_root, { input: { name, accept } }, c) =>
      outcome({ task: null }, async () => ({
        task: await answerSuggestion(c.core, workspaceOf(c), { name, accept, by: viewerOf(c).userId }),
      })),
  }),
)
