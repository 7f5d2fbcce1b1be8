/**
 * How much better some win than others, as far as that is not chance: the beta-binomial by moments (Kleinman, "Proportions with extraneous variance", 1973; the
 * empirical Bayes of Efron and Morris, 1975). The share that a group won is drawn towards that of all, the more the fewer deals it closed; where the
 * groups differ no more than chance makes them differ, all of them are like all.
 */
export interface GroupRate {
  readonly won: number
  readonly closed: number
}

/** Pure. What the odds of a group are multiplied by; 1 where nothing is known. Two groups with closed deals at least. */
export function shrunkRates(groups: readonly GroupRate[]): number[] {
  const sum = (of: (group: GroupRate) => number) => groups.reduce((total, group) => total + of(group), 0)
  const closed = sum(group => group.closed)
  const known = groups.filter(group => group.closed > 0).length
  const rate = sum(({ won }) => won) / closed
  if (known < 2 || !(rate > 0 && rate < 1)) return groups.map(() => 1)
  const chance = rate * (1 - rate)
  const scatter = sum(group => (group.closed === 0 ? 0 : group.closed * (group.won / group.closed - rate) ** 2))
  const spread = (scatter - (known - 1) * chance) / (closed - sum(group => group.closed ** 2) / closed)
  if (!(spread > 0)) return groups.map(() => 1)
  const alike = Math.max(1, chance / spread - 1)
  return groups.map(group => {
    const share = (group.won + alike * rate) / (group.closed + alike)
    return (share * (1 - rate)) / ((1 - share) * rate)
  })
}
