import { describe, expect, it } from 'vitest'
import { nextChance } from '../../core/decisions/learner/chance.ts'
import { Learner } from '../../core/decisions/learner/learner.ts'
import type { LearnerState } from '../../core/decisions/learner/state.ts'

interface Example {
  readonly context: Readonly<Record<string, unknown>>
  readonly happened: boolean
}

/** Referrals and long visits succeed; `flip` turns that round. The same seed gives the same leads. */
function examples(count: number, options: { seed?: number; flip?: boolean } = {}): Example[] {
  let state = options.seed ?? 7
  const chance = () => {
    const next = nextChance(state)
    state = next.state
    return next.value
  }
  return Array.from({ length: count }, () => {
    const source = chance() < 0.3 ? 'referral' : 'website'
    const minutes = Math.round(chance() * 60)
    const logit = (source === 'referral' ? 1.5 : -1.5) + (minutes - 30) / 20
    const probability = 1 / (1 + Math.exp(options.flip ? logit : -logit))
    return {
      context: { source, minutes, plan: { size: chance() < 0.5 ? 'small' : '' } },
      happened: chance() < probability,
    }
  })
}

function taught(list: readonly Example[], learner = new Learner(), prior?: number): Learner {
  for (const { context, happened } of list) learner.learn(context, happened, prior)
  return learner
}

/** Mean log-loss in nats. */
const loss = (learner: Learner, list: readonly Example[], prior?: number) =>
  list.reduce((sum, { context, happened }) => {
    const p = learner.probability(context, prior)
    return sum - Math.log(happened ? p : 1 - p)
  }, 0) / list.length

describe('the learner', () => {
  it('says what the rules say before the first outcome', () => {
    const learner = new Learner()
    for (const prior of [0.05, 0.5, 0.8])
      expect(learner.probability({ source: 'website' }, prior)).toBeCloseTo(prior, 9)
    expect(learner.probability({ source: 'website' })).toBe(0.5)
  })

  it('learns which contexts succeed, and is right about how often', () => {
    const learner = taught(examples(2000))
    expect(learner.probability({ source: 'referral', minutes: 50, plan: { size: 'small' } })).toBeGreaterThan(0.85)
    expect(learner.probability({ source: 'website', minutes: 5, plan: { size: 'small' } })).toBeLessThan(0.15)
    const off = learner.curve.reduce((sum, { said, happened }) => sum + Math.abs(said - happened), 0)
    expect(off / 2000, 'expected calibration error').toBeLessThan(0.04)
  })

  it('lets rules that are wrong fade, and keeps rules that are right', () => {
    const wrong = taught(examples(600), new Learner(), 0.95)
    expect(wrong.shares.rules).toBeLessThan(0.05)
    expect(wrong.probability({ source: 'website', minutes: 5, plan: { size: 'small' } }, 0.95)).toBeLessThan(0.3)
    const right = new Learner()
    for (let n = 0; n < 300; n++) right.learn({ noise: `word${n}` }, n % 10 < 3, 0.3)
    expect(Math.abs(right.probability({ noise: 'new' }, 0.3) - 0.3)).toBeLessThan(0.06)
  })

  it('gives the same estimates to the last bit when it is asked again, and after a restart at any point', () => {
    const list = examples(900)
    const whole = taught(list)
    for (const cut of [0, 1, 250, 899]) {
      const first = taught(list.slice(0, cut))
      const stored = JSON.parse(JSON.stringify(first.state())) as LearnerState
      const second = taught(list.slice(cut), new Learner('moving', stored))
      expect(second.state(), `cut at ${cut}`).toEqual(whole.state())
      for (const { context } of examples(50, { seed: 3 }))
        expect(second.probability(context)).toBe(whole.probability(context))
    }
  })

  it('does not change when it is only asked, nor when what it was stored from goes on', () => {
    const learner = taught(examples(100))
    const before = learner.state()
    learner.estimate({ source: 'never seen', minutes: 1e9, other: [1, 'a'] }, 0.4)
    expect(learner.state()).toEqual(before)
    const copy = new Learner('moving', before)
    taught(examples(10, { seed: 5 }), learner)
    expect(copy.state()).toEqual(before)
  })

  it('does not mind in which order the fields of a context come', () => {
    const learner = taught(examples(200))
    expect(learner.probability({ minutes: 20, source: 'website', plan: { size: '' } })).toBe(
      learner.probability({ plan: { size: '' }, source: 'website', minutes: 20 }),
    )
  })

  it('forgets what no longer holds, where the world moves', () => {
    const [before, after] = [examples(1000), examples(1500, { seed: 11, flip: true })]
    const next = examples(400, { seed: 13, flip: true })
    const moving = taught(after, taught(before, new Learner('moving')))
    const steady = taught(after, taught(before, new Learner('steady')))
    expect(loss(moving, next)).toBeLessThan(loss(steady, next))
    expect(moving.shares.recent).toBeGreaterThan(0.5)
  })

  it('says which fields moved the estimate, and which way', () => {
    const { factors, voices } = taught(examples(1000)).estimate(
      { source: 'referral', minutes: 2, plan: { size: '' } },
      0.5,
    )
    const effect = Object.fromEntries(factors.map(factor => [factor.field, factor.effect]))
    expect(effect['source']).toBeGreaterThan(0.3)
    expect(effect['minutes']).toBeLessThan(-0.3)
    expect(voices.rules.share + voices.steady.share + voices.recent.share).toBeCloseTo(1, 9)
  })

  it('takes what nobody answered as one value: empty, null, Select', () => {
    const learner = taught(examples(300))
    const of = (size: unknown) => learner.probability({ source: 'website', minutes: 30, plan: { size } })
    expect([of(null), of('Select'), of(' ')]).toEqual([of(''), of(''), of('')])
  })

  it('bounds what it holds, however many different words come', () => {
    const learner = new Learner()
    for (let n = 0; n < 9000; n++) learner.learn({ word: `w${n}`, other: n }, n % 3 === 0)
    expect(learner.state().names.length).toBeLessThanOrEqual(6000)
    expect(learner.probability({ word: 'w1', other: 1 })).toBeLessThan(0.6)
  })

  it.each([
    'Tags',
    'Lead Quality',
    'Lead Profile',
    'Asymmetrique Activity Index',
    'Asymmetrique Profile Index',
    'Asymmetrique Activity Score',
    'Asymmetrique Profile Score',
    'leadQuality',
    'Converted',
    'Churn',
    'status',
    'dealStage',
    'duration',
  ])('refuses %s by name, and has learnt nothing then', field => {
    const learner = taught(examples(20))
    const before = learner.state()
    expect(() => learner.learn({ source: 'website', lead: { [field]: 'x' } }, true)).toThrow(
      expect.objectContaining({ code: 'VALIDATION', message: expect.stringContaining(`"lead.${field}"`) }),
    )
    expect(() => learner.probability({ [field]: 'x' })).toThrow(/is never learnt from/)
    expect(learner.state()).toEqual(before)
  })
})
