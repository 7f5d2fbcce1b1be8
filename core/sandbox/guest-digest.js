// crypto.subtle.digest: SHA-1, SHA-256, SHA-384, SHA-512 (FIPS 180-4). Without a JIT a megabyte takes a good part of a second, so
// this is for keys and checksums; signatures are `ctx.hmac`'s. A part of guest-lazy.js.
/* eslint-disable no-unused-expressions */
;(function guestDigest(/** @type {(part: string) => any} */ need) {
  'use strict'
  const { bytesOf } = need('body')

  /** @param {any} algorithm @param {any} data */
  function digest(algorithm, data) {
    const name = String(typeof algorithm === 'object' && algorithm !== null ? algorithm.name : algorithm).toUpperCase()
    if (!(data instanceof ArrayBuffer || ArrayBuffer.isView(data)))
      throw new TypeError('digest takes an ArrayBuffer or a view of one.')
    const bytes = bytesOf(data)
    if (name === 'SHA-1') return sha1(bytes)
    if (name === 'SHA-256') return sha256(bytes)
    if (name === 'SHA-384') return sha512(bytes, roots(64, 8, 8, 2), 48)
    if (name === 'SHA-512') return sha512(bytes, roots(64, 0, 8, 2), 64)
    throw new (need('events').DOMException)(`There is no digest '${name.slice(0, 40)}' here.`, 'NotSupportedError')
  }

  /** Of primes `from` to `from + count`: the first bits behind the point of their `root`-th root. @param {number} bits @param {number} from @param {number} count @param {number} root */
  function roots(bits, from, count, root) {
    /** @type {number[]} */
    const primes = []
    for (let n = 2; primes.length < from + count; n++) if (primes.every(prime => n % prime !== 0)) primes.push(n)
    return primes.slice(from).map(prime => {
      const scaled = BigInt(prime) << BigInt(bits * root)
      let low = 0n
      let high = 1n << BigInt(bits + 5)
      while (low < high) {
        const middle = (low + high + 1n) >> 1n
        if (middle ** BigInt(root) <= scaled) low = middle
        else high = middle - 1n
      }
      return BigInt.asUintN(bits, low)
    })
  }

  /** @param {Uint8Array} bytes @param {number} block its length in bytes @param {number} room for the length */
  function padded(bytes, block, room) {
    const length = Math.ceil((bytes.length + 1 + room) / block) * block
    const view = new DataView(new ArrayBuffer(length))
    const whole = new Uint8Array(view.buffer)
    whole.set(bytes)
    whole[bytes.length] = 0x80
    view.setBigUint64(length - 8, BigInt(bytes.length) * 8n)
    return view
  }

  /** @param {number} x @param {number} n */
  const left = (x, n) => (x << n) | (x >>> (32 - n))

  /** @param {Uint8Array} bytes */
  function sha1(bytes) {
    const view = padded(bytes, 64, 8)
    const h = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0])
    const w = new Int32Array(80)
    const at = (/** @type {Int32Array} */ list, /** @type {number} */ i) => /** @type {number} */ (list[i])
    for (let offset = 0; offset < view.byteLength; offset += 64) {
      for (let i = 0; i < 16; i++) w[i] = view.getInt32(offset + i * 4)
      for (let i = 16; i < 80; i++) w[i] = left(at(w, i - 3) ^ at(w, i - 8) ^ at(w, i - 14) ^ at(w, i - 16), 1)
      let [a, b, c, d, e] = /** @type {[number, number, number, number, number]} */ (/** @type {unknown} */ (h))
      for (let i = 0; i < 80; i++) {
        const [f, k] =
          i < 20 ? [(b & c) | (~b & d), 0x5a827999]
          : i < 40 ? [b ^ c ^ d, 0x6ed9eba1]
          : i < 60 ? [(b & c) | (b & d) | (c & d), 0x8f1bbcdc]
          : [b ^ c ^ d, 0xca62c1d6] // prettier-ignore
        const next = (left(a, 5) + f + e + k + at(w, i)) | 0
        ;[e, d, c, b, a] = [d, c, left(b, 30), a, next]
      }
      for (const [i, value] of [a, b, c, d, e].entries()) h[i] = at(h, i) + value
    }
    return output([...h], 4, 20)
  }

  /** @type {Int32Array | undefined} */
  let k256

  /** @param {Uint8Array} bytes */
  function sha256(bytes) {
    const view = padded(bytes, 64, 8)
    const k = (k256 ??= new Int32Array(roots(32, 0, 64, 3).map(Number)))
    const h = new Int32Array(roots(32, 0, 8, 2).map(Number))
    const w = new Int32Array(64)
    const at = (/** @type {Int32Array} */ list, /** @type {number} */ i) => /** @type {number} */ (list[i])
    for (let offset = 0; offset < view.byteLength; offset += 64) {
      for (let i = 0; i < 16; i++) w[i] = view.getInt32(offset + i * 4)
      for (let i = 16; i < 64; i++) {
        const [x, y] = [at(w, i - 15), at(w, i - 2)]
        const s0 = left(x, 25) ^ left(x, 14) ^ (x >>> 3)
        const s1 = left(y, 15) ^ left(y, 13) ^ (y >>> 10)
        w[i] = at(w, i - 16) + s0 + at(w, i - 7) + s1
      }
      let [a, b, c, d, e, f, g, z] = /** @type {number[]} */ (/** @type {unknown} */ (h)).map(Number)
      a ??= 0
      b ??= 0
      c ??= 0
      d ??= 0
      e ??= 0
      f ??= 0
      g ??= 0
      z ??= 0 // prettier-ignore
      for (let i = 0; i < 64; i++) {
        const s1 = left(e, 26) ^ left(e, 21) ^ left(e, 7)
        /** @type {number} */
        const t1 = (z + s1 + ((e & f) ^ (~e & g)) + at(k, i) + at(w, i)) | 0
        /** @type {number} */
        const s0 = left(a, 30) ^ left(a, 19) ^ left(a, 10)
        /** @type {number} */
        const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
        z = g
        g = f
        f = e
        e = (d + t1) | 0
        d = c
        c = b
        b = a
        a = (t1 + t2) | 0
      }
      for (const [i, value] of [a, b, c, d, e, f, g, z].entries()) h[i] = at(h, i) + value
    }
    return output([...h], 4, 32)
  }

  /** @type {bigint[] | undefined} */
  let k512

  /** @param {Uint8Array} bytes @param {bigint[]} initial @param {number} length */
  function sha512(bytes, initial, length) {
    const view = padded(bytes, 128, 16)
    const k = (k512 ??= roots(64, 0, 80, 3))
    const cut = (/** @type {bigint} */ x) => BigInt.asUintN(64, x)
    const right = (/** @type {bigint} */ x, /** @type {bigint} */ n) => (x >> n) | cut(x << (64n - n))
    let h = initial
    /** @type {bigint[]} */
    const w = []
    const at = (/** @type {bigint[]} */ list, /** @type {number} */ i) => list[i] ?? 0n
    for (let offset = 0; offset < view.byteLength; offset += 128) {
      for (let i = 0; i < 16; i++) w[i] = view.getBigUint64(offset + i * 8)
      for (let i = 16; i < 80; i++) {
        const [x, y] = [at(w, i - 15), at(w, i - 2)]
        const s0 = right(x, 1n) ^ right(x, 8n) ^ (x >> 7n)
        const s1 = right(y, 19n) ^ right(y, 61n) ^ (y >> 6n)
        w[i] = cut(at(w, i - 16) + s0 + at(w, i - 7) + s1)
      }
      let [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n, g = 0n, z = 0n] = h
      for (let i = 0; i < 80; i++) {
        const s1 = right(e, 14n) ^ right(e, 18n) ^ right(e, 41n)
        const t1 = z + s1 + ((e & f) ^ (cut(~e) & g)) + at(k, i) + at(w, i)
        const s0 = right(a, 28n) ^ right(a, 34n) ^ right(a, 39n)
        const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c))
        ;[z, g, f, e, d, c, b, a] = [g, f, e, cut(d + t1), c, b, a, cut(t1 + t2)]
      }
      const now = [a, b, c, d, e, f, g, z]
      h = h.map((value, i) => cut(value + at(now, i)))
    }
    return output(h, 8, length)
  }

  /** @param {(number | bigint)[]} words @param {4 | 8} size @param {number} length in bytes */
  function output(words, size, length) {
    const view = new DataView(new ArrayBuffer(words.length * size))
    words.forEach((word, i) =>
      size === 4 ? view.setInt32(i * 4, Number(word)) : view.setBigUint64(i * 8, BigInt(word)),
    )
    return view.buffer.slice(0, length)
  }

  return { digest }
})
