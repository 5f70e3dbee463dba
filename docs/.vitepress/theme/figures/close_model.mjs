// How a TCP connection ends: the two ends of one connection over loopback, where a segment arrives before the call
// that sends it has returned. A test replays the scenarios of 02_epoll_module/tests/close_scenarios/ with this
// model, and CloseScenario replays them with the kernel. The result of a step is what its call returned, and the
// states that it has changed.
//
//   const connection = new Connection()
//   connection.run('connect')        // 'client ESTABLISHED, server ESTABLISHED'
//   connection.run('client closes')  // 'ok, client FIN_WAIT2, server CLOSE_WAIT'

/** What an end can do. `end` is the end, `peer` the other one. */
const verbs = {
  writes: (connection, end, size) => connection.write(end, Number(size)),
  fills: (connection, end) => connection.fill(end),
  reads: (connection, end, all) => (all ? connection.readAll(end) : connection.read(end)),
  shuts: (connection, end) => connection.shutDown(end),
  closes: (connection, end) => connection.close(end),
  sets: (_, end) => ((end.lingers0 = true), 'ok'),
  asks: (connection, end) => connection.bits(end).join(' ') || '-',
}

const newEnd = (name) => ({
  name,
  state: 'CLOSED',
  path: [], // { state, seen }: on loopback, some states are over before the call that causes them returns
  open: false, // its descriptor
  unread: 0, // bytes; Infinity while the peer's bytes fill all buffers
  held: false, // it has bytes that do not fit into the peer's receive buffer, and a FIN has to wait behind them
  cannotSend: false,
  ended: false, // the peer's FIN has arrived
  error: '', // that the next call returns
  lingers0: false,
})

export class Connection {
  client = newEnd('client')
  server = newEnd('server')
  segments = [] // of the last step, without acknowledgements

  run(step) {
    const [name, verb, ...rest] = step.split(' ')
    const before = this.ends.map(({ state }) => state)
    this.segments = []
    const told = name === 'connect' ? this.connect() : [this.act(step, name, verb, rest)]
    for (const end of this.ends) Object.assign(end.path.at(-1), { seen: true })
    const changed = this.ends.filter(({ state }, at) => state !== before[at])
    return [...told, ...changed.map(({ name, state }) => `${name} ${state}`)].join(', ')
  }
  get ends() {
    return [this.client, this.server]
  }
  peerOf(end) {
    return end === this.client ? this.server : this.client
  }

  connect() {
    for (const end of this.ends) {
      end.open = true
      this.enter(end, 'ESTABLISHED')
    }
    return []
  }
  act(step, name, verb, rest) {
    const end = this.ends.find((one) => one.name === name)
    if (!end || !verbs[verb]) throw new Error(`this step is not known: ${step}`)
    return end.open ? verbs[verb](this, end, ...rest) : 'EBADF'
  }
  enter(end, state) {
    end.state = state
    end.path.push({ state, seen: false })
  }
  send(from, what) {
    this.segments.push(`${from.name} sends ${what}`)
  }
  /** The error that waits at the socket; the call that reports it takes it away. */
  take(end, otherwise) {
    const error = end.error || otherwise
    end.error = ''
    return error
  }

  write(end, size) {
    if (end.error || end.cannotSend) return this.take(end, 'EPIPE')
    if (end.held) return 'EAGAIN'
    this.arrive(end, size)
    return String(size)
  }
  /** Writes until the kernel takes nothing more. */
  fill(end) {
    if (end.error || end.cannotSend) return this.take(end, 'EPIPE')
    if (!end.held) this.arrive(end, Infinity)
    return end.cannotSend ? this.take(end, 'EPIPE') : 'EAGAIN'
  }
  arrive(end, size) {
    const peer = this.peerOf(end)
    this.send(end, size === Infinity ? 'bytes until all buffers are full' : `${size} bytes`)
    if (!peer.open) return this.reset(peer)
    peer.unread += size
    end.held = size === Infinity
  }
  read(end) {
    const count = Math.min(4096, end.unread)
    end.unread -= count
    if (count > 0) return String(count)
    if (end.ended) return '0'
    if (end.error) return this.take(end)
    return end.state === 'CLOSED' ? '0' : 'EAGAIN'
  }
  /** All that the peer has written; what was in its send buffer is lost by a reset. */
  readAll(end) {
    const peer = this.peerOf(end)
    end.unread = 0
    if (!peer.held) return end.state === 'CLOSED' ? this.read(end) : 'all'
    peer.held = false
    this.send(peer, 'the rest of its bytes')
    if (['FIN_WAIT1', 'CLOSING', 'LAST_ACK'].includes(peer.state)) this.finArrives(peer)
    return 'all'
  }

  shutDown(end) {
    if (['CLOSED', 'TIME_WAIT'].includes(end.state)) return 'ENOTCONN'
    this.finish(end)
    return 'ok'
  }
  close(end) {
    end.open = false
    if (['CLOSED', 'TIME_WAIT'].includes(end.state)) return 'ok'
    if (end.unread > 0 || end.lingers0) this.reset(end)
    else this.finish(end)
    return 'ok'
  }
  /** No more bytes: the FIN is sent, unless bytes have to go before it. */
  finish(end) {
    end.cannotSend = true
    const next = { ESTABLISHED: 'FIN_WAIT1', CLOSE_WAIT: 'LAST_ACK' }[end.state]
    if (!next) return // it was sent before
    this.enter(end, next)
    if (!end.held) this.finArrives(end)
  }
  finArrives(end) {
    const peer = this.peerOf(end)
    this.send(end, 'FIN')
    peer.ended = true
    this.enter(peer, { ESTABLISHED: 'CLOSE_WAIT', FIN_WAIT1: 'CLOSING', FIN_WAIT2: 'TIME_WAIT' }[peer.state])
    this.enter(end, { FIN_WAIT1: 'FIN_WAIT2', CLOSING: 'TIME_WAIT', LAST_ACK: 'CLOSED' }[end.state])
  }
  /** The connection does not exist any more, for both. */
  reset(from) {
    const peer = this.peerOf(from)
    this.send(from, 'RST')
    if (peer.open) peer.error = peer.state === 'CLOSE_WAIT' ? 'EPIPE' : 'ECONNRESET'
    for (const end of this.ends) {
      Object.assign(end, { held: false, cannotSend: true })
      this.enter(end, 'CLOSED')
    }
  }

  /** What an entry for this end would report. */
  bits(end) {
    const over = ['CLOSED', 'TIME_WAIT'].includes(end.state)
    const now = {
      IN: end.unread > 0 || end.ended || over,
      OUT: !end.held || end.cannotSend,
      ERR: Boolean(end.error),
      HUP: over || (end.ended && end.cannotSend),
      RDHUP: end.ended || over,
    }
    return end.open ? Object.keys(now).filter((name) => now[name]) : []
  }
  /** What a reader who does not see the figure is told after each step. */
  summary() {
    const one = (end) => {
      const what = end.open ? `epoll: ${this.bits(end).join(' ') || 'nothing'}` : 'descriptor closed'
      return `${end.name} ${end.state}, ${what}.`
    }
    return `${this.segments.map((what) => `The ${what}.`).join(' ')} ${this.ends.map(one).join(' ')}`.trim()
  }
}
