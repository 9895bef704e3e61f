/** `Manifest`: the SHA-256 that each body should have, by URL or by path, as `sha256sum` prints them. */
export class Manifest {
  readonly #hashes = new Map<string, string>()

  /** Pairs of a path or URL, and a hash in hexadecimal. */
  constructor(entries: Iterable<readonly [string, string]>) {
    for (const [name, hash] of entries) this.#hashes.set(keyOf(name), hash.toLowerCase())
  }

  get size(): number {
    return this.#hashes.size
  }

  /**
   * The hash for a URL: by the whole URL, or by the longest end of its path that is listed, since nobody says
   * below which folder the files were hashed.
   */
  hashOf(url: string): string | undefined {
    const whole = this.#hashes.get(url)
    if (whole !== undefined) return whole
    const parts = decodeURIComponent(new URL(url).pathname).split('/')
    for (let from = 1; from < parts.length; from += 1) {
      const hash = this.#hashes.get(parts.slice(from).join('/'))
      if (hash !== undefined) return hash
    }
    return undefined
  }
}

/** Reads lines of `sha256sum`: `HASH  NAME`, or `HASH *NAME`. Throws on any other line. */
export function parseManifest(text: string): Manifest {
  const lines = text.split(/\r?\n/)
  return new Manifest(
    lines.flatMap((line, index) => {
      if (line.trim() === '') return []
      const [, escaped, hash, name] = /^(\\?)([0-9a-f]{64}) [ *](.+)$/i.exec(line) ?? []
      if (hash === undefined || name === undefined)
        throw new Error(`line ${index + 1} of the manifest is not "SHA256  NAME": ${line}`)
      // A leading backslash says that the name has escapes in it.
      return [[escaped === '' ? name : unescaped(name), hash] as const]
    }),
  )
}

function unescaped(name: string): string {
  return name.replace(/\\([\\nr])/g, (_, letter: string) => ({ n: '\n', r: '\r' })[letter] ?? '\\')
}

function keyOf(name: string): string {
  return /^https?:/i.test(name) ? new URL(name).href : name.replace(/^(\.?\/)+/, '')
}
