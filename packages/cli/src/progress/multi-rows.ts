/**
 * What `--progress multi` shows: a row for each transfer under way, one for all of them, one for the connections. Pure.
 *
 * The rule: no row is as wide as the terminal, so that none is broken, and together they are less high than it.
 */
import { size, time } from './progress-line.ts'
import { cutEnd, cutMiddle, printable } from './text-width.ts'

/** A transfer under way. Sizes in bytes. */
export interface RowState {
  readonly url: string
  /** False: it waits for a connection. */
  readonly hasConnection: boolean
  readonly moved: number
  /** What will be moved; 0: unknown. */
  readonly total: number
  /** Bytes a second. */
  readonly speed: number
}

/** All of them. */
export interface MultiState {
  readonly rows: readonly RowState[]
  readonly done: number
  readonly failed: number
  /** Bytes moved by all, ended ones included. */
  readonly moved: number
  readonly speed: number
  readonly spentMs: number
  readonly open: number
  readonly busy: number
  /** Transfers that had a connection, and those of them whose connection had served another before. */
  readonly served: number
  readonly reused: number
}

export interface Window {
  readonly columns: number
  readonly rows: number
}

/** The two rows that are shown in any case. */
const SUM_ROWS = 2
/** Below this the numbers would leave no room for a URL. */
const NARROW = 56

/** The rows for a window. */
export function multiRows(state: MultiState, { columns, rows }: Window): string[] {
  const width = Math.max(1, columns - 1)
  // One stays free for the cursor.
  const room = Math.max(0, rows - 1 - SUM_ROWS)
  const all = state.rows
  const fits = all.length <= room
  const shown = fits ? all : all.slice(0, Math.max(0, room - 1))
  const folded = fits || room === 0 ? [] : [`... and ${all.length - shown.length} more`]
  return [
    ...shown.map((row) => transferRow(row, width)),
    ...[...folded, ...sumRows(state)].map((line) => cutEnd(line, width)),
  ]
}

/** The last two rows, which also stand alone where nothing can be redrawn. */
export function sumRows({
  rows,
  done,
  failed,
  moved,
  speed,
  spentMs,
  open,
  busy,
  served,
  reused,
}: MultiState): [string, string] {
  const counts = [
    `${done} done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(rows.length > 0 ? [`${rows.length} running`] : []),
  ]
  return [
    `${counts.join(', ')}; ${size(moved).trim()} bytes, ${size(speed).trim()}/s, ${spentText(spentMs)}`,
    `${open} open, ${busy} busy, ${open - busy} idle, reused ${reused} of ${served}`,
  ]
}

function spentText(ms: number): string {
  return ms < 1_000 ? '0:00:00' : time(Math.floor(ms / 1_000)).trim()
}

function transferRow({ url, hasConnection, moved, total, speed }: RowState, width: number): string {
  const isKnown = total > 0
  const share = !hasConnection
    ? 'wait'
    : isKnown
      ? `${Math.min(100, Math.floor((100 * moved) / total))}%`.padStart(4)
      : '  --'
  const left = isKnown && speed > 0 ? time(Math.ceil(Math.max(0, total - moved) / speed)) : '--:--:--'
  const numbers = width < NARROW ? share : `${share} ${size(moved)} ${size(speed)}/s ${left}`
  const room = width - numbers.length - 2
  return cutEnd(`${numbers}  ${cutMiddle(printable(url), Math.max(0, room))}`, width)
}
