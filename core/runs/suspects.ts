/**
 * Keeps one run that takes the process down from running for ever, and innocent ones from paying for it. A run that was
 * recovered three times with nothing achieved is a suspect: suspects execute one after the other, each after a quiet
 * time in which it does nothing. A process that dies in the quiet time died of something else; one that dies while the
 * suspect executes counts against it, and its next quiet time is longer: who dies of being killed from outside again and
 again does so in the quiet. Three such deaths in a row, and the run is put in quarantine.
 */
export class Suspects {
  readonly #quietMs: number
  #last: Promise<void> = Promise.resolve()

  constructor(quietMs = 500) {
    this.#quietMs = quietMs
  }

  /**
   * Resolves when it is the caller's turn and the quiet time is over, with how to end the turn. `deaths`: earlier ones, as
   * a suspect. Rejects with `gone` as soon as that does, and the turn passes on.
   */
  async turn(deaths: number, gone: Promise<never>): Promise<() => void> {
    const before = this.#last
    let end!: () => void
    this.#last = new Promise(resolve => (end = resolve))
    try {
      await Promise.race([before, gone])
      await Promise.race([new Promise(resolve => setTimeout(resolve, this.#quietMs * 3 ** deaths)), gone])
      return end
    } catch (error) {
      void before.then(end)
      throw error
    }
  }
}
