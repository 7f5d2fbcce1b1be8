/** Line icons on a grid of 24, drawn for this product. */
const PATHS = {
  home: 'M4 11.5 12 4.5l8 7M6 10v9.5h12V10M10 19.5v-5h4v5',
  leads: 'M12 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM5 19.5c.6-3.4 3.4-5 7-5s6.4 1.6 7 5',
  mailbox: 'M4 6.5h16v11H4zM4.5 7l7.5 6 7.5-6',
  meetings: 'M5 6.5h14v13H5zM5 10.5h14M9 4v4M15 4v4',
  runs: 'M4 12h4l2.5-6 3.5 12 2.5-6H20',
  approvals: 'M5 5.5h14v13H5zM8.5 12.2l2.5 2.5 4.7-5',
  decisions: 'M12 20v-7M12 13 6.5 7.5M12 13l5.5-5.5M6.5 12V7.5H11M13 7.5h4.5V12',
  playbooks: 'M6 4.5h9l3.5 3.5v11.5H6zM14.5 4.5V8.5h4M9 12.5h6M9 16h4',
  plugins: 'M9 4.5v4M15 4.5v4M6.5 8.5h11V12a5.5 5.5 0 0 1-11 0zM12 17.5v3',
  brain:
    'M12 5v14M12 6.5a3 3 0 0 0-5.5 1.6A3.3 3.3 0 0 0 5 13.6 3.2 3.2 0 0 0 8 18a2.7 2.7 0 0 0 4-1M12 6.5a3 3 0 0 1 5.5 1.6 3.3 3.3 0 0 1 1.5 5.5A3.2 3.2 0 0 1 16 18a2.7 2.7 0 0 1-4-1',
  memory:
    'M5 6.5c0-1.4 3.1-2.5 7-2.5s7 1.1 7 2.5S15.9 9 12 9 5 7.9 5 6.5ZM5 6.5v11c0 1.4 3.1 2.5 7 2.5s7-1.1 7-2.5v-11M5 12c0 1.4 3.1 2.5 7 2.5s7-1.1 7-2.5',
  pages: 'M4.5 5h15v14h-15zM4.5 9h15M8 12.5h4M8 15.5h4M15 12.5h1.5v3H15z',
  webhooks: 'M8 8.5 5 12l3 3.5M16 8.5l3 3.5-3 3.5M13.5 6l-3 12',
  menu: 'M4.5 7.5h15M4.5 12h15M4.5 16.5h15',
  search: 'M10.5 16a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM14.7 14.7 19 19',
  chevron: 'm9.5 6.5 5.5 5.5-5.5 5.5',
  back: 'M19 12H5.5M11 6.5 5.5 12l5.5 5.5',
  external: 'M10 5.5H5.5v13h13V14M13.5 5.5h5v5M18.5 5.5l-8 8',
  check: 'm5.5 12.5 4 4 9-9',
  cross: 'm7 7 10 10M17 7 7 17',
  alert: 'M12 8v5M12 16.2v.1M12 3.8l9 15.7H3z',
  info: 'M12 11v5.5M12 7.7v.1M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Z',
  clock: 'M12 7.5V12l3 2M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Z',
  retry: 'M19 12a7 7 0 1 1-2.2-5.1M19 4.5V8.5h-4',
  skip: 'M6 6.5 12.5 12 6 17.5zM17.5 6.5v11',
  stop: 'M7 7h10v10H7z',
  copy: 'M9 9h10.5v10.5H9zM5.5 15H4.5V4.5H15v1',
  send: 'M4.5 11.5 19.5 4.5l-5 15-3.5-6zM11 13.5l8.5-9',
  star: 'm12 4.5 2.3 4.9 5.2.7-3.8 3.7 1 5.3-4.7-2.6-4.7 2.6 1-5.3L4.5 10.1l5.2-.7z',
  spark: 'M12 4.5c.6 4.3 2.7 6.7 7 7.5-4.3.8-6.4 3.2-7 7.5-.6-4.3-2.7-6.7-7-7.5 4.3-.8 6.4-3.2 7-7.5Z',
  flag: 'M6.5 20V4.5h10l-2 4 2 4h-10',
  inbox: 'M4.5 13.5 7 5.5h10l2.5 8v5h-15zM4.5 13.5h4.5l1 2.5h4l1-2.5h4.5',
  reply: 'M10 7.5 5 12l5 4.5M5.5 12H13c3.5 0 5.5 2 6 5',
  deals: 'M3.5 6h17M5.5 10.5h13M8 15h8M10.5 19.5h3',
  customers: 'M12 20s-7.5-4.4-7.5-10A4.2 4.2 0 0 1 12 7.4 4.2 4.2 0 0 1 19.5 10c0 5.6-7.5 10-7.5 10z',
  handoff: 'M4.5 8.5h13M14 5l3.5 3.5L14 12M19.5 15.5h-13M10 12l-3.5 3.5L10 19',
  note: 'M5.5 5h13v10l-4 4h-9zM18.5 15h-4v4',
  person: 'M12 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM5 19.5c.6-3.4 3.4-5 7-5s6.4 1.6 7 5',
  branch: 'M7 4.5v15M7 12c6 0 10-1 10-6.5M17 5.5v-1',
  code: 'M9 7.5 4.5 12 9 16.5M15 7.5l4.5 4.5-4.5 4.5',
  signal: 'M12 12.5v.1M8.5 16a5 5 0 0 1 0-7M15.5 9a5 5 0 0 1 0 7M6 18.5a8.5 8.5 0 0 1 0-12M18 6.5a8.5 8.5 0 0 1 0 12',
  exit: 'M13.5 5.5h-8v13h8M10.5 12h9M16 8.5l3.5 3.5-3.5 3.5',
  settings: 'M5 8h8M17 8h2M5 16h2M11 16h8M15 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM9 18a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
  key: 'M8.5 19a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM11 13l7-7M15.5 8.5l2.5 2.5M13.2 10.8l1.8 1.8',
  minus: 'M7 12h10',
  dot: 'M12 12v.1',
  help: 'M9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M12 16.3v.1M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Z',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name, size = 18, className }: { name: IconName; size?: number; className?: string }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.7}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      className={className}
    >
      <path d={PATHS[name]} />
    </svg>
  )
}
