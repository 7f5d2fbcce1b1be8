/**
 * When runs of one key get their turn, in order of arrival, so that no more than `limit` start within any `perMs`: each
 * at once, or `perMs` after the one that came `limit` turns before it. `taken`: the turns that were given before, in
 * milliseconds since 1970, in any order. With `drop` a run that would have to wait gets no turn (undefined).
 */
export function rateTurns(
  taken: readonly number[],
  runs: readonly { readonly limit: number; readonly perMs: number; readonly behavior: 'delay' | 'drop' }[],
  now: number,
): (number | undefined)[] {
  const turns = taken.toSorted((a, b) => a - b)
  return runs.map(({ limit, perMs, behavior }) => {
    const before = turns.at(-limit)
    const turn = Math.max(now, turns.at(-1) ?? now, before === undefined ? now : before + perMs)
    if (behavior === 'drop' && turn > now) return undefined
    turns.push(turn)
    return turn
  })
}
