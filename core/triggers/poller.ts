import { triggersOf } from './plugin-triggers.ts'
import { pollPlugins, type PollCore } from './poll-plugins.ts'

/** Looks for polls of plugins that are due. One look at a time; any number of pollers may work on one database. */
export class Poller {
  readonly #core: PollCore
  readonly #pollMs: number
  /** Installations, by version, whose polls have their rows. */
  readonly #prepared = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined

  constructor(core: PollCore, pollMs = 1000) {
    this.#core = core
    this.#pollMs = pollMs
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#look(), this.#pollMs)
    this.#look()
  }

  /** Stops; waits for the polls that are under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    await this.#running
  }

  #look(): void {
    this.#running ??= this.#ask()
      .catch((error: unknown) =>
        this.#core.log.error({ err: error }, 'polls of plugins cannot be looked at; the next look tries again'),
      )
      .finally(() => (this.#running = undefined))
  }

  async #ask(): Promise<void> {
    const polling = this.#core.plugins
      .all()
      .filter(({ manifest }) => Object.values(manifest.triggers).some(({ kind }) => kind === 'poll'))
    if (polling.length === 0) return
    for (const installation of polling) {
      const version = `${installation.id} ${installation.digest}`
      if (this.#prepared.has(version)) continue
      await triggersOf(this.#core, installation)
      this.#prepared.add(version)
    }
    await pollPlugins(this.#core)
  }
}
