/**
 * Runs the command: the only file that touches `process`. It hands everything to `main` and exits with its answer.
 *
 * The rule: CommonJS, and nothing is loaded that `main` does not need: this is on the way of every start.
 */
const { enableCompileCache } = require('node:module')

exports.run = async function run(persona) {
  // From Node 22.1 on: what was compiled once is kept, in the folder for temporary files (NODE_COMPILE_CACHE).
  enableCompileCache?.()
  const interrupt = new AbortController()
  // Once: a second Ctrl-C ends the process in the system's way.
  process.once('SIGINT', () => interrupt.abort())
  // A reader that has gone is told of by each write.
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})

  const surroundings = {
    get stdin() {
      return process.stdin
    },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    signal: interrupt.signal,
    persona,
  }
  // Not `exitCode`: a lookup that was given up would keep the process until the system answers it.
  process.exit(await load().main(process.argv.slice(2), surroundings))
}

function load() {
  try {
    return require('../dist/command/main.cjs')
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND' || !String(error.message).includes('dist')) throw error
    process.stderr.write(
      'trunkline: this is a source checkout that is not built: run "npm install" and "npm run build" in it first\n',
    )
    process.exit(2)
  }
}
