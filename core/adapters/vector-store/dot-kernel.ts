/**
 * One loop, for the exact search: the dot products of a vector of signed bytes with every row of a table of them, 16 bytes
 * at a time (WebAssembly SIMD). 100,000 rows of 1,024 bytes take some ten milliseconds; JavaScript needs thirty times that.
 * The module is written here instruction by instruction, so that there is nothing to compile and nothing to fetch.
 *
 *   scan(query, rows, count, dimensions, out)    all addresses in the memory that is imported; dimensions a multiple of 16
 *     for each row: acc = 0; for j in 0, 16 … dimensions: acc += dot(low half) + dot(high half); out[row] = sum of acc
 */
export type Scan = (query: number, rows: number, count: number, dimensions: number, out: number) => void

export function scanOver(memory: WebAssembly.Memory): Scan {
  compiled ??= new WebAssembly.Module(moduleBytes())
  return new WebAssembly.Instance(compiled, { host: { memory } }).exports['scan'] as Scan
}
let compiled: WebAssembly.Module | undefined

const [QUERY, ROWS, COUNT, DIMENSIONS, OUT] = [0, 1, 2, 3, 4] // parameters
const [J, ACC, A, B] = [5, 6, 7, 8] // locals: a number, three vectors

const get = (local: number) => [0x20, local]
const set = (local: number) => [0x21, local]
const tee = (local: number) => [0x22, local]
const constant = (value: number) => [0x41, value] // below 64: one byte
const simd = (operation: number) => [0xfd, ...leb(operation)]
const ADD = [0x6a]
const SUBTRACT = [0x6b]
const LESS = [0x48]
const LOOP = [0x03, 0x40]
const AGAIN_IF = [0x0d, 0]
const END = [0x0b]
const STORE = [0x36, 2, 0]
const LOAD_VECTOR = [...simd(0), 0, 0]
const ZERO_VECTOR = [...simd(12), ...Array.from({ length: 16 }, () => 0)]
const LOW_HALF = simd(135) // i16x8.extend_low_i8x16_s
const HIGH_HALF = simd(136) // i16x8.extend_high_i8x16_s
const DOT = simd(186) // i32x4.dot_i16x8_s
const ADD_VECTOR = simd(174) // i32x4.add
const lane = (index: number) => [...get(ACC), ...simd(27), index] // i32x4.extract_lane

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const code = [
    [2, 1, 0x7f, 3, 0x7b], // locals: one i32, three v128
    LOOP,
    [ZERO_VECTOR, set(ACC), constant(0), set(J)],
    LOOP,
    get(ACC),
    [get(QUERY), get(J), ADD, LOAD_VECTOR, tee(A), LOW_HALF],
    [get(ROWS), get(J), ADD, LOAD_VECTOR, tee(B), LOW_HALF],
    [DOT, ADD_VECTOR],
    [get(A), HIGH_HALF, get(B), HIGH_HALF, DOT, ADD_VECTOR],
    set(ACC),
    [get(J), constant(16), ADD, tee(J), get(DIMENSIONS), LESS, AGAIN_IF],
    END,
    [get(OUT), lane(0), lane(1), ADD, lane(2), ADD, lane(3), ADD, STORE],
    [get(OUT), constant(4), ADD, set(OUT)],
    [get(ROWS), get(DIMENSIONS), ADD, set(ROWS)],
    [get(COUNT), constant(1), SUBTRACT, tee(COUNT), AGAIN_IF],
    END,
    END,
  ].flat(2)
  const sections = [
    section(1, [1, 0x60, 5, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0]), // (i32 × 5) → nothing
    section(2, [1, ...name('host'), ...name('memory'), 2, 0, 1]),
    section(3, [1, 0]),
    section(7, [1, ...name('scan'), 0, 0]),
    section(10, [1, ...leb(code.length), ...code]),
  ]
  return new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()]) // magic, version 1
}

const section = (id: number, body: readonly number[]) => [id, ...leb(body.length), ...body]
const name = (text: string) => [text.length, ...Buffer.from(text)]

/** An unsigned number, seven bits a byte. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]
}
