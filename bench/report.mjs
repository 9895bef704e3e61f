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
    ...fairness(rounds),
  }))
  const goal = judge(plan, measured)
  return {
    name: plan.name,
    title: plan.title,
    isDownload: plan.body.bytes >= 1e6,
    exchanges,
    rounds: subject.length,
    clients,
    ...(goal && { goal }),
  }
}

/** The same for people. */
export function table({ name, title, isDownload, exchanges, rounds, clients, goal }) {
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
  return [
    `${name}: ${title}`,
    `(${rounds} rounds of ${exchanges} each; a ratio is ${clients[0].name}'s divided by the client's, below 1: ${clients[0].name}'s is less)`,
    ...columns([head, ...rows]),
    ...fairnessTable(clients),
    ...(goal === undefined ? [] : [goalText(goal)]),
    '',
  ].join('\n')
}

/** When the first and the last of the downloads of a round were done, and how far they were apart then. */
function fairness(rounds) {
  if (rounds.some((round) => round.fairness === undefined)) return {}
  return {
    fairness: {
      firstMs: median(rounds.map((round) => round.fairness.firstMs)),
      lastMs: median(rounds.map((round) => round.fairness.lastMs)),
      spread: spread(rounds.map((round) => round.fairness.spread)),
    },
  }
}

function fairnessTable(clients) {
  if (clients.every((client) => client.fairness === undefined)) return []
  const head = ['client', 'first done after ms', 'last done after ms', 'most bytes by least, at the first']
  const rows = clients.map(({ name, fairness: { firstMs, lastMs, spread: apart } }) => [
    name,
    firstMs.toFixed(0),
    lastMs.toFixed(0),
    ratioText(apart),
  ])
  return ['', ...columns([head, ...rows])]
}

/**
 * Whether the client `of` a goal reached it: `{ rateOf, least }`, so much of another client's bytes per second,
 * by the median of paired rounds; or `{ spreadAtMost }`, which every round must keep. Undefined when there is
 * no goal, or a client it speaks of did not run.
 */
function judge({ goal }, measured) {
  const subject = measured.get(goal?.of)
  if (subject === undefined) return undefined
  if (goal.spreadAtMost !== undefined) {
    const value = spread(subject.map((round) => round.fairness.spread))
    return {
      what: 'most bytes by least',
      value,
      wanted: `at most ${goal.spreadAtMost}`,
      isMet: value.most <= goal.spreadAtMost,
    }
  }
  const other = measured.get(goal.rateOf)
  if (other === undefined) return undefined
  const value = spread(
    subject.map(({ bytes, ms }, round) => bytes / ms / (other[round].bytes / other[round].ms)),
  )
  return {
    what: `bytes per second by those of ${goal.rateOf}`,
    value,
    wanted: `at least ${goal.least}`,
    isMet: value.median >= goal.least,
  }
}

function goalText({ what, value, wanted, isMet }) {
  return `\ngoal: ${what}, ${wanted}: ${ratioText(value)}, ${isMet ? 'met' : 'NOT MET'}`
}

function columns(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join('  '),
  )
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
