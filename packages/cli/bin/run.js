/**
 * Runs the command: the only file that touches `process`. It hands everything to `main` and exits with its answer.
 */
export async function run(persona) {
  const interrupt = new AbortController()
  // Once: a second Ctrl-C ends the process in the system's way.
  process.once('SIGINT', () => interrupt.abort())
  // A reader that has gone is told of by each write.
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})

  const { main } = await import('../dist/index.js').catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !String(error.message).includes('dist')) throw error
    process.stderr.write(
      'trunkline: this is a source checkout that is not built: run "npm install" and "npm run build" in it first\n',
    )
    process.exit(2)
  })

  const { argv, env, stdin, stdout, stderr } = process
  // Not `exitCode`: a lookup that was given up would keep the process until the system answers it.
  const surroundings = { stdin, stdout, stderr, env, signal: interrupt.signal, persona }
  process.exit(await main(argv.slice(2), surroundings))
}
