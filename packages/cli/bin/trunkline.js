#!/usr/bin/env node
/** The command. Started under the name `curl`, it answers as curl where it says who it is. */
const { basename } = require('node:path')
const { run } = require('./run.js')

run(basename(process.argv[1] ?? '').replace(/\.js$/, '') === 'curl' ? 'curl' : 'trunkline')
