/**
 * A command in a terminal: a pseudo-terminal of Python's, whose size the test sets, whose keys it types, and whose
 * screen it reads.
 *
 * The rule: what the terminal was left as is told when the command has ended: whether it shows what is typed.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'

/** How a command ended in its terminal. */
export interface TerminalRun {
  /** 128 and the signal's number when one ended it. */
  readonly exitCode: number
  /** Everything that came to the terminal. */
  readonly output: string
  /** Whether the terminal shows what is typed, as before. */
  readonly echoes: boolean
}

export interface TerminalWish {
  readonly columns?: number
  readonly rows?: number
  readonly env?: Readonly<Record<string, string>>
}

/** A command that runs in a terminal. */
export class TerminalProcess {
  readonly #child
  #output = ''
  #report = ''
  readonly #ended: Promise<unknown>
  #hasEnded = false
  #heard: (() => void) | undefined

  constructor(command: readonly string[], { columns = 80, rows = 24, env = {} }: TerminalWish = {}) {
    this.#child = spawn('python3', ['-c', DRIVER, String(rows), String(columns), ...command], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, TERM: 'xterm', COLUMNS: '', ...env },
    })
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text
      this.#heard?.()
    })
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#report += text))
    this.#child.stdin.on('error', () => undefined)
    this.#ended = once(this.#child, 'close').then(() => {
      this.#hasEnded = true
      this.#heard?.()
    })
    onTestFinished(() => void this.#child.kill('SIGKILL'))
  }

  get output(): string {
    return this.#output
  }

  /** Resolves when this has been shown; rejects when the command ends without it. */
  async shows(what: RegExp): Promise<void> {
    while (!what.test(this.#output)) {
      if (this.#hasEnded)
        throw new Error(`never shown: ${what}: ${JSON.stringify(this.#output)} ${this.#report}`)
      await new Promise<void>((resolve) => (this.#heard = resolve))
    }
  }

  /** Types. */
  type(text: string): void {
    this.#tell({ type: text })
  }

  /** The window is made another size. */
  resize(columns: number, rows: number): void {
    this.#tell({ resize: [rows, columns] })
  }

  /** Sends a signal to the command itself. */
  signal(number: number): void {
    this.#tell({ signal: number })
  }

  async end(): Promise<TerminalRun> {
    await this.#ended
    const { exitCode, echoes } = JSON.parse(this.#report) as Omit<TerminalRun, 'output'>
    return { exitCode, echoes, output: this.#output }
  }

  #tell(message: object): void {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`)
  }
}

/** Whether there is a Python for it. */
export function hasPty(): boolean {
  return spawnSync('python3', ['-c', 'import pty, termios']).status === 0
}

/**
 * What a terminal of that size shows in the end: its lines, for the few commands that the meters use. A line that is
 * full goes on in the next one.
 */
export function screenOf(output: string, columns = 80): string[] {
  const lines: string[][] = [[]]
  let [row, column] = [0, 0]
  for (const [piece, count, letter] of output.matchAll(PIECES)) {
    if (letter === 'A') row = Math.max(0, row - Number(count || 1))
    else if (letter === 'J') {
      lines.length = row + 1
      lines[row]!.length = Math.min(lines[row]!.length, column)
    } else if (letter === 'K') lines[row]!.length = Math.min(lines[row]!.length, column)
    else if (piece === '\r') column = 0
    else if (piece === '\n') row += 1
    else if (!piece.startsWith('\x1b')) {
      if (column === columns) [row, column] = [row + 1, 0]
      while (lines.length <= row) lines.push([])
      const line = lines[row]!
      while (line.length < column) line.push(' ')
      line[column] = piece
      column += 1
    }
    while (lines.length <= row) lines.push([])
  }
  return lines.map((line) => line.join('').trimEnd())
}

/** A command to the terminal, with its number and letter; a link's mark; or a character. */
// oxlint-disable-next-line no-control-regex
const PIECES = new RegExp('\\u001b\\[(\\d*)(?:;\\d+)*([A-Za-z])|\\u001b\\][^\\u001b]*\\u001b\\\\|[^]', 'gu')

const DRIVER = `
import errno, fcntl, json, os, pty, select, signal, struct, sys, termios
rows, columns, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
def size(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
# The other hand stays here, so that the terminal can be looked at when the command has left it.
master, side = pty.openpty()
size(master, rows, columns)
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(side, termios.TIOCSCTTY, 0)
    for stream in range(3): os.dup2(side, stream)
    os.execvp(command[0], command)
pending, status, ears = b'', None, [0, master]
while True:
    ready, _, _ = select.select(ears, [], [], 0.02)
    if master in ready:
        os.write(1, os.read(master, 65536))
        continue
    if 0 in ready:
        more = os.read(0, 65536)
        if not more: ears = [master]
        pending += more
        while b'\\n' in pending:
            line, pending = pending.split(b'\\n', 1)
            told = json.loads(line)
            if 'type' in told: os.write(master, told['type'].encode())
            if 'resize' in told: size(master, *told['resize'])
            if 'signal' in told: os.kill(pid, told['signal'])
        continue
    if status is not None: break
    ended, found = os.waitpid(pid, os.WNOHANG)
    if ended: status = found
code = os.waitstatus_to_exitcode(status)
echoes = bool(termios.tcgetattr(side)[3] & termios.ECHO)
sys.stderr.write(json.dumps({'exitCode': code if code >= 0 else 128 - code, 'echoes': echoes}))
`
