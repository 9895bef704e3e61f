/**
 * The tunnel hop: CONNECT, over as many connections to the proxy as its login takes.
 *
 * The rule: the login outlives a connection, the handshake does not.
 */
import type { ByteStream } from '../env/environment.ts'
import type { ConnectObserver } from '../proxy/connect-head.ts'
import { ConnectHandshake } from '../proxy/connect-handshake.ts'
import { ProxyLogin } from '../proxy/proxy-login.ts'
import type { TunnelHop } from '../route/route.ts'
import type { ConnectContext } from './filter.ts'
import { openH2Tunnel } from './h2-tunnel.ts'
import { runHandshake, type HandshakeEnd } from './run-handshake.ts'

/** One tunnel that is being opened. */
export class Tunnel {
  readonly #hop: TunnelHop
  readonly #context: ConnectContext
  readonly #login: ProxyLogin

  constructor(hop: TunnelHop, context: ConnectContext) {
    this.#hop = hop
    this.#context = context
    const { proxy, proxyHost, head, auth } = hop
    this.#login = new ProxyLogin({ proxy, proxyHost, target: head.target, plan: auth }, context.login)
  }

  /** Asks over an open stream, which it owns; `alpn`: what TLS with the proxy chose. Rejects with RECV_ERROR when it refuses. */
  async ask(below: ByteStream, alpn: string | undefined): Promise<HandshakeEnd> {
    const { proxy, head } = this.#hop
    const context = this.#context
    const login = this.#login
    context.report('proxy')
    const tell: ConnectObserver = (sent, answer) => context.connectAnswered(proxy, sent, answer)
    if (alpn === 'h2')
      return { is: 'open', stream: await openH2Tunnel(below, { head, login, tell, context }) }
    const end = await runHandshake(below, new ConnectHandshake(head, login, tell), context.signal)
    if (end.is === 'reconnect') login.reconnected()
    return end
  }
}
