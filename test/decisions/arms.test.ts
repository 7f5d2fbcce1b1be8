import { describe, expect, it } from 'vitest'
import { type Arm, chancesOf, draw, sharesOfBest, viewOfArm } from '../../core/decisions/learner/arms.ts'
import { chanceOf } from '../../core/decisions/learner/chance.ts'

const views = (arms: readonly Arm[], prior = 0.2) => arms.map(arm => viewOfArm(arm, prior))
const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)

describe('arms', () => {
  it('begin as the rules say and move to what happened', () => {
    expect(viewOfArm({ tried: 0, successes: 0 }, 0.3).mean).toBeCloseTo(0.3)
    expect(viewOfArm({ tried: 1000, successes: 100 }, 0.3).mean).toBeCloseTo(0.104, 3)
    expect(viewOfArm({ tried: 1000, successes: 100 }, 0.3).deviation).toBeLessThan(0.01)
  })

  it('know how probable each is the best', () => {
    const shares = sharesOfBest([
      { mean: 0.3, deviation: 0.05 },
      { mean: 0.2, deviation: 0.05 },
    ])
    expect(sum(shares)).toBeCloseTo(1, 9)
    expect(shares[0]).toBeCloseTo(0.9214, 2) // P(N(0.1, 0.0707) > 0), from a table of the normal distribution
    expect(
      sharesOfBest(
        views([
          { tried: 5, successes: 1 },
          { tried: 5, successes: 1 },
        ]),
      ),
    ).toEqual([0.5, 0.5])
  })

  it('take the best always where nothing is to be tried, and everything now and then where something is', () => {
    const known = views([
      { tried: 500, successes: 150 },
      { tried: 500, successes: 50 },
    ])
    expect(chancesOf(known, 0)).toEqual([1, 0])
    const [best, other] = chancesOf(known, 0.1)
    expect(best! + other!).toBeCloseTo(1, 9)
    expect(other).toBeCloseTo(0.01, 3)
  })

  it('draw in the proportion of the chances, and end within them', () => {
    const drawn = [0, 0, 0]
    for (let n = 0; n < 10_000; n++) drawn[draw([0.2, 0.5, 0.3], chanceOf(`d${n}`))]!++
    expect(drawn.map(count => Math.round(count / 500))).toEqual([4, 10, 6])
    expect(draw([0.4, 0.6], 1)).toBe(1)
  })

  it('find the best of three by trying', () => {
    const truth = [0.1, 0.3, 0.15]
    const arms = truth.map(() => ({ tried: 0, successes: 0 }))
    for (let n = 0; n < 1500; n++) {
      const pick = draw(chancesOf(views(arms), 0.1), chanceOf(`pick${n}`))
      arms[pick]!.tried++
      if (chanceOf(`outcome${n}`) < truth[pick]!) arms[pick]!.successes++
    }
    expect(arms[1]!.tried).toBeGreaterThan(1000)
  })
})
