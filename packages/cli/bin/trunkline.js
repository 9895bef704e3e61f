#!/usr/bin/env node
/** The command. Started under the name `curl`, it answers as curl where it says who it is. */
import { basename } from 'node:path'
import { run } from './run.js'

await run(basename(process.argv[1] ?? '').replace(/\.js$/, '') === 'curl' ? 'curl' : 'trunkline')
