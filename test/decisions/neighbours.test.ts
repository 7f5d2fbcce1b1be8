import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../core/decisions/compile-policy.ts'
import { explainDecision } from '../../core/decisions/explain-decision.ts'
import { Knowledge } from '../../core/decisions/knowledge.ts'
import { chanceOf } from '../../core/decisions/learner/chance.ts'
import { Neighbours } from '../../core/decisions/learner/neighbours.ts'
import { wordsOf } from '../../core/decisions/learner/similar.ts'
import { learnable, weigh } from '../../core/decisions/weigh.ts'

const POLICY = compilePolicy(`policy: fit
name: Fit
module: pre_vendas
type: OPERATIONAL
question: Does it fit?
inputs:
  source: { type: string }
  size: { type: string }
  sector: { type: string }
options:
  yes: { title: Yes, from: 60 }
  no: { title: No, from: 0 }
learn: { from: [source, size, sector], pace: steady }
`).policy!

const CHOICE = compilePolicy(`policy: way
name: Way
module: pre_vendas
type: OPERATIONAL
question: Which way?
inputs: { size: { type: string } }
options:
  mail: { title: Mail, chance: 40 }
  call: { title: Call, chance: 40 }
learn: { from: [size] }
`).policy!

type Truth = (inputs: Readonly<Record<string, string>>) => number
const pick = (text: string, of: readonly string[]) => of[Math.floor(chanceOf(text) * of.length)]!
const inputsOf = (at: string) => ({
  source: pick(`source ${at}`, ['site', 'fair', 'referral']),
  size: pick(`size ${at}`, ['small', 'large']),
  sector: pick(`sector ${at}`, ['food', 'steel', 'law']),
})
/** What adds up, as the learner sees it, and what does not: it depends on two fields together. */
const ADDS_UP: Truth = ({ source, size }) => 0.15 + (source === 'referral' ? 0.4 : 0) + (size === 'large' ? 0.2 : 0)
const TOGETHER: Truth = ({ source, size }) => ((source === 'referral') === (size === 'large') ? 0.85 : 0.1)

const loss = (said: number, happened: boolean) => -Math.log(happened ? said : 1 - said)

/** Mean log-loss, the learner alone and with its neighbours, over outcomes `from` to `to` of many workspaces; calibration is how far the means are apart. */
function compare(truth: Truth, from: number, to: number) {
  const sums = { alone: 0, together: 0, saidAlone: 0, said: 0, happened: 0, n: 0 }
  for (let world = 0; world < 30; world++) {
    const knowledge = new Knowledge('steady')
    for (let at = 0; at < to; at++) {
      const inputs = inputsOf(`${world}.${at}`)
      const happened = chanceOf(`outcome ${world}.${at}`) < truth(inputs)
      const { model, combination } = weigh(POLICY, knowledge, inputs, [], '')
      if (at >= from) {
        sums.n++
        sums.alone += loss(model.probability!, happened)
        sums.together += loss(combination.probability, happened)
        sums.saidAlone += model.probability!
        sums.said += combination.probability
        sums.happened += Number(happened)
      }
      knowledge.learn({ option: 'yes', context: learnable(POLICY, inputs), prior: 0.5, success: happened })
    }
  }
  const off = (said: number) => Math.abs(said - sums.happened) / sums.n
  return {
    alone: sums.alone / sums.n,
    together: sums.together / sums.n,
    offAlone: off(sums.saidAlone),
    off: off(sums.said),
  }
}

describe('decisions that were alike', () => {
  it('help early, where what counts is more than the sum of its parts', () => {
    const { alone, together } = compare(TOGETHER, 10, 60)
    expect(together).toBeLessThan(alone - 0.002)
  })

  it('take nothing from a learner that is right, neither in its chances nor in its calibration', () => {
    for (const [from, to] of [
      [0, 60],
      [200, 400],
    ] as const) {
      const { alone, together, offAlone, off } = compare(ADDS_UP, from, to)
      expect(together).toBeLessThan(alone + 0.003)
      expect(off).toBeLessThan(offAlone + 0.003)
    }
  })

  it('count less the more was learnt, and never more than a fifth', () => {
    const knowledge = new Knowledge('steady')
    const inputs = inputsOf('one')
    const shareOf = () => weigh(POLICY, knowledge, inputs, [], '').combination.shares!
    expect(shareOf().similar).toBe(0)
    let [most, last] = [0, 0]
    for (let at = 0; at < 400; at++) {
      knowledge.learn({ option: 'yes', context: inputs, prior: 0.5, success: true })
      const shares = shareOf()
      expect(Object.values(shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
      ;[most, last] = [Math.max(most, shares.similar), shares.similar]
    }
    expect(most).toBeGreaterThan(0.1)
    expect(most).toBeLessThan(0.2)
    expect(last).toBeLessThan(0.02)
  })

  it('speak for the option that was taken, move its chance, and are told in both languages', () => {
    const knowledge = new Knowledge('moving')
    for (let at = 0; at < 8; at++)
      knowledge.learn({ option: 'mail', context: { size: at < 5 ? 'small' : 'large' }, prior: 0.4, success: at < 5 })
    const asked = (size: string) => weigh(CHOICE, knowledge, { size }, [], '')
    const chance = (size: string) => asked(size).model.options.find(({ key }) => key === 'mail')!.chance
    expect(chance('small')).toBeGreaterThan(chance('large') + 0.05)
    expect(chance('unheard')).toBeGreaterThan(chance('large'))
    const options = CHOICE.options.map(({ key, title }) => ({ key, title }))
    const steps = asked('large')
    expect(explainDecision({ steps, options }, 'en')).toContain(
      'Mail in the 3 most similar cases: 0 went well; that counts 10%.',
    )
    expect(explainDecision({ steps, options }, 'pt-BR')).toContain(
      'Mail nos 3 casos mais parecidos: 0 deram certo; isso pesa 10%.',
    )
  })

  it('are those that have most in common, of equals the newest, at most five, and come back from what is stored', () => {
    const neighbours = new Neighbours()
    const add = (context: Record<string, unknown>, success: boolean) =>
      neighbours.add({ option: 'yes', words: wordsOf(context), success })
    for (let at = 0; at < 6; at++) add({ a: 'x', b: 'y' }, at > 0)
    add({ a: 'other', b: 'else' }, true)
    const words = wordsOf({ a: 'x', b: 'y' })
    expect(neighbours.near(words)).toEqual({ tried: 5, successes: 5, weight: 5, probability: 1 })
    expect(neighbours.near(wordsOf({ a: 'x', b: 'z' }))).toMatchObject({ tried: 5, weight: expect.closeTo(5 / 9, 9) })
    expect(neighbours.near(wordsOf({ c: 'x' }))).toBeUndefined()
    expect(neighbours.near(wordsOf({}))).toBeUndefined()
    expect(neighbours.near(words, 'no')).toBeUndefined()
    const again = new Neighbours(JSON.parse(JSON.stringify(neighbours.state())))
    expect(again.near(words)).toEqual(neighbours.near(words))
    for (let at = 0; at < 300; at++) add({ a: `${at}` }, true)
    expect(neighbours.state()).toHaveLength(200)
  })
})
