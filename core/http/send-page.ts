import { randomBytes } from 'node:crypto'
import type { Response } from 'express'

interface PageFrame {
  readonly locale: string
  /** Behind an address that is a secret: it is given to no other site, and no search engine keeps it. */
  readonly secret?: boolean
  /** Which sites may show it in themselves; none without it. */
  readonly sites?: readonly string[]
  /** Where a form's answer may lead on to: browsers hold that to the policy as well. */
  readonly onward?: readonly string[]
}

/**
 * A page for people who do not sign in: no script at all, the one style by its nonce, a form that goes nowhere but here, and no
 * foreign page around it (Content Security Policy Level 3).
 */
export function sendPage(
  response: Response,
  { locale, secret = false, sites = [], onward = [] }: PageFrame,
  page: (nonce: string) => string,
): void {
  const nonce = randomBytes(16).toString('base64')
  const around = sites.length > 0 ? sites.join(' ') : "'none'"
  response.setHeader(
    'content-security-policy',
    `default-src 'none'; style-src 'nonce-${nonce}'; img-src 'self'; form-action ${["'self'", ...onward].join(' ')}; base-uri 'none'; frame-ancestors ${around}`,
  )
  if (sites.length > 0) {
    response.removeHeader('x-frame-options') // knows no list of sites; frame-ancestors does
    response.setHeader('cross-origin-resource-policy', 'cross-origin')
  }
  if (secret) {
    response.setHeader('referrer-policy', 'no-referrer')
    response.setHeader('x-robots-tag', 'noindex')
  }
  response.setHeader('cache-control', 'no-store')
  response.setHeader('content-language', locale)
  response.type('html').send(page(nonce))
}
