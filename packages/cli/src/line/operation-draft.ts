/**
 * `OperationDraft`: an operation as far as its flags have been read.
 *
 * The rule: what a flag said is kept as it was said; what several say together, such as which request method they
 * ask for, is settled in `finish`.
 */
import type { EasyOptions } from '@trunkline/core'
import type { DataPiece, Operation, OutputChoice, ResumeChoice, Target, TextSource } from '../command.ts'
import type { OptionName, SettingName, SwitchName } from './flag-row.ts'
import { FormDraft } from './form-flag.ts'
import { Refusal } from './refusal.ts'

/** A value of an option, as flags set them. */
export type DraftValue = string | number | boolean | readonly string[] | undefined

/** A URL with its output and its upload, of which any may be missing yet. */
interface TargetDraft {
  url?: string
  output?: OutputChoice
  /** "": nothing is sent to it. */
  upload?: string
  isPlain?: boolean
}

/** How a request is made; two of them do not go together. */
type Asked = 'get' | 'head' | 'form' | 'post' | 'put'

const ASKED: Readonly<Record<Asked, string>> = {
  get: 'GET (-G, --get)',
  head: 'HEAD (-I, --head)',
  form: 'multipart formpost (-F, --form)',
  post: 'POST (-d, --data)',
  put: 'PUT (-T, --upload-file)',
}

const USUAL_METHOD: Readonly<Record<Asked, string>> = {
  get: 'GET',
  head: 'HEAD',
  form: 'POST',
  post: 'POST',
  put: 'PUT',
}

/** An operation on its way. */
export class OperationDraft {
  readonly options: Partial<Record<OptionName, DraftValue>> = {}
  readonly switches = new Map<SwitchName, boolean>()
  readonly settings: Partial<Record<SettingName, string>> = {}
  readonly data: DataPiece[] = []
  readonly form = new FormDraft()
  readonly query: DataPiece[] = []
  readonly headers: TextSource[] = []
  readonly proxyHeaders: TextSource[] = []
  readonly cookies: string[] = []
  /** Schemes of authentication that were asked for, with the server and with the proxy. */
  readonly auth = new Set<string>()
  readonly proxyAuth = new Set<string>()
  resume: ResumeChoice | undefined
  etagSave: string | undefined
  etagCompare: string | undefined
  writeOut: TextSource | undefined
  clobber: Operation['clobber'] = 'usual'
  readonly #targets: TargetDraft[] = []
  #asked: Asked | undefined

  get urlCount(): number {
    return this.#targets.filter(({ url }) => url !== undefined).length
  }

  isOn(name: SwitchName): boolean {
    return this.switches.get(name) === true
  }

  // ---- URLs, outputs and uploads: each fills the first target that lacks one -----------------------

  /** `isPlain`: it comes from a file of URLs: no globs, and -O. */
  addUrl(url: string, isPlain = false): void {
    const target = this.#first('url')
    target.url = url
    if (!isPlain) return
    target.isPlain = true
    target.output ??= { is: 'remote-name' }
  }

  addOutput(output: OutputChoice): void {
    this.#first('output').output = output
  }

  addUpload(path: string): void {
    this.#first('upload').upload = path
  }

