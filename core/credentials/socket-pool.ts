import type { ClientRequest } from 'node:http'
import { Agent, type AgentOptions, type RequestOptions } from 'node:https'
import type { Duplex } from 'node:stream'

/** Whose sockets a request may use: they are used by nobody else. */
export interface SocketOwner {
  /** The installation and the version of the plugin. */
  readonly plugin: string
  /** The credential and its account; empty without one. */
  readonly account: string
}

/** Where a socket leads. Two requests share one only where all of this is the same. */
export interface SocketPlace {
  readonly host: string
  readonly port: number
  /** Checked for this very request: a socket to any other set of addresses is not used. */
  readonly addresses: readonly { readonly address: string }[]
  readonly ca: string | undefined
}

/** In use, of one plugin in one workspace; a request more waits for one of them. */
const SOCKETS_OF_PLUGIN = 64
const IDLE_OF_PLUGIN = 16
const IDLE_IN_ALL = 256
/** Below the five seconds after which some servers close: a request must not meet that. */
const IDLE_MS = 4000
/** Plugins whose last socket is gone are forgotten beyond this many. */
const MANY_PLUGINS = 256

/**
 * Connections that are kept open for a moment after an answer, so that the next request of the same plugin with the same account to the same
 * host needs no handshake. Node's agent keeps them, one for each plugin; names are resolved and addresses checked for each request all the same.
 */
export class SocketPool {
  readonly #agents = new Map<string, PluginAgent>()
  readonly #mayKeep = () => this.idle < IDLE_IN_ALL
  readonly #idleMs: number
  #reuses = 0

  constructor(idleMs = IDLE_MS) {
    this.#idleMs = idleMs
  }

  /** What makes a request use the sockets of its owner. */
  optionsFor({ plugin, account }: SocketOwner, { host, port, addresses, ca }: SocketPlace) {
    let agent = this.#agents.get(plugin)
    if (!agent) {
      this.#forgetUnused()
      this.#agents.set(plugin, (agent = new PluginAgent(this.#mayKeep, () => void this.#reuses++, this.#idleMs)))
    }
    const leadsTo = addresses.map(({ address }) => address).toSorted()
    return { agent, socketName: JSON.stringify([account, host, port, leadsTo, ca ?? null]) }
  }

  /** Sockets that nobody uses now. */
  get idle(): number {
    let idle = 0
    for (const agent of this.#agents.values()) idle += agent.idle
    return idle
  }

  /** Sockets that a request uses now. */
  get inUse(): number {
    let inUse = 0
    for (const agent of this.#agents.values()) inUse += agent.inUse
    return inUse
  }

  /** Requests that went out by a socket which was there already, since the process began. */
  get reuses(): number {
    return this.#reuses
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy()
    this.#agents.clear()
  }

  #forgetUnused(): void {
    if (this.#agents.size < MANY_PLUGINS) return
    for (const [plugin, agent] of this.#agents) if (agent.isUnused) this.#agents.delete(plugin)
  }
}

/** Of one plugin. */
class PluginAgent extends Agent {
  readonly #mayKeep: () => boolean
  readonly #reused: () => void

  constructor(mayKeep: () => boolean, reused: () => void, idleMs: number) {
    super({
      keepAlive: true,
      scheduling: 'lifo',
      maxTotalSockets: SOCKETS_OF_PLUGIN,
      maxFreeSockets: IDLE_OF_PLUGIN,
      timeout: idleMs, // and less, where the far side says in `keep-alive` that it closes earlier
    })
    this.#mayKeep = mayKeep
    this.#reused = reused
  }

  get idle(): number {
    return Object.values(this.freeSockets).reduce((sum, sockets) => sum + (sockets?.length ?? 0), 0)
  }

  get inUse(): number {
    return Object.values(this.sockets).reduce((sum, sockets) => sum + (sockets?.length ?? 0), 0)
  }

  get isUnused(): boolean {
    return [this.sockets, this.freeSockets, this.requests].every(held => Object.keys(held).length === 0)
  }

  /** What Node's agent tells sockets apart by, and sessions of TLS. */
  override getName(options?: AgentOptions & RequestOptions & { socketName?: string }): string {
    return options?.socketName ?? super.getName(options)
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    this.#reused()
    super.reuseSocket(socket, request)
  }

  override keepSocketAlive(socket: Duplex): boolean {
    return this.idle < IDLE_OF_PLUGIN && this.#mayKeep() && Boolean(super.keepSocketAlive(socket))
  }
}
