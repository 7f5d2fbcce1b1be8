import { z } from 'zod'

/** What signing in answers: `TokenPair` of core/access/open-session.ts. */
export const tokenPair = z
  .object({
    access_token: z.string().describe('Send it as `Authorization: Bearer <access_token>`.'),
    refresh_token: z.string().describe('Good for one renewal; each brings the next.'),
    token_type: z.literal('Bearer'),
    expires_in: z.int().describe('Seconds until the access token ends.'),
  })
  .meta({ id: 'TokenPair' })
