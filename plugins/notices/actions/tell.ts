import { defineAction, notifyService } from 'trae-os/sdk'

export const tell = defineAction({
  ...notifyService.actions.tell,
  description: 'Puts a notice into the inbox of one person of the team, or of everybody, once per step.',
  idempotency: 'key',
  run: (notice, ctx) => ctx.records.notices.add(notice),
})
