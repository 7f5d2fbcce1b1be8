// ReadableStream (Streams standard) with the default reader: what turns an answer, or the body of a request, into chunks. There are
// no writable or transform streams, no byte streams and no sizes: a chunk counts as one. A part of guest-lazy.js.
/* eslint-disable no-unused-expressions */
;(function guestStream() {
  'use strict'

  class ReadableStream {
    /** @type {any[]} */
    #queue = []
    /** @type {'readable' | 'closed' | 'errored'} */
    #state = 'readable'
    /** @type {unknown} */
    #error
    /** @type {{ resolve(result: { value: unknown, done: boolean }): void, reject(error: unknown): void }[]} */
    #waiting = []
    /** @type {Reader | undefined} */
    #reader
    /** @type {any} */
    #source
    #highWaterMark
    #pulling = false
    #closing = false
    #controller
    /** @type {Promise<void>} */
    #started

    /** @param {any} [source] @param {{ highWaterMark?: number }} [strategy] */
    constructor(source = {}, { highWaterMark = 1 } = {}) {
      if (source.type !== undefined) throw new RangeError(`There are no ${String(source.type)} streams here.`)
      this.#source = source
      this.#highWaterMark = highWaterMark
      const stream = this
      this.#controller = Object.freeze({
        get desiredSize() {
          if (stream.#state === 'errored') return null
          return stream.#state === 'closed' ? 0 : stream.#highWaterMark - stream.#queue.length
        },
        /** @param {unknown} chunk */
        enqueue(chunk) {
          if (stream.#closing || stream.#state !== 'readable') throw new TypeError('The stream is closed.')
          const first = stream.#waiting.shift()
          if (first) first.resolve({ value: chunk, done: false })
          else stream.#queue.push(chunk)
          stream.#pull()
        },
        close() {
          if (stream.#closing || stream.#state !== 'readable') throw new TypeError('The stream is closed.')
          stream.#closing = true
          if (stream.#queue.length === 0) stream.#close()
        },
        /** @param {unknown} error */
        error(error) {
          stream.#fail(error)
        },
      })
      const begun = source.start?.(this.#controller)
      this.#started = Promise.resolve(begun).then(
        () => this.#pull(),
        error => this.#fail(error),
      )
    }

    get locked() {
      return this.#reader !== undefined
    }

    /** Asks the source for more while somebody waits or there is room. */
    #pull() {
      const wanted = this.#waiting.length > 0 || this.#queue.length < this.#highWaterMark
      if (!wanted || this.#pulling || this.#closing || this.#state !== 'readable' || !this.#source.pull) return
      this.#pulling = true
      Promise.resolve()
        .then(() => this.#source.pull(this.#controller))
        .then(
          () => {
            this.#pulling = false
            if (this.#waiting.length > 0 || this.#queue.length < this.#highWaterMark) this.#pull()
          },
          error => this.#fail(error),
        )
    }

    #close() {
      this.#state = 'closed'
      for (const { resolve } of this.#waiting.splice(0)) resolve({ value: undefined, done: true })
      this.#reader?._ended()
    }

    /** @param {unknown} error */
    #fail(error) {
      if (this.#state !== 'readable') return
      this.#state = 'errored'
      this.#error = error
      this.#queue = []
      for (const { reject } of this.#waiting.splice(0)) reject(error)
      this.#reader?._ended(error)
    }

    /** @returns {Promise<{ value: any, done: boolean }>} */
    _read() {
      if (this.#queue.length > 0) {
        const value = this.#queue.shift()
        if (this.#closing && this.#queue.length === 0) this.#close()
        else void this.#started.then(() => this.#pull())
        return Promise.resolve({ value, done: false })
      }
      if (this.#state === 'closed') return Promise.resolve({ value: undefined, done: true })
      if (this.#state === 'errored') return Promise.reject(this.#error)
      return new Promise((resolve, reject) => {
        this.#waiting.push({ resolve, reject })
        void this.#started.then(() => this.#pull())
      })
    }

    /** @param {unknown} reason */
    async _cancel(reason) {
      if (this.#state === 'errored') throw this.#error
      if (this.#state === 'closed') return
      this.#queue = []
      this.#close()
      await this.#source.cancel?.(reason)
    }

    /** @param {Reader} reader */
    _release(reader) {
      if (this.#reader !== reader) return
      this.#reader = undefined
      for (const { reject } of this.#waiting.splice(0)) reject(new TypeError('The reader was released.'))
    }

    /** @param {{ mode?: string }} [options] */
    getReader({ mode } = {}) {
      if (mode !== undefined) throw new TypeError('There is only the default reader here.')
      if (this.#reader) throw new TypeError('The stream is locked to a reader.')
      this.#reader = new Reader(this)
      if (this.#state !== 'readable') this.#reader._ended(this.#error)
      return this.#reader
    }

    /** @param {unknown} [reason] */
    cancel(reason) {
      return this.#reader ? Promise.reject(new TypeError('The stream is locked to a reader.')) : this._cancel(reason)
    }

    tee() {
      const reader = this.getReader()
      /** @type {any[]} */
      const controllers = []
      const pull = async () => {
        const { value, done } = await reader.read()
        for (const controller of controllers) done ? controller.close() : controller.enqueue(value)
      }
      let given = 0
      const cancel = (/** @type {unknown} */ reason) => (++given === 2 ? reader.cancel(reason) : undefined)
      const branch = () =>
        new ReadableStream(
          { start: (/** @type {any} */ controller) => void controllers.push(controller), pull, cancel },
          { highWaterMark: 0 },
        )
      return [branch(), branch()]
    }

    /** @param {AsyncIterable<any> | Iterable<any>} from */
    static from(from) {
      const iterator =
        /** @type {any} */ (from)[Symbol.asyncIterator]?.() ?? /** @type {any} */ (from)[Symbol.iterator]()
      return new ReadableStream(
        {
          /** @param {any} controller */
          async pull(controller) {
            const { value, done } = await iterator.next()
            if (done) controller.close()
            else controller.enqueue(await value)
          },
          /** @param {unknown} reason */
          cancel: reason => iterator.return?.(reason),
        },
        { highWaterMark: 0 },
      )
    }

    /** @param {{ preventCancel?: boolean }} [options] */
    async *values({ preventCancel = false } = {}) {
      const reader = this.getReader()
      let over = false
      try {
        for (;;) {
          const { value, done } = await reader.read()
          over = done
          if (done) return
          yield value
        }
      } finally {
        if (!over && !preventCancel) void reader.cancel()
        reader.releaseLock()
      }
    }
    [Symbol.asyncIterator]() {
      return this.values()
    }
  }

  class Reader {
    /** @type {ReadableStream | undefined} */
    #stream
    /** @type {(error?: unknown) => void} */
    _ended = () => {}
    /** @param {ReadableStream} stream */
    constructor(stream) {
      this.#stream = stream
      this.closed = new Promise((resolve, reject) => {
        this._ended = error => (error === undefined ? resolve(undefined) : reject(error))
      })
      this.closed.catch(() => {})
    }
    read() {
      return this.#stream?._read() ?? Promise.reject(new TypeError('The reader was released.'))
    }
    /** @param {unknown} [reason] */
    cancel(reason) {
      return this.#stream?._cancel(reason) ?? Promise.reject(new TypeError('The reader was released.'))
    }
    releaseLock() {
      this.#stream?._release(this)
      this.#stream = undefined
    }
  }

  return { ReadableStream, ReadableStreamDefaultReader: Reader }
})
