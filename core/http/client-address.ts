import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'
import proxyaddr from 'proxy-addr'
import type { Core } from '../context.ts'

type Trust = ReturnType<typeof proxyaddr.compile>
const compiled = new WeakMap<object, Trust>()

/**
 * Whom a request comes from: the other end of the socket, unless that is a proxy that TRAE_TRUSTED_PROXIES names; then
 * what the proxies say in `x-forwarded-for`, read from the right as long as each is trusted. An IPv4 address that came
 * in over IPv6 is shown as IPv4.
 */
export function addressOf(core: Pick<Core, 'config'>, request: Pick<IncomingMessage, 'headers' | 'socket'>): string {
  const { trustedProxies } = core.config
  let trust = compiled.get(trustedProxies)
  if (!trust) compiled.set(trustedProxies, (trust = proxyaddr.compile([...trustedProxies])))
  const address = proxyaddr(request as IncomingMessage, trust) ?? ''
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}

/** What one client is counted as: an IPv4 address, or the /64 of an IPv6 address, all of which one client has. */
export function countedAddress(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail = ''] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === '' ? [] : tail.split(':')
  const groups = address.includes('::')
    ? [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
    : left
  return `${groups
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
