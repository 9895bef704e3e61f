/**
 * `HandleMemory`: what a handle remembers from one transfer to the next beside connections: cookies, HSTS,
 * Alt-Svc, its netrc file; and the files that outlive the process.
 *
 * The rule: a part is there only when an option or a share asks for it, so that transfers without it pay nothing;
 * a file is read once, before the first transfer that needs it, and written by `save` alone.
 */
import { parseNetrc, type NetrcEntry } from '../auth/netrc.ts'
import { AltSvcCache } from '../cache/alt-svc-cache.ts'
import { HstsCache } from '../cache/hsts-cache.ts'
import { parseCookieList } from '../cookie/cookie-list.ts'
import { CookieJar } from '../cookie/jar.ts'
import { mergeCookieFiles } from '../cookie/netscape-file.ts'
import { isPublicSuffix } from '../cookie/public-suffix.ts'
import type { Environment } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import type { EasySettings } from '../options/option-types.ts'
import { LIMITS } from '../tables/limits.ts'

/** Parts that may come from a share. */
export interface SharedMemory {
  readonly cookies?: CookieJar | undefined
  readonly hsts?: HstsCache | undefined
  readonly altSvc?: AltSvcCache | undefined
}

/** An empty jar, as transfers use it. */
export function makeCookieJar(clock: Environment['clock']): CookieJar {
  return new CookieJar({ clock, isPublicSuffix, limits: LIMITS })
}

/** An empty HSTS cache. */
export function makeHstsCache(clock: Environment['clock']): HstsCache {
  return new HstsCache(clock, LIMITS)
}

/** An empty Alt-Svc cache. */
export function makeAltSvcCache(clock: Environment['clock']): AltSvcCache {
  return new AltSvcCache(clock, LIMITS)
}

/** Whether transfers with these settings and this share remember anything, or are to be told from memory. */
export function remembersAnything(settings: EasySettings, shared: SharedMemory | undefined): boolean {
  return (
    shared !== undefined ||
    hasCookieEngine(settings) ||
    hasHsts(settings) ||
    hasAltSvc(settings) ||
    settings.netrc !== 'ignored'
  )
}

export class HandleMemory {
  readonly #environment: Environment
  #shared: SharedMemory
  #cookies: CookieJar | undefined
  #hsts: HstsCache | undefined
  #altSvc: AltSvcCache | undefined
  #netrc: readonly NetrcEntry[] = []
  /** Files that were taken in. */
  readonly #taken = new Set<string>()
  /** What the file to write said when it was first needed: what others add to it since is kept. */
  readonly #jarBases = new Map<string, string>()
  #netrcPath: string | undefined
  #doneList: readonly string[] | undefined
  #hasPreloaded = false
  /** Those last prepared for: they name the files to be written. */
  #settings: EasySettings | undefined
  #loading: Promise<void> | undefined

  constructor(environment: Environment, shared: SharedMemory = {}) {
    this.#environment = environment
    this.#shared = shared
  }

  /** Goes on with the parts of a share, or with its own again. */
  share(shared: SharedMemory = {}): void {
    this.#shared = shared
    this.#settings = undefined
  }

  /** Begins with the cookies of another, which goes on without (curl_easy_duphandle). */
  adopt(other: HandleMemory): void {
    const jar = other.#cookies
    if (jar === undefined) return
    this.#cookies ??= makeCookieJar(this.#environment.clock)
    this.#cookies.merge(jar)
  }

  /** Cookies; undefined: the engine is off. What is kept is of no use while no option asks for it. */
  get cookies(): CookieJar | undefined {
    return this.#shared.cookies ?? (this.#asks(hasCookieEngine) ? this.#cookies : undefined)
  }

  get hsts(): HstsCache | undefined {
    return this.#shared.hsts ?? (this.#asks(hasHsts) ? this.#hsts : undefined)
  }

  get altSvc(): AltSvcCache | undefined {
    return this.#shared.altSvc ?? (this.#asks(hasAltSvc) ? this.#altSvc : undefined)
  }

