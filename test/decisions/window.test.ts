import { describe, expect, it } from 'vitest'
import { compilePolicy } from '../../core/decisions/compile-policy.ts'
import { Knowledge } from '../../core/decisions/knowledge.ts'
import { chanceOf } from '../../core/decisions/learner/chance.ts'
import { aged, extended, sumOf, type Window } from '../../core/decisions/learner/window.ts'
import { weigh } from '../../core/decisions/weigh.ts'

const policyOf = (pace: 'steady' | 'moving') =>
  compilePolicy(`policy: which
name: Which
module: aquisicao
type: OPERATIONAL
question: Which one?
inputs: { size: { type: number } }
options:
  a: { title: A, chance: 40 }
  b: { title: B, chance: 40 }
learn: { from: [], pace: ${pace} }
explore: 0.05
`).policy!

/** Takes decisions whose outcome is known at once; `truth` says how often each option succeeds at that moment. */
function play(pace: 'steady' | 'moving', count: number, truth: (at: number) => Readonly<Record<string, number>>) {
  const policy = policyOf(pace)
  const knowledge = new Knowledge(pace)
  const taken: string[] = []
  for (let at = 0; at < count; at++) {
    const { option } = weigh(policy, knowledge, {}, [], `decision ${at}`).recommendation
    taken.push(option)
    knowledge.learn({ option, context: {}, prior: 0.4, success: chanceOf(`outcome ${at}`) < truth(at)[option]! })
  }
  const { options } = weigh(policy, knowledge, {}, [], 'asked').model
  return { taken, knowledge, chance: (key: string) => options.find(option => option.key === key)!.chance }
}

const FLIPPED = (at: number) => (at < 2000 ? { a: 0.5, b: 0.3 } : { a: 0.1, b: 0.6 })
const bOf = (taken: readonly string[]) => taken.filter(option => option === 'b').length

describe('options', () => {
  it('are forgotten where the world moves: after a change the better one is taken soon', () => {
    const { taken, chance } = play('moving', 6000, FLIPPED)
    expect(bOf(taken.slice(1000, 2000))).toBeLessThan(50)
    expect(bOf(taken.slice(2000, 2500))).toBeGreaterThan(350) // all outcomes alike: 5 or fewer
    expect(chance('a')).toBeLessThan(0.3)
    expect(chance('b')).toBeCloseTo(0.6, 1)
  })

  it('keep all outcomes where it is steady, and where nothing changes', () => {
    const { taken } = play('steady', 2500, FLIPPED)
    expect(bOf(taken.slice(2000, 2500))).toBeLessThan(10)
    const still = play('moving', 4000, () => ({ a: 0.5, b: 0.3 }))
    expect(still.knowledge.counting('a')).toEqual(still.knowledge.arm('a'))
  })

  it('are stored to the last bit, also in the middle of a change', () => {
    const { knowledge } = play('moving', 2030, FLIPPED)
    const again = new Knowledge('moving', JSON.parse(JSON.stringify(knowledge.state())))
    for (const one of [knowledge, again])
      for (let at = 0; at < 120; at++)
        one.learn({ option: at % 2 ? 'b' : 'a', context: {}, prior: 0.4, success: at % 2 > chanceOf(`later ${at}`) })
    expect(again.state()).toEqual(knowledge.state())
    expect(knowledge.counting('a').tried).toBeLessThan(knowledge.arm('a').tried)
  })
})

describe('a window', () => {
  it('is small, and loses nothing but what it forgets', () => {
    let window: Window = []
    for (let at = 1; at <= 3000; at++) window = extended(window, chanceOf(`${at}`) < 0.3, at)
    expect(sumOf(window).tried).toBe(3000)
    expect(window.length).toBeLessThan(60)
    const sizes = window.map(([count]) => count)
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a))
  })

  it('lets go of what is older than 5,000 outcomes of its policy', () => {
    let window: Window = []
    for (let at = 1; at <= 10; at++) window = extended(window, true, at)
    expect(sumOf(aged(window, 5000)).tried).toBe(10)
    expect(sumOf(aged(window, 5005)).tried).toBeLessThan(10)
    expect(aged(window, 5010)).toEqual([])
  })
})
