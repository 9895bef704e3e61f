/**
 * The tunnel hop: CONNECT, over as many connections to the proxy as its login takes.
 *
 * The rule: the login outlives a connection, the handshake does not.
 */
import type { ByteStream } from '../env/environment.ts'
import { ConnectHandshake } from '../proxy/connect-handshake.ts'
import { ProxyLogin } from '../proxy/proxy-login.ts'
import type { TunnelHop } from '../route/route.ts'
import type { ConnectContext } from './filter.ts'
import { runHandshake, type HandshakeEnd } from './run-handshake.ts'

/** One tunnel that is being opened. */
export class Tunnel {
  readonly #hop: TunnelHop
  readonly #context: ConnectContext
  readonly #login: ProxyLogin

  constructor(hop: TunnelHop, context: ConnectContext) {
    this.#hop = hop
    this.#context = context
    const { proxy, head, credentials, words } = hop
    this.#login = new ProxyLogin({ proxy, target: head.target, credentials, words }, context.login)
  }

  /** Asks over an open stream, which it owns. Rejects with RECV_ERROR when the proxy refuses. */
  async ask(below: ByteStream): Promise<HandshakeEnd> {
    const { proxy, head } = this.#hop
    const context = this.#context
    context.report('proxy')
    const handshake = new ConnectHandshake(head, this.#login, (sent, answer) =>
      context.connectAnswered(proxy, sent, answer),
    )
    const end = await runHandshake(below, handshake, context.signal)
    if (end.is === 'reconnect') this.#login.reconnected()
    return end
  }
}
