import type { Credential } from 'trae-os/sdk'

const SCOPES = ['calendar.events', 'calendar.freebusy', 'calendar.calendarlist.readonly']

export const accounts: Readonly<Record<'google', Credential>> = {
  google: {
    auth: 'oauth2',
    title: 'Google Calendar',
    help: 'In the Google Cloud console switch on the Calendar API, make an OAuth client for a web application, enter https://<this host>/admin/credentials/return as its redirect URI, and copy client ID and client secret.',
    authorizeUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
    authorizeParams: { access_type: 'offline', prompt: 'consent' }, // else no refresh token comes
    tokenUrl: 'https://oauth2.googleapis.com/token',
    scopes: SCOPES.map(name => `https://www.googleapis.com/auth/${name}`),
    fields: {
      calendarId: {
        title: 'Calendar',
        help: 'Its id, from its settings; the main calendar of the account without it.',
        secret: false,
        optional: true,
        options: { action: 'list-calendars', list: 'calendars', value: 'id', label: 'name', note: 'role' },
      },
    },
    test: { url: 'https://www.googleapis.com/calendar/v3/users/me/calendarList?maxResults=1' },
  },
}
