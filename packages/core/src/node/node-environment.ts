/**
 * The whole outside world of Node, in one object.
 *
 * The rule: the parts of one environment share one read buffer, one clock and one set of secure contexts;
 * caches are shared only within one environment.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { Environment, Hashes, RandomSource } from '../env/environment.ts'
import { ReadBuffer } from './inlet.ts'
import { NodeClock, type InputCount } from './node-clock.ts'
import { NODE_DECODERS } from './node-decoders.ts'
import { NodeDialer } from './node-dialer.ts'
import { NODE_FILES } from './node-files.ts'
import { NodeResolver } from './node-resolver.ts'
import { NodeStateFiles } from './node-state-files.ts'
import { NodeTls } from './node-tls.ts'
import { SecureContexts } from './secure-contexts.ts'

/** The environment of this thread: the same object at each call, so that whoever takes the default can share. */
export function nodeEnvironment(): Environment {
  shared ??= makeNodeEnvironment()
  return shared
}

/** An environment of its own, which shares nothing with others. */
export function makeNodeEnvironment(): Environment {
  const input: InputCount = { reports: 0 }
  const clock = new NodeClock(input)
  const contexts = new SecureContexts(clock)
  return {
    clock,
    dialer: new NodeDialer(new ReadBuffer(), input, contexts),
    resolver: new NodeResolver(),
    tls: new NodeTls(input, contexts),
    random: NODE_RANDOM,
    hashes: NODE_HASHES,
    decoders: NODE_DECODERS,
    stateFiles: new NodeStateFiles(),
    files: NODE_FILES,
    offload: (job) => job(),
  }
}

/** One for each thread, because each thread has its own modules. */
let shared: Environment | undefined

const NODE_RANDOM: RandomSource = {
  bytes: (count) => randomBytes(count),
  fraction: () => Math.random(),
}

const NODE_HASHES: Hashes = {
  digest: (algorithm, bytes) => createHash(algorithm).update(bytes).digest(),
  hmac: (algorithm, key, bytes) => createHmac(algorithm, key).update(bytes).digest(),
}
