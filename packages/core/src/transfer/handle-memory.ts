/**
 * `HandleMemory`: what a handle remembers from one transfer to the next beside connections: cookies, HSTS,
 * Alt-Svc, its netrc file; and the files that outlive the process.
 *
 * The rule: a part is there only when an option or a share asks for it, so that transfers without it pay nothing;
 * a file is read once, before the first transfer that needs it, and written by `save` alone.
 */
import { parseNetrc, type NetrcEntry } from '../auth/netrc.ts'
import { AltSvcCache, mergeAltSvcFiles } from '../cache/alt-svc-cache.ts'
import { HstsCache, mergeHstsFiles } from '../cache/hsts-cache.ts'
import { KeptFile } from '../cache/kept-file.ts'
import { parseCookieList } from '../cookie/cookie-list.ts'
import { CookieJar } from '../cookie/jar.ts'
import { mergeCookieFiles } from '../cookie/netscape-file.ts'
import { hasPublicSuffixes, isPublicSuffix, loadPublicSuffixes } from '../cookie/public-suffix.ts'
import type { Environment } from '../env/environment.ts'
import { TransferError } from '../errors/transfer-error.ts'
import type { EasySettings } from '../options/option-types.ts'
import { LIMITS } from '../tables/limits.ts'

/** Parts that may come from a share. */
export interface SharedMemory {
  /** @internal */ readonly cookies?: CookieJar | undefined
  /** @internal */ readonly hsts?: HstsCache | undefined
  /** @internal */ readonly altSvc?: AltSvcCache | undefined
}

/** @internal An empty jar, as transfers use it. */
export function makeCookieJar(clock: Environment['clock']): CookieJar {
  return new CookieJar({ clock, isPublicSuffix, limits: LIMITS })
}

/** @internal An empty HSTS cache. */
export function makeHstsCache(clock: Environment['clock']): HstsCache {
  return new HstsCache(clock, LIMITS)
}

/** @internal An empty Alt-Svc cache. */
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

/** @internal What one handle, or one run of the command, remembers. */
export class HandleMemory {
  readonly #environment: Environment
  #shared: SharedMemory
  #cookies: CookieJar | undefined
  #hsts: HstsCache | undefined
  #altSvc: AltSvcCache | undefined
  #netrc: readonly NetrcEntry[] = []
  /** Cookie files that were taken in. */
  readonly #taken = new Set<string>()
  /** Those that are written, by option and path. */
  readonly #files = new Map<string, KeptFile>()
  /** What was read; undefined: there is no such place. */
  #netrcPath: string | undefined
  #hasNetrc = false
  #doneList: readonly string[] | undefined
  #hasPreloaded = false
  /** Those last prepared for. */
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

  /** What another may begin with, whatever becomes of this one. */
  copied(): HandleMemory {
    const copy = new HandleMemory(this.#environment)
    copy.adopt(this)
    return copy
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
    this.#loading = this.#load(settings).then(
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
   * Writes the files that options name and that were read: the jar, HSTS, Alt-Svc, each merged with what others wrote meanwhile.
   * Rejects with the first WRITE_ERROR, after the others were tried.
   */
  async save(settings: EasySettings): Promise<void> {
    const results = await Promise.allSettled(this.#filesToWrite(settings).map((file) => file.save()))
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

  #hasToRead(settings: EasySettings): boolean {
    const { cookieFile, cookieList, netrc, netrcFile } = settings
    return (
      (this.cookies !== undefined && !hasPublicSuffixes()) ||
      cookieFile?.some((path) => path !== '' && !this.#taken.has(path)) === true ||
      FILES.some((option) => settings[option] && !this.#files.has(`${option} ${settings[option]}`)) ||
      (cookieList !== undefined && cookieList !== this.#doneList) ||
      (netrc !== 'ignored' && !(this.#hasNetrc && this.#netrcPath === this.#netrcPathOf(netrcFile)))
    )
  }

  async #load(settings: EasySettings): Promise<void> {
    if (this.cookies !== undefined && !hasPublicSuffixes())
      await this.#environment.offload(loadPublicSuffixes)
    for (const path of settings.cookieFile ?? []) await this.#loadCookies(path, settings)
    for (const option of FILES) {
      const path = settings[option]
      const key = `${option} ${path}`
      if (path === undefined || path === '' || this.#files.has(key)) continue
      const file = this.#fileOf(option, path)
      await file.load()
      this.#files.set(key, file)
    }
    if (settings.netrc !== 'ignored') await this.#loadNetrc(settings)
    if (settings.cookieList !== undefined && settings.cookieList !== this.#doneList) {
      this.#doneList = settings.cookieList
      for (const entry of settings.cookieList) await this.#doCookieList(entry, settings)
    }
  }

  #fileOf(option: (typeof FILES)[number], path: string): KeptFile {
    const { stateFiles } = this.#environment
    switch (option) {
      case 'cookieJar':
        // What it says is taken in only where it is a `cookieFile` as well, as with curl.
        return new KeptFile(
          stateFiles,
          path,
          { load: () => undefined, toFile: () => this.cookies?.toFile() ?? '' },
          (versions) => mergeCookieFiles(versions, LIMITS),
        )
      case 'hsts':
        return new KeptFile(stateFiles, path, this.hsts!, mergeHstsFiles)
      case 'altSvc':
        return new KeptFile(stateFiles, path, this.altSvc!, mergeAltSvcFiles)
    }
  }

  #filesToWrite(settings: EasySettings): KeptFile[] {
    const { hstsReadOnlyFile, altSvcReadOnlyFile } = settings
    return FILES.flatMap((option) => {
      if ((option === 'hsts' && hstsReadOnlyFile) || (option === 'altSvc' && altSvcReadOnlyFile)) return []
      return this.#files.get(`${option} ${settings[option]}`) ?? []
    })
  }

  async #loadCookies(path: string, { cookieSession }: EasySettings): Promise<void> {
    if (path === '' || this.#taken.has(path)) return
    const text = await this.#environment.stateFiles.read(path)
    if (text !== undefined) this.cookies!.load(text, { keepSession: !cookieSession })
    this.#taken.add(path)
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
        return this.#files.get(`cookieJar ${settings.cookieJar}`)?.save()
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
        netrc: true,
      })
    this.#hasNetrc = true
    this.#netrcPath = path
    this.#netrc = parseNetrc(utf8Of(text ?? ''), {
      maxChars: LIMITS.netrcFileChars,
      maxWordChars: LIMITS.netrcWordChars,
    })
  }

  #netrcPathOf(netrcFile: string | undefined): string | undefined {
    return netrcFile ?? this.#environment.files.homePath('.netrc')
  }
}

/** Options that name a file to read and write. */
const FILES = ['cookieJar', 'hsts', 'altSvc'] as const

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
