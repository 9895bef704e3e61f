/** Ends a child process that was started here, by its id: politely, and after two seconds for certain. */
import type { ChildProcess } from 'node:child_process'

export function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 2_000)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
    if (child.connected) child.send({ close: true })
    else child.kill('SIGTERM')
  })
}
