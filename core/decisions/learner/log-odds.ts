export const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit))

/** Of a probability, which is kept away from certainty. */
export function logOdds(probability: number): number {
  const p = Math.min(0.9999, Math.max(0.0001, probability))
  return Math.log(p / (1 - p))
}

/** What a prediction cost, in nats. */
export const logLoss = (probability: number, happened: boolean): number =>
  -Math.log(Math.max(1e-6, happened ? probability : 1 - probability))
