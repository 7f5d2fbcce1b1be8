import { setImmediate as nextTurn } from 'node:timers/promises'

/**
 * Goes through a long list without holding the event loop: after every so many items whatever else waits has its turn. For work of
 * the processor; what waits for the network gives turns anyway.
 */
export async function takeTurns<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => void,
): Promise<void> {
  for (let from = 0; from < items.length; from += atOnce) {
    for (let i = from; i < Math.min(from + atOnce, items.length); i++) work(items[i]!)
    await nextTurn()
  }
}
