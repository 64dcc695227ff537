/** @jsxImportSource preact */
/** Drawings for the eye; the words beside them say the same. */

const PATHS = {
  back: 'M15 5l-7 7 7 7',
  bell: 'M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5a2.2 2.2 0 0 0 4 0',
  card: 'M4 6h16v12H4zM7.5 10h4v4h-4zM14 10h3M14 14h3',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  clock: 'M12 7.5V12l3 2M20 12a8 8 0 1 1-16 0 8 8 0 0 1 16 0z',
  close: 'M6 6l12 12M18 6L6 18',
  cross: 'M8 8l8 8M16 8l-8 8',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6z',
  info: 'M12 11v5.5M12 7.6v.1M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0z',
  more: 'M6 12h.1M12 12h.1M18 12h.1',
  plus: 'M12 5v14M5 12h14',
  rules: 'M4 7h9M17 7h3M15 4.8v4.4M4 12h3M11 12h9M9 9.8v4.4M4 17h9M17 17h3M15 14.8v4.4',
  seen: 'M2.5 12.5l4.5 4.5 8.5-9M11.5 16.5l.8.8 9.2-9.3',
  send: 'M4 12l16-7.5-5 15.5-3.5-6zM11.5 14L20 4.5',
  shield: 'M12 3.5l7 2.7v5c0 4.6-3 7.8-7 9.3-4-1.5-7-4.7-7-9.3v-5zM8.8 12l2.3 2.3 4.2-4.4',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
