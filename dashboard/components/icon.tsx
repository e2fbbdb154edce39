/** The few drawings we use, in one stroke style. */

const PATHS = {
  home: 'M3 10.5 12 3l9 7.5V21h-6v-6H9v6H3z',
  users:
    'M16 20v-2a4 4 0 0 0-4-4H6a4 4 0 0 0-4 4v2M9 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M22 20v-2a4 4 0 0 0-3-3.9M16 3.1a3.5 3.5 0 0 1 0 6.8',
  layers: 'm12 3 9 5-9 5-9-5zM3 12.5l9 5 9-5M3 17l9 5 9-5',
  box: 'm12 2 9 5v10l-9 5-9-5V7zM3 7l9 5 9-5M12 12v10',
  cart: 'M3 3h3l2.5 12h10L21 7H7M9.5 20h.01M17.5 20h.01',
  pulse: 'M2 12h5l3-8 4 16 3-8h5',
  key: 'M8 20a5 5 0 1 0 0-10 5 5 0 0 0 0 10M11.5 11.5 21 2M16 7l3 3',
  hook: 'M10 13a5 5 0 0 0 7.5.5l3-3a5 5 0 0 0-7-7l-1.7 1.7M14 11a5 5 0 0 0-7.5-.5l-3 3a5 5 0 0 0 7 7l1.7-1.7',
  code: 'm8 17-5-5 5-5M16 7l5 5-5 5',
  rocket:
    'M12 15 9 12c1-5 5-9 11-10-.5 6-5 10-10 11zM9 12H4l3-5h4M12 15v5l5-3v-4M5 16c-1 1-1.500 4-1.500 4s3-.5 4-1.500',
  settings:
    'M4 7h9M17 7h3M4 17h3M11 17h9M15 9.5a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5M9 19.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5',
  grid: 'M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z',
  card: 'M2 5h20v14H2zM2 10h20',
  chart: 'M4 20V11M10 20V4M16 20v-6M2 20h20',
  list: 'M8 6h13M8 12h13M8 18h13M3 6h.01M3 12h.01M3 18h.01',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 7v5l3 2',
  search: 'M11 19a8 8 0 1 0 0-16 8 8 0 0 0 0 16M21 21l-4.300-4.300',
  copy: 'M9 9h12v12H9zM5 15H3V3h12v2',
  check: 'm4 12 5 5L20 6',
  menu: 'M3 6h18M3 12h18M3 18h18',
  theme: 'M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9',
  plug: 'M9 2v6M15 2v6M6 8h12v3a6 6 0 0 1-12 0zM12 17v5',
  open: 'M5 12h14M13 6l6 6-6 6',
  plus: 'M12 5v14M5 12h14',
  book: 'M4 4h6a3 3 0 0 1 2 1 3 3 0 0 1 2-1h6v15h-6a3 3 0 0 0-2 1 3 3 0 0 0-2-1H4zM12 5v15',
  out: 'M9 21H4V3h5M16 17l5-5-5-5M21 12H9',
} as const

export type IconName = keyof typeof PATHS

export function Icon(props: { name: IconName }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.75"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[props.name]} />
    </svg>
  )
}
