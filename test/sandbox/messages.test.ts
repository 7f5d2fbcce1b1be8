import { expect, test } from 'vitest'
import { type Frame, FrameReader, FrameWriter, MAX_FRAME_BYTES } from '../../core/sandbox/messages.js'

function written(frames: Frame[]): Buffer {
  const writer = new FrameWriter()
  for (const { kind, call, text } of frames) writer.add(kind, call, text)
  return Buffer.concat(writer.take())
}

const frames = Array.from({ length: 300 }, (_, i) => ({
  kind: i % 12,
  call: (i * 2_654_435_761) % 2 ** 32,
  text: ['', 'ascii', 'São Paulo 🚀', 'x'.repeat((i * 977) % 70_000), '\u0000\n '][i % 5]!,
}))

test.each([1, 3, 8, 1_000, 65_536, 1e9])('frames come out as they went in, in pieces of %d bytes', size => {
  const some = size < 8 ? frames.slice(0, 40) : frames
  const bytes = written(some)
  const reader = new FrameReader()
  const read: Frame[] = []
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size), frame => read.push(frame))
  expect(read).toEqual(some)
})

test('what was taken is never written to again', () => {
  const writer = new FrameWriter()
  writer.add(1, 1, 'first')
  const first = Buffer.concat(writer.take())
  const kept = writer.take()
  for (let i = 0; i < 10_000; i++) writer.add(2, i, 'later')
  expect(kept).toEqual([])
  expect(first.toString('utf8', 9)).toBe('first')
})

test('a frame that announces too much, or less than its head, is refused at once', () => {
  for (const length of [MAX_FRAME_BYTES + 1, 0xffff_ffff, 0, 4]) {
    const head = Buffer.alloc(4)
    head.writeUInt32BE(length)
    expect(() => new FrameReader().push(head, () => {})).toThrow(RangeError)
  }
})

test('a large frame in small pieces costs time in proportion', () => {
  const bytes = written([{ kind: 0, call: 0, text: 'x'.repeat(8_000_000) }])
  const reader = new FrameReader()
  const start = performance.now()
  let length = 0
  for (let at = 0; at < bytes.length; at += 4_096)
    reader.push(bytes.subarray(at, at + 4_096), frame => (length = frame.text.length))
  expect(length).toBe(8_000_000)
  expect(performance.now() - start).toBeLessThan(500)
})