  #first(lacking: 'url' | 'output' | 'upload'): TargetDraft {
    const found = this.#targets.find((target) => target[lacking] === undefined)
    if (found !== undefined) return found
    const made: TargetDraft = {}
    // What -O does for those without an output of their own; they may still get one.
    this.#usual.set(made, this.isOn('namesAllByUrl') ? { is: 'remote-name' } : { is: 'stdout' })
    this.#targets.push(made)
    return made
  }

  readonly #usual = new Map<TargetDraft, OutputChoice>()

  // ---- The request method --------------------------------------------------------------------------

  /** Undefined when it goes with what was asked before; otherwise what to warn of. */
  ask(what: Asked): string | undefined {
    if (this.#asked === undefined || this.#asked === what) {
      this.#asked = what
      return undefined
    }
    return `You can only select one HTTP request method! You asked for both ${ASKED[what]} and ${ASKED[this.#asked]}.`
  }

  // ---- The whole -----------------------------------------------------------------------------------

  /** Throws Refusal. */
  finish(warnings: string[], notes: string[]): Operation {
    if (this.#targets[0]?.url === undefined) throw Refusal.ofAll(NO_URL)
    const { options, resume } = this
    this.#askAll(warnings)
    if (this.isOn('namesByHeader') && resume === '-')
      throw Refusal.ofAll('--continue-at and --remote-header-name cannot be combined')
    if (typeof resume === 'number') options.resumeFrom = resume
    // One without the other means what it means to curl.
    if (options.lowSpeedTimeMs !== undefined) options.lowSpeedLimit ??= 1
    if (options.lowSpeedLimit !== undefined) options.lowSpeedTimeMs ??= 30_000
    if (this.isOn('headOnly')) options.noBody = true
    if (this.cookies.length > 0) options.cookie = this.cookies.join('; ')
    if (this.auth.size > 0) options.httpAuth = [...this.auth]
    // Of several the strongest is taken, not what the proxy offers.
    const proxyAuth = PROXY_AUTH.find((word) => this.proxyAuth.has(word))
    if (proxyAuth !== undefined) options.proxyAuth = [proxyAuth]
    this.#checkMethod(warnings, notes)
    if (this.#targets.some(({ url }) => url === undefined)) warnings.push('Got more output options than URLs')
    warnings.push(...this.form.warnings)
    return {
      ...switchesOf(this.switches),
      options: options as EasyOptions,
      headers: this.headers,
      proxyHeaders: this.proxyHeaders,
      data: this.data,
      form: this.form.fields,
      query: this.query,
      resume,
      etagSave: this.etagSave,
      etagCompare: this.etagCompare,
      targets: this.#targets.flatMap((target) => this.#finished(target)),
      writeOut: this.writeOut,
      clobber: this.clobber,
      settings: this.settings,
    }
  }

  #finished(target: TargetDraft): Target[] {
    const { url, output, upload = '', isPlain } = target
    if (url === undefined) return []
    const isGlob = !this.isOn('isGlobOff')
    return [
      {
        url,
        isGlob: isGlob && isPlain !== true,
        isUploadGlob: isGlob,
        output: output ?? this.#usual.get(target)!,
        upload: upload === '' ? undefined : upload,
      },
    ]
  }

  /** What curl says of -X where it does nothing, or not what it seems to. */
  #checkMethod(warnings: string[], notes: string[]): void {
    const { method } = this.options
    if (method === undefined) return
    const usual = USUAL_METHOD[this.#asked ?? 'get']
    if (String(method).toUpperCase() === usual)
      notes.push(`Unnecessary use of -X or --request, ${usual} is already inferred.`)
    else if (String(method).toUpperCase() === 'HEAD')
      warnings.push(
        'Setting custom HTTP method to HEAD with -X/--request may not work the way you want. Consider using -I/--head instead.',
      )
  }

  #askAll(warnings: string[]): void {
    const later: Asked[] = []
    if (this.data.length > 0)
      later.push(this.isOn('usesGet') ? (this.isOn('headOnly') ? 'head' : 'get') : 'post')
    if (this.#targets.some(({ upload = '' }) => upload !== '')) later.push('put')
    for (const what of later) {
      const warning = this.ask(what)
      if (warning === undefined) continue
      warnings.push(warning)
      throw Refusal.ofAll('')
    }
  }
}

/** What curl says where there is nothing to be done. */
export const NO_URL = '(2) no URL specified'

const PROXY_AUTH = ['any', 'ntlm', 'digest', 'basic']

const SWITCHES: readonly SwitchName[] = [
  'usesGet',
  'isJson',
  'showsHead',
  'headOnly',
  'isGlobOff',
  'createsDirs',
  'skipsExisting',
  'removesOnError',
  'keepsRemoteTime',
  'namesByHeader',
  'namesAllByUrl',
  'failsWithBody',
  'retriesRefused',
]

function switchesOf(told: ReadonlyMap<SwitchName, boolean>): Record<SwitchName, boolean> {
  return Object.fromEntries(SWITCHES.map((name) => [name, told.get(name) === true])) as Record<
    SwitchName,
    boolean
  >
}
