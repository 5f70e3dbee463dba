// How back pressure travels through tcp_proxy of step 05: a server that sends, the proxy's task for this direction,
// and a client that reads. All is counted in blocks, one of which fills the task's buffer. A connection holds four
// of them: those of a Unix socket pair, where bytes that are sent have arrived. A test replays the scenarios of
// 05_async_runtime/tests/pressure_scenarios/ with this model, and PressureScenario replays them with the proxy's own
// code and the kernel.
//
//   const relay = new Relay()
//   relay.run('relay')              // '-'
//   relay.run('server writes 5')    // '4, EAGAIN'
//   relay.run('proxy runs')         // 'read 4, wrote 4, waits to read'

const room = 4 // blocks that the kernel takes for a connection

const verbs = {
  relay: (relay) => relay.start(),
  'proxy runs': (relay) => relay.proxy(),
  'server writes': (relay, count) => relay.repeated(count, () => relay.serverWrites()),
  'server reads': (relay, count) => relay.repeated(count, () => relay.serverReads()),
  'server ends': (relay) => relay.serverEnds(),
  'server asks': (relay) => relay.serverBits().join(' ') || '-',
  'client reads': (relay, count) => relay.repeated(count, () => relay.clientReads()),
  'client closes': (relay) => relay.clientCloses(),
  'client asks': (relay) => relay.clientBits().join(' ') || '-',
}

export class Relay {
  sent = 0 // by the server
  upstream = 0 // blocks from the server that the proxy has not read
  held = 0 // what the proxy has read and not written: one block, or none
  downstream = 0 // blocks from the proxy that the client has not read
  received = 0 // by the client
  state = '' // of the proxy's task: waits to read, waits to write, ended; over and aborted are of both directions
  mayWrite = true // no write has met a full buffer since the last event that said there is room
  ended = false // the server
  closed = false // the client
  unread = false // ... and there were blocks for it
  passedOn = false // the client's end, to the server
  error = '' // at the server

  run(step) {
    const [first, second, count] = step.split(' ')
    const verb = verbs[first] ?? verbs[`${first} ${second}`]
    if (!verb) throw new Error(`this step is not known: ${step}`)
    return verb(this, Number(count))
  }
  start() {
    this.state = 'waits to read'
    return '-'
  }
  get isOver() {
    return ['over', 'aborted'].includes(this.state)
  }
  /** How many of so many blocks, and what has stopped it. */
  repeated(count, move) {
    for (let moved = 0; moved < count; ++moved) {
      const stopped = move()
      if (stopped) return moved ? `${moved}, ${stopped}` : stopped
    }
    return String(count)
  }

  // The server.

  serverWrites() {
    if (this.ended || this.isOver) return 'EPIPE'
    if (this.upstream === room) return 'EAGAIN'
    this.upstream += 1
    this.sent += 1
  }
  serverReads() {
    const { error } = this
    this.error = ''
    return error || (this.passedOn || this.isOver ? 'end' : 'EAGAIN')
  }
  serverEnds() {
    this.ended = true
    return 'ok'
  }
  serverBits() {
    const end = this.passedOn || this.isOver
    return this.bits({ IN: end, OUT: this.upstream === 0, ERR: this.error, HUP: this.isOver || (end && this.ended), RDHUP: end })
  }

  // The client.

  clientReads() {
    if (this.closed) return 'EBADF'
    if (this.downstream === 0) return this.state === 'ended' ? 'end' : 'EAGAIN'
    this.downstream -= 1
    this.received += 1
  }
  clientCloses() {
    this.closed = true
    this.unread = this.downstream > 0
    this.downstream = 0
    return 'ok'
  }
  clientBits() {
    if (this.closed) return ['EBADF']
    const end = this.state === 'ended'
    return this.bits({ IN: this.downstream > 0 || end, OUT: true, RDHUP: end })
  }
  bits(now) {
    return Object.keys(now).filter((name) => now[name])
  }

  // The proxy, until its tasks wait again.

  proxy() {
    if (this.isOver) return this.state
    const [read, wrote] = [this.sent - this.upstream, this.received + this.downstream]
    // Events: what has come from the server; room for the client, which is reported when three quarters are free; and
    // what has become of the client. The other direction reads the client's end, or its reset.
    if (this.downstream === 0) this.mayWrite = true
    if (this.unread) return this.abort()
    if (this.closed) this.passedOn = true
    while (this.state !== 'ended') {
      if (this.held) {
        this.state = 'waits to write'
        if (!this.mayWrite) break
        if (this.closed) return this.abort()
        this.mayWrite = this.downstream < room
        if (!this.mayWrite) break
        this.held = 0
        this.downstream += 1
      } else if (this.upstream) {
        this.upstream -= 1
        this.held = 1
      } else {
        this.state = this.ended ? 'ended' : 'waits to read'
        if (!this.ended) break
      }
    }
    if (this.state === 'ended' && this.passedOn) this.state = 'over'
    if (this.state === 'over') return 'over'
    const moved = [this.sent - this.upstream - read, this.received + this.downstream - wrote]
    const told = ['read', 'wrote'].map((what, at) => moved[at] && `${what} ${moved[at]}`)
    return [...told, this.state].filter(Boolean).join(', ')
  }
  abort() {
    if (this.upstream) this.error = 'ECONNRESET'
    Object.assign(this, { state: 'aborted', upstream: 0, held: 0, downstream: 0 })
    return 'aborted'
  }

  /** What a reader who does not see the figure is told after each step. */
  summary() {
    return `The server has sent ${this.sent} blocks. From it to the proxy: ${this.upstream} of ${room}. In the proxy: ` +
      `${this.held}. From it to the client: ${this.downstream} of ${room}. The client has received ${this.received}. ` +
      `The proxy's task: ${this.state}.`
  }
}
Relay.room = room
