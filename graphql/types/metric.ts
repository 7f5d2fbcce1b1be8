import { type Metric } from '../../core/sales/metric.ts'
import { builder } from '../builder.ts'
import { renamed } from '../described.ts'

export const MetricName = builder.enumType('MetricName', {
  description: 'A figure of management.',
  values: renamed<Metric>({
    leads: 'Leads that came in.',
    qualified: 'Of those, who is qualified, came to a meeting or bought by now.',
    met: 'Of those, who was at a meeting that was held: somebody said so or its call ended, or it has ended and nobody has said yet. Cancelled, missed and coming ones do not count.',
    answered: 'Of the leads that were written to, the share that answered.',
    won: 'Deals that were won.',
    lost: 'Deals that were lost.',
    winRate: 'Of the deals that were closed, the share that was won.',
    revenueBrl: 'Deals that were won, in reais.',
    revenueUsd: 'Deals that were won, in US dollars.',
    revenueEur: 'Deals that were won, in euros.',
    customers: 'Customers now.',
    started: 'Customers who began.',
    churned: 'Customers who left.',
    atRisk: 'Customers with a health below 70 now.',
    mrrBrl: 'What customers pay a month now, in reais.',
    mrrUsd: 'What customers pay a month now, in US dollars.',
    mrrEur: 'What customers pay a month now, in euros.',
  }),
})

export const MetricUnitType = builder.enumType('MetricUnit', {
  description: 'What a figure counts in.',
  values: renamed({ count: 'Pieces.', share: '0 to 1.', money: 'Units of its currency.' }),
})
