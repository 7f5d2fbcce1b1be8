/**
 * Knows when a run has nothing left to do but wait. A fiber is one line of steps: the run's own, or a branch's. Each
 * working fiber holds a token; it gives the token back while it is parked (a timer, an event, a retry). A fiber that
 * starts branches hands its token to them and gets the last one back when the branches are decided. When no token is
 * held, everybody is parked, and the run can leave the worker.
 */
export class Fibers {
  #working = 1
  readonly #onIdle: () => void

  constructor(onIdle: () => void) {
    this.#onIdle = onIdle
  }

  /** Waits without holding a token. Checked on a later turn: a fiber that parks may wake another in the same turn. */
  async park<T>(until: Promise<T>): Promise<T> {
    this.#leave()
    const value = await until
    this.#working++
    return value
  }

  /**
   * Runs branches side by side. `decided` sees each result as it comes and says whether the parent goes on; branches
   * that are still under way then keep their own tokens. A branch that throws makes the join throw.
   */
  async join<T>(
    branches: readonly (() => Promise<T>)[],
    decided: (result: T, index: number) => boolean,
  ): Promise<void> {
    if (branches.length === 0) return
    this.#working += branches.length - 1
    let left = branches.length
    let over = false
    await new Promise<void>((resolve, reject) => {
      // The token of the branch that decides passes to the parent; of every other it is given back.
      const settle = (decides: () => boolean, go: () => void) => {
        left--
        if (over || !(decides() || left === 0)) return this.#leave()
        over = true
        go()
      }
      branches.forEach((branch, index) => {
        branch().then(
          result => settle(() => decided(result, index), resolve),
          (reason: unknown) =>
            settle(
              () => true,
              () => reject(reason),
            ),
        )
      })
    })
  }

  #leave(): void {
    this.#working--
    if (this.#working === 0) setImmediate(() => this.#working === 0 && this.#onIdle())
  }
}
