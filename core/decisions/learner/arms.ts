/** What is known of one option whatever the context: tried how often, how often it went well. */
export interface Arm {
  readonly tried: number
  readonly successes: number
}

export interface ArmView {
  /** Of success, 0 to 1. */
  readonly mean: number
  /** How far off that may be: one standard deviation. */
  readonly deviation: number
}

/** Outcomes that the word of the rules is worth. */
export const PRIOR_STRENGTH = 20

/** The mean and spread of a beta distribution that begins as the rules say (`prior`, 0 to 1) and moves with every outcome. */
export function viewOfArm({ tried, successes }: Arm, prior: number): ArmView {
  const mean = (PRIOR_STRENGTH * prior + successes) / (PRIOR_STRENGTH + tried)
  return { mean, deviation: Math.sqrt((mean * (1 - mean)) / (PRIOR_STRENGTH + tried + 1)) }
}

/** How strongly the likelier best option is preferred to chance; 1 would be Thompson's sampling. */
const SHARPNESS = 2

/**
 * How probable each of several options is the best one, each taken as normal: the integral over its density times the
 * chance that all others are below. No chance is drawn, so the same options always get the same shares.
 */
export function sharesOfBest(views: readonly ArmView[]): number[] {
  const low = Math.min(...views.map(({ mean, deviation }) => mean - 4 * deviation))
  const high = Math.max(...views.map(({ mean, deviation }) => mean + 4 * deviation))
  const shares = views.map(() => 0)
  const STEPS = 200
  for (let step = 0; step <= STEPS; step++) {
    const x = low + ((high - low) * step) / STEPS
    const below = views.map(({ mean, deviation }) => normalBelow((x - mean) / Math.max(1e-9, deviation)))
    views.forEach(({ mean, deviation }, index) => {
      const from = Math.max(1e-9, deviation)
      const density = Math.exp(-(((x - mean) / from) ** 2) / 2) / from
      shares[index]! += below.reduce((all, one, other) => (other === index ? all : all * one), density)
    })
  }
  return normalised(shares)
}

/**
 * With which chance each option is tried. `explore` (0 to 1) is the share of decisions that may try something else than the
 * best: of it, most go to what may still turn out to be the best. 0 always takes the best.
 */
export function chancesOf(views: readonly ArmView[], explore: number): number[] {
  const best = views.reduce((top, { mean }, index) => (mean > views[top]!.mean ? index : top), 0)
  if (explore <= 0) return views.map((_, index) => Number(index === best))
  const sharp = normalised(sharesOfBest(views).map(share => share ** SHARPNESS))
  return sharp.map(share => (1 - FLOOR * explore) * share + (FLOOR * explore) / views.length)
}
const FLOOR = 0.2

/** Which one a chance (0 to 1) falls on. */
export function draw(chances: readonly number[], chance: number): number {
  let left = chance
  for (const [index, share] of chances.entries()) {
    if (left < share) return index
    left -= share
  }
  return chances.reduce((top, share, index) => (share > chances[top]! ? index : top), 0)
}

function normalised(shares: readonly number[]): number[] {
  const sum = shares.reduce((total, share) => total + share, 0)
  return shares.map(share => (sum > 0 ? share / sum : 1 / shares.length))
}

/** The standard normal distribution function: Abramowitz & Stegun 7.1.26, off by at most 1.5e-7. */
export function normalBelow(x: number): number {
  const z = Math.abs(x) / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * z)
  const erf =
    1 -
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t * Math.exp(-z * z)
  return x >= 0 ? (1 + erf) / 2 : (1 - erf) / 2
}
