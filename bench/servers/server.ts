/**
 * The servers of the benchmarks, each in a process of its own: nginx with one worker when it is installed, else
 * Node; and a sink for uploads, always Node, because nginx answers before it has read them. They never close a
 * connection. All run on the processor that clients leave alone.
 */
import type { ChildProcess } from 'node:child_process'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { forkPinned } from '../rounds/processors.ts'
import { makeCertificate } from './certificate.ts'
import { nginxVersion, startNginx } from './nginx.ts'
import { stop } from './stop.ts'

/** Where the servers listen. `https` and `h2c` speak HTTP/2, by ALPN and by prior knowledge; `sink` takes uploads. */
export interface Ports {
  readonly http: number
  readonly https: number
  readonly h2c: number
  readonly sink: number
}

export type OriginName = keyof Ports

/** A server that was started: its process, and how to end it. */
export interface Started {
  readonly name: string
  readonly process: ChildProcess
  close(): Promise<void>
}

export interface BenchServer {
  readonly name: string
  readonly origins: Readonly<Record<OriginName, string>>
  /** The certificate that clients must trust, PEM. */
  readonly ca: string
  close(): Promise<void>
}

/** Starts everything; resolves when all ports answer. `wanted`: the one to take, else nginx where there is one. */
export async function startServers(wanted?: 'nginx' | 'node'): Promise<BenchServer> {
  const ports = await freePorts()
  const certificate = makeCertificate()
  const version = wanted === 'node' ? undefined : nginxVersion()
  if (wanted === 'nginx' && version === undefined) throw new Error('nginx is not installed')
  const web =
    version === undefined
      ? startNode('node-web.js', `Node ${process.version}`, { ports, ...certificate })
      : startNginx(ports, certificate, version)
  const sink = startNode('node-sink.js', 'sink', { port: ports.sink })
  const close = async (): Promise<void> => void (await Promise.all([web.close(), sink.close()]))
  try {
    for (const [name, port] of Object.entries(ports))
      await answers(port, name === 'sink' ? sink.process : web.process)
  } catch (error) {
    await close()
    throw error
  }
  const why = version === undefined && wanted === undefined ? ', because nginx is not installed' : ''
  return {
    name: `${web.name}${why}`,
    origins: {
      http: `http://127.0.0.1:${ports.http}`,
      https: `https://127.0.0.1:${ports.https}`,
      h2c: `http://127.0.0.1:${ports.h2c}`,
      sink: `http://127.0.0.1:${ports.sink}`,
    },
    ca: certificate.cert,
    close,
  }
}

function startNode(file: string, name: string, told: object): Started {
  const child = forkPinned(new URL(file, import.meta.url), 'server')
  child.send(told)
  return { name, process: child, close: () => stop(child) }
}

/** All are held before one is given back, so that they differ. */
async function freePorts(): Promise<Ports> {
  const held = await Promise.all([heldPort(), heldPort(), heldPort(), heldPort()])
  const [http, https, h2c, sink] = held.map((server) => (server.address() as AddressInfo).port) as [
    number,
    number,
    number,
    number,
  ]
  await Promise.all(held.map((server) => new Promise((resolve) => void server.close(resolve))))
  return { http, https, h2c, sink }
}

function heldPort(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}

async function answers(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Error(`the server ended with status ${child.exitCode}`)
    if (await accepts(port)) return
    await delay(50)
  }
  throw new Error('the server did not answer within 10 s')
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => resolve(false))
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
