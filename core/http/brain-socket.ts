import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Access } from '../access/access.ts'
import { stillSignedIn } from '../access/authenticate.ts'
import type { Viewer } from '../access/viewer.ts'
import { memberCore } from '../access/member-core.ts'
import { demand } from '../access/permissions.ts'
import { brainStatus } from '../brain/brain-status.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { addressOf } from './client-address.ts'
import { nobody, viewerOfUpgrade } from './request-viewer.ts'

export interface BrainSocketOptions {
  /** Milliseconds between pushes: 5000. */
  readonly period?: number
  /** Sockets of one address: 100. */
  readonly perAddress?: number
}

/**
 * `/ws/brain`: `{running, modules, queue_size, health_score}` at once and then every 5 s, until the access token ends
 * (close code 4401: refresh it and connect again). What a client sends is ignored.
 */
export class BrainSocket {
  readonly #core: Core
  readonly #access: Access
  readonly #period: number
  readonly #perAddress: number
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: 1024,
    clientTracking: true,
    handleProtocols: offered => (offered.has('trae.v1') ? 'trae.v1' : false),
  })
  readonly #open = new Map<string, number>()
  readonly #pictures = new Map<string, { at: number; text: Promise<string> }>()

  constructor(core: Core, access: Access, options: BrainSocketOptions = {}) {
    this.#core = core
    this.#access = access
    this.#period = options.period ?? 5000
    this.#perAddress = options.perAddress ?? 100
  }

  /** Throws what is to be answered instead of a socket: `UNAUTHENTICATED`, `FORBIDDEN`, `RATE_LIMITED`. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const address = addressOf(this.#core, request)
    const leave = this.#enter(address)
    try {
      const viewer = await viewerOfUpgrade(this.#core, this.#access, request)
      if (!viewer) throw nobody(this.#core, request)
      demand(viewer, 'brain:read')
      socket.once('close', leave)
      if (socket.destroyed) return leave()
      this.#server.handleUpgrade(request, socket, head, connection => this.#feed(connection, viewer))
    } catch (error) {
      leave()
      throw error
    }
  }

  /** Tells every client to connect again elsewhere. */
  close(): void {
    for (const connection of this.#server.clients) connection.close(1001, 'the server is stopping')
    this.#server.close()
  }

  #enter(address: string): () => void {
    const open = this.#open.get(address) ?? 0
    if (open >= this.#perAddress)
      throw new TraeError('RATE_LIMITED', `This address has ${this.#perAddress} brain sockets open. Close one first.`, {
        retryAfter: 5,
      })
    this.#open.set(address, open + 1)
    let left = false
    return () => {
      if (left) return
      left = true
      const rest = (this.#open.get(address) ?? 1) - 1
      if (rest === 0) this.#open.delete(address)
      else this.#open.set(address, rest)
    }
  }

  #feed(connection: WebSocket, viewer: Viewer): void {
    const push = async () => {
      try {
        if (!(await stillSignedIn(this.#core, this.#access, viewer))) return connection.close(4401, 'sign in again')
        const text = await this.#picture(viewer.workspaceId)
        if (connection.bufferedAmount > 100_000) return connection.terminate() // reads nothing: let it come back
        if (connection.readyState === connection.OPEN) connection.send(text)
      } catch (error) {
        this.#core.log.warn({ err: error }, 'the brain socket has nothing to push')
      }
    }
    const timer = setInterval(push, this.#period)
    connection.on('error', () => connection.terminate())
    connection.on('close', () => clearInterval(timer))
    void push()
  }

  /** Many sockets look at one picture: it is made at most once a second for a workspace. */
  #picture(workspaceId: Viewer['workspaceId']): Promise<string> {
    const now = performance.now()
    const known = this.#pictures.get(workspaceId)
    if (known && now - known.at < Math.min(1000, this.#period)) return known.text
    const text = brainStatus(memberCore(this.#core, workspaceId), workspaceId).then(
      ({ running, modules, queueSize, healthScore }) =>
        JSON.stringify({
          running,
          modules: Object.fromEntries(
            modules.map(({ key, status, errorRate, queueSize, lastExecutedAt }) => [
              key,
              { status, error_rate: errorRate, queue_size: queueSize, last_executed_at: lastExecutedAt },
            ]),
          ),
          queue_size: queueSize,
          health_score: healthScore,
        }),
    )
    this.#pictures.set(workspaceId, { at: now, text })
    text.catch(() => this.#pictures.delete(workspaceId))
    return text
  }
}
