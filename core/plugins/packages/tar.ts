import { MAX_FILES, MAX_LEVELS, refused } from './package-limits.ts'

/** A regular file of an archive. */
export interface TarFile {
  /** With `/` between folders, below the top of the archive. */
  readonly path: string
  readonly data: Uint8Array
}

const BLOCK = 512

/**
 * The files of a tar archive (POSIX ustar with pax headers, as npm packs; long names as GNU tar writes them). An archive
 * that holds anything but regular files and folders, a path that climbs out or stands for a device, the same path twice
 * or too many files is refused as a whole: throws `MANIFEST`. Nothing is written anywhere.
 */
export function readTar(archive: Uint8Array, where: string): TarFile[] {
  const files = new Map<string, TarFile>()
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength)
  let longPath: string | undefined
  let entries = 0
  for (let at = 0; at + BLOCK <= bytes.length;) {
    const header = bytes.subarray(at, at + BLOCK)
    if (header.every(byte => byte === 0)) return [...files.values()]
    const { name, size, type } = parseHeader(header, where)
    const data = bytes.subarray(at + BLOCK, at + BLOCK + size)
    if (data.length < size) throw refused(`${where} ends in the middle of a file: it was cut off. Get it again.`)
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
    if (++entries > MAX_FILES * 3) throw tooMany(where)
    if (type === 'x') longPath = paxPath(data, where) ?? longPath
    else if (type === 'L') longPath = text(data)
    else if (type !== 'g') {
      const path = checkedPath(longPath ?? name, type, where)
      longPath = undefined
      if (type === '5') continue
      if (type !== '0') throw refused(`${path} in ${where} is ${kindOf(type)}; a package holds only regular files.`)
      if (files.has(path)) throw refused(`${path} is in ${where} twice; pack it again.`)
      files.set(path, { path, data })
      if (files.size > MAX_FILES) throw tooMany(where)
    }
  }
  throw refused(`${where} has no end: it was cut off, or is no tar archive. Pack it again.`)
}

/** A tar archive (ustar) of files with short ASCII paths; the same files give the same bytes. */
export function writeTar(files: readonly TarFile[]): Uint8Array {
  const blocks = files.flatMap(({ path, data }) => [
    headerOf(path, data.length),
    data,
    Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK),
  ])
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)])
}

function parseHeader(header: Buffer, where: string): { name: string; size: number; type: string } {
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte), 0)
  if (octal(header.subarray(148, 156)) !== sum)
    throw refused(`${where} is no tar archive, or was damaged on its way: a checksum does not fit. Get it again.`)
  const size = octal(header.subarray(124, 136))
  if (size === undefined) throw refused(`${where} has a file whose size cannot be read. Pack it again.`)
  const prefix = text(header.subarray(257, 262)) === 'ustar' ? text(header.subarray(345, 500)) : ''
  const name = text(header.subarray(0, 100))
  const type = String.fromCharCode(header[156]!)
  return { name: prefix === '' ? name : `${prefix}/${name}`, size, type: type === '\0' ? '0' : type }
}

function headerOf(path: string, size: number): Buffer {
  if (!/^[\x20-\x7e]{1,100}$/.test(path)) throw refused(`${path} cannot be packed: its path is too long or not ASCII.`)
  const header = Buffer.alloc(BLOCK)
  const digits = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`
  header.write(path, 0)
  header.write(digits(0o644, 8) + digits(0, 8) + digits(0, 8) + digits(size, 12) + digits(0, 12), 100)
  header.write('        0', 148)
  header.write('ustar\x0000', 257)
  header.write(
    `${digits(
      header.reduce((total, byte) => total + byte, 0),
      7,
    )} `,
    148,
  )
  return header
}

/** Undefined for anything but octal digits; sizes in base 256 are of files far too large. */
function octal(field: Buffer): number | undefined {
  const digits = text(field).trim()
  return /^[0-7]{1,11}$/.test(digits) ? Number.parseInt(digits, 8) : undefined
}

const text = (field: Uint8Array) => {
  const end = field.indexOf(0)
  return Buffer.from(end === -1 ? field : field.subarray(0, end)).toString('utf8')
}

/** `path` of a pax header: records of `<length> <key>=<value>\n`. A size there would contradict the header: refused. */
function paxPath(data: Buffer, where: string): string | undefined {
  let path: string | undefined
  for (let at = 0; at < data.length;) {
    const space = data.indexOf(0x20, at)
    const length = space === -1 ? Number.NaN : Number(data.toString('latin1', at, space))
    if (!Number.isInteger(length) || length < 5 || at + length > data.length)
      throw refused(`${where} has a header that cannot be read. Pack it again.`)
    const [, key, value] = /^([^=]*)=([^]*)\n$/.exec(data.toString('utf8', space + 1, at + length)) ?? []
    if (key === 'path') path = value
    if (key === 'linkpath' || key === 'size')
      throw refused(`${where} has a file with a ${key} beside its header. Pack it again with npm pack.`)
    at += length
  }
  return path
}

function checkedPath(path: string, type: string, where: string): string {
  const shown = JSON.stringify(path)
  if (/^([/\\]|[a-z]:)/i.test(path))
    throw refused(`${where} holds the absolute path ${shown}; paths stand below the package. Do not trust it.`)
  const parts = path.split(/[/\\]/).filter(part => part !== '' && part !== '.')
  if (parts.includes('..'))
    throw refused(`${where} holds ${shown}, which climbs out of the package. Do not trust where it is from.`)
  if (path.includes('\0') || path.includes('\\') || (parts.length === 0 && type !== '5'))
    throw refused(`${where} holds the path ${shown}, which is no path of a file. Pack it again.`)
  if (parts.length > MAX_LEVELS + 1) throw refused(`${shown} in ${where} is more than ${MAX_LEVELS} folders deep.`)
  return parts.join('/')
}

const tooMany = (where: string) => refused(`${where} holds more than ${MAX_FILES} files; pack only what is needed.`)

const KINDS: Readonly<Record<string, string>> = {
  '1': 'a link',
  '2': 'a link',
  '3': 'a device',
  '4': 'a device',
  '6': 'a pipe',
}
const kindOf = (type: string) => KINDS[type] ?? `an entry of the unknown kind ${JSON.stringify(type)}`
