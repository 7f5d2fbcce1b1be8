import { compilePolicy } from '../../core/decisions/compile-policy.ts'
import { Knowledge } from '../../core/decisions/knowledge.ts'
import { weigh } from '../../core/decisions/weigh.ts'
import { type Row, shuffled } from './dataset.ts'
import { type Figure, mean } from './metrics.ts'

const ARMS: Readonly<Record<string, string>> = { none: 'No E-Mail', mens: 'Mens E-Mail', womens: 'Womens E-Mail' }

const policyOf = (explore: number) =>
  compilePolicy(`policy: next-email
name: Next e-mail
module: aquisicao
type: OPERATIONAL
question: Which e-mail next?
inputs: { recency: { type: number } }
options:
  none: { title: None, chance: 15 }
  mens: { title: Men's, chance: 15 }
  womens: { title: Women's, chance: 15 }
explore: ${explore}
`).policy!

const learnFrom = (knowledge: Knowledge, row: Row, arm: string) =>
  knowledge.learn({
    option: arm,
    context: { recency: row['recency'] ?? null },
    prior: 0.15,
    success: row['visit'] === 1,
  })

/** What every arm has taught, from all rows of a file. */
export function emailKnowledge(rows: readonly Row[]): Knowledge {
  const knowledge = new Knowledge('moving')
  for (const row of rows)
    for (const [arm, segment] of Object.entries(ARMS)) if (row['segment'] === segment) learnFrom(knowledge, row, arm)
  return knowledge
}

/** The best arm and the chance of a visit with it. */
export function emailChoice(knowledge: Knowledge, row: Row): { readonly action: string; readonly probability: number } {
  const { recommendation, combination } = weigh(policyOf(0), knowledge, { recency: row['recency'] ?? null }, [], '')
  return { action: ARMS[recommendation.option]!, probability: combination.probability }
}

/** Li et al., "Unbiased offline evaluation of contextual-bandit algorithms", 2011: rows whose arm is the one chosen count. */
export function email(rows: readonly Row[]): Figure[] {
  const order = shuffled(rows.length, 42)
  const [train, test] = [order.slice(0, 40_000).map(at => rows[at]!), order.slice(40_000).map(at => rows[at]!)]
  const knowledge = emailKnowledge(train)
  const ips = mean(
    test.map(row => (emailChoice(knowledge, row).action === row['segment'] ? 3 * Number(row['visit']) : 0)),
  )
  const replays = [1, 2, 3, 4, 5].map(seed =>
    replay(
      shuffled(rows.length, seed).map(at => rows[at]!),
      seed,
    ),
  )
  return [
    {
      what: 'next-best action, frozen: visit IPS',
      value: ips,
      goal: 0.18,
      floor: 0.17,
      anchor: 'uniform 0.147, best arm 0.183',
      better: 'higher',
    },
    {
      what: 'next-best action, replay: visit rate',
      value: mean(replays.map(({ all }) => all)),
      goal: 0.178,
      floor: 0.165,
      anchor: 'UCB1 0.181, Thompson 0.176',
      better: 'higher',
    },
    {
      what: 'same, first 2,000 actions',
      value: mean(replays.map(({ early }) => early)),
      goal: 0.168,
      floor: 0.158,
      anchor: '0.161 to 0.174',
      better: 'higher',
    },
  ]
}

function replay(rows: readonly Row[], seed: number): { readonly all: number; readonly early: number } {
  const policy = policyOf(0.05)
  const knowledge = new Knowledge('moving')
  let [taken, visits, early] = [0, 0, 0]
  rows.forEach((row, at) => {
    const { option } = weigh(policy, knowledge, { recency: row['recency'] ?? null }, [], `${seed}:${at}`).recommendation
    if (ARMS[option] !== row['segment']) return
    learnFrom(knowledge, row, option)
    taken++
    visits += Number(row['visit'])
    if (taken === 2000) early = visits / taken
  })
  return { all: visits / taken, early }
}