  #asks(has: (settings: EasySettings) => boolean): boolean {
    return this.#settings !== undefined && has(this.#settings)
  }

  get netrc(): readonly NetrcEntry[] {
    return this.#netrc
  }

  /**
   * Sees to it that what a transfer with these settings needs is here. A promise when files must be read; it
   * rejects with READ_ERROR, TOO_LARGE.
   */
  prepare(settings: EasySettings): Promise<void> | undefined {
    if (settings === this.#settings) return this.#loading
    this.#settings = settings
    if (hasCookieEngine(settings)) this.#cookies ??= makeCookieJar(this.#environment.clock)
    if (hasHsts(settings)) this.#hsts ??= makeHstsCache(this.#environment.clock)
    if (hasAltSvc(settings)) this.#altSvc ??= makeAltSvcCache(this.#environment.clock)
    if (!this.#hasPreloaded && settings.hstsReadFunction !== undefined) this.#preload(settings)
    if (!this.#hasToRead(settings)) return undefined
    this.#loading = this.#environment
      .offload(() => this.#load(settings))
      .then(
        () => {
          this.#loading = undefined
        },
        (error: unknown) => {
          this.#loading = this.#settings = undefined
          throw error
        },
      )
    return this.#loading
  }

  /**
   * Writes the files that options name: the jar, HSTS, Alt-Svc, each merged with what others wrote meanwhile.
   * Rejects with the first WRITE_ERROR, after the others were tried.
   */
  async save(): Promise<void> {
    const settings = this.#settings
    if (settings === undefined) return
    const { hsts, altSvc, hstsReadOnlyFile, altSvcReadOnlyFile } = settings
    const results = await Promise.allSettled([
      this.#saveCookies(settings),
      hsts && !hstsReadOnlyFile ? this.#saveCache(hsts, this.hsts!) : undefined,
      altSvc && !altSvcReadOnlyFile ? this.#saveCache(altSvc, this.altSvc!) : undefined,
    ])
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  #preload(settings: EasySettings): void {
    this.#hasPreloaded = true
    try {
      for (const entry of settings.hstsReadFunction!()) this.hsts!.add(entry)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new TransferError('ABORTED_BY_CALLBACK', `hstsReadFunction threw: ${why}`, {}, { cause: error })
    }
  }

  #hasToRead({ cookieFile, cookieJar, cookieList, hsts, altSvc, netrc, netrcFile }: EasySettings): boolean {
    const isNew = (path: string | undefined): boolean =>
      path !== undefined && path !== '' && !this.#taken.has(path)
    return (
      cookieFile?.some(isNew) === true ||
      (cookieJar !== undefined && cookieJar !== '' && !this.#jarBases.has(cookieJar)) ||
      isNew(hsts) ||
      isNew(altSvc) ||
      (cookieList !== undefined && cookieList !== this.#doneList) ||
      (netrc !== 'ignored' && this.#netrcPath !== this.#netrcPathOf(netrcFile))
    )
  }

  async #load(settings: EasySettings): Promise<void> {
    for (const path of settings.cookieFile ?? []) await this.#loadCookies(path, settings)
    const jar = settings.cookieJar
    if (jar && !this.#jarBases.has(jar))
      this.#jarBases.set(jar, (await this.#environment.stateFiles.read(jar)) ?? '')
    if (settings.hsts) await this.#once(settings.hsts, (text) => this.hsts!.load(text))
    if (settings.altSvc) await this.#once(settings.altSvc, (text) => this.altSvc!.load(text))
    if (settings.netrc !== 'ignored') await this.#loadNetrc(settings)
    if (settings.cookieList !== undefined && settings.cookieList !== this.#doneList) {
      this.#doneList = settings.cookieList
      for (const entry of settings.cookieList) await this.#doCookieList(entry, settings)
    }
  }

  #loadCookies(path: string, { cookieSession }: EasySettings): Promise<void> {
    return this.#once(path, (text) => void this.cookies!.load(text, { keepSession: !cookieSession }))
  }

  async #doCookieList(text: string, settings: EasySettings): Promise<void> {
    const entry = parseCookieList(text)
    const jar = this.cookies!
    switch (entry.is) {
      case 'clear':
        return jar.clear()
      case 'clear-session':
        return jar.clearSession()
      case 'flush':
        return this.#saveCookies(settings)
      case 'reload':
        for (const path of settings.cookieFile ?? []) {
          this.#taken.delete(path)
          await this.#loadCookies(path, settings)
        }
        return
      case 'line':
        jar.addLine(entry.line)
    }
  }

  async #loadNetrc({ netrc, netrcFile }: EasySettings): Promise<void> {
    const path = this.#netrcPathOf(netrcFile)
    const text = path === undefined ? undefined : await this.#environment.stateFiles.read(path)
    if (text === undefined && netrc === 'required')
      throw new TransferError('READ_ERROR', `there is no netrc file ${path ?? '(no home)'}`, {
        path: path ?? '',
      })
    this.#netrcPath = path
    this.#netrc = parseNetrc(utf8Of(text ?? ''), {
      maxChars: LIMITS.netrcFileChars,
      maxWordChars: LIMITS.netrcWordChars,
    })
  }

  #netrcPathOf(netrcFile: string | undefined): string | undefined {
    return netrcFile ?? this.#environment.stateFiles.homePath('.netrc')
  }

  async #once(path: string, take: (text: string) => void): Promise<void> {
    if (path === '' || this.#taken.has(path)) return
    take((await this.#environment.stateFiles.read(path)) ?? '')
    this.#taken.add(path)
  }

  async #saveCookies({ cookieJar }: EasySettings): Promise<void> {
    const jar = this.cookies
    if (cookieJar === undefined || cookieJar === '' || jar === undefined) return
    const base = this.#jarBases.get(cookieJar) ?? ''
    let written = ''
    await this.#environment.stateFiles.update(cookieJar, (theirs = '') => {
      written = mergeCookieFiles({ base, theirs, ours: jar.toFile() }, LIMITS)
      return written
    })
    this.#jarBases.set(cookieJar, written)
  }

  #saveCache(path: string, cache: HstsCache | AltSvcCache): Promise<void> {
    return this.#environment.stateFiles.update(path, (theirs) => {
      if (theirs !== undefined) cache.load(theirs)
      return cache.toFile()
    })
  }
}

function hasCookieEngine({ cookieFile, cookieJar, cookieList }: EasySettings): boolean {
  return cookieFile !== undefined || cookieJar !== undefined || cookieList !== undefined
}

function hasHsts({ hsts, hstsReadFunction }: EasySettings): boolean {
  return hsts !== undefined || hstsReadFunction !== undefined
}

function hasAltSvc({ altSvc }: EasySettings): boolean {
  return altSvc !== undefined
}

/** A text whose characters are the bytes of UTF-8, read as such; as it is when it is not UTF-8. */
function utf8Of(text: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(
      Uint8Array.from(text, (byte) => byte.charCodeAt(0)),
    )
  } catch {
    return text
  }
}
