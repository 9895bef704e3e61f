/**
 * `Directory`: finds the bucket, destination and host of a want in O(1), makes them when they are missing and
 * forgets them when they are empty.
 *
 * The rule: whatever a want, an opening or a connection refers to stays in the directory; of hosts the last
 * few without connections are kept as well, for what verdicts say of them.
 */
import { LIMITS } from '../tables/limits.ts'
import type { Poolable } from './poolable.ts'
import { Bucket, Destination, Host, type WantTerms } from './records.ts'

export class Directory<C extends Poolable> {
  readonly #buckets = new Map<string, Bucket<C>>()
  readonly #destinations = new Map<string, Destination<C>>()
  readonly #hosts = new Map<string, Host<C>>()
  /** Hosts without connections, the one longest without at the front. */
  readonly #emptyHosts = new Set<Host<C>>()

  bucket(identityKey: string): Bucket<C> | undefined {
    return this.#buckets.get(identityKey)
  }

  destination(firstHop: string): Destination<C> | undefined {
    return this.#destinations.get(firstHop)
  }

  host(name: string): Host<C> | undefined {
    return this.#hosts.get(name)
  }

  buckets(): Iterable<Bucket<C>> {
    return this.#buckets.values()
  }

  destinations(): Iterable<Destination<C>> {
    return this.#destinations.values()
  }

  hosts(): Iterable<Host<C>> {
    return this.#hosts.values()
  }

  /** The bucket for these terms, made if need be. */
  enter({ identity, firstHop }: WantTerms): Bucket<C> {
    const known = this.#buckets.get(identity.key)
    if (known !== undefined) return known
    let host = this.#hosts.get(identity.host)
    if (host === undefined) this.#hosts.set(identity.host, (host = new Host(identity.host)))
    this.#emptyHosts.delete(host)
    let destination = this.#destinations.get(firstHop)
    if (destination === undefined) this.#destinations.set(firstHop, (destination = new Destination(firstHop)))
    const bucket = new Bucket(identity, host, destination)
    this.#buckets.set(identity.key, bucket)
    return bucket
  }

  /** Forgets a bucket that is empty, and what was kept for it alone. */
  leave(bucket: Bucket<C>): void {
    const { identity, destination, host } = bucket
    // A bucket leaves once: `delete` says whether it was still there.
    if (!bucket.isEmpty || !this.#buckets.delete(identity.key)) return
    destination.buckets -= 1
    if (destination.buckets === 0) this.#destinations.delete(destination.key)
    host.buckets -= 1
    if (host.buckets > 0) return
    this.#emptyHosts.add(host)
    if (this.#emptyHosts.size <= LIMITS.rememberedHosts) return
    const oldest = this.#emptyHosts.values().next().value!
    this.#emptyHosts.delete(oldest)
    this.#hosts.delete(oldest.name)
  }
}
