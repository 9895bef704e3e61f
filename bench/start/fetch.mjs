/** What `trunkline URL` is compared with: the same by the built-in fetch. */
const response = await fetch(process.argv[2])
process.stdout.write(await response.text())
