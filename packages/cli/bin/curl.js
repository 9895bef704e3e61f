#!/usr/bin/env node
/** The command as curl: not installed under that name, so that nobody's own is hidden; people may link it. */
const { run } = require('./run.js')

run('curl')
