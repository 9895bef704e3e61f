/** What the rounds say: medians for information, ratios of paired rounds for judgement. */

/** The figures of one case, ready for JSON. */
export function summarize(plan, measured, exchanges) {
  const [subject] = measured.values()
  const clients = [...measured].map(([name, rounds]) => ({
    name,
    perSecond: median(rounds.map(({ ms }) => (exchanges * 1_000) / ms)),
    bytesPerSecond: median(rounds.map(({ bytes, ms }) => (bytes * 1_000) / ms)),
    cpuUs: median(rounds.map(({ cpuUs }) => cpuUs / exchanges)),
    userUs: median(rounds.map(({ userUs }) => userUs / exchanges)),
    peakBytes: Math.max(...rounds.map(({ peakBytes }) => peakBytes)),
    // Trunkline's processor time by this client's in the same round; and the same of elapsed time.
    cpuRatio: spread(rounds.map(({ cpuUs }, round) => subject[round].cpuUs / cpuUs)),
    timeRatio: spread(rounds.map(({ ms }, round) => subject[round].ms / ms)),
  }))
  return { name: plan.name, title: plan.title, exchanges, rounds: subject.length, clients }
}

/** The same for people. */
export function table({ name, title, exchanges, rounds, clients }) {
  const isDownload = name.startsWith('download')
  const head = [
    'client',
    isDownload ? 'MB/s' : 'exchanges/s',
    isDownload ? 'processor ms each' : 'processor us each',
    'of it user',
    'peak MB',
    'ratio of processor time',
    'ratio of elapsed time',
  ]
  const scale = isDownload ? 1_000 : 1
  const rows = clients.map((client, index) => [
    client.name,
    String(Math.round(isDownload ? client.bytesPerSecond / 1e6 : client.perSecond)),
    (client.cpuUs / scale).toFixed(1),
    (client.userUs / scale).toFixed(1),
    String(Math.round(client.peakBytes / 2 ** 20)),
    index === 0 ? '1' : ratioText(client.cpuRatio),
    index === 0 ? '1' : ratioText(client.timeRatio),
  ])
  const widths = head.map((label, column) => Math.max(label.length, ...rows.map((row) => row[column].length)))
  const line = (cells) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join('  ')
  return [
    `${name}: ${title}`,
    `(${rounds} rounds of ${exchanges} each; a ratio is Trunkline's divided by the client's, below 1: Trunkline's is less)`,
    line(head),
    ...rows.map(line),
    '',
  ].join('\n')
}

function ratioText({ median: middle, least, most }) {
  return `${middle.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`
}

function spread(values) {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) }
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
