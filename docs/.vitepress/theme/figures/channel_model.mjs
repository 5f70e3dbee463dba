// What a channel of step 05 does, async::channel, with tasks that send and one that receives. A test replays
// the scenarios of 05_async_runtime/tests/scenarios/ with this model, and ChannelScenario replays them with
// the class. The result of a step is which tasks it let continue, in their order.
//
//   const channel = new Channel()
//   channel.run('channel 1')      // '-'
//   channel.run('A sends 1')      // 'A sent'
//   channel.run('B sends 2')      // '-': B waits
//   channel.run('R receives')     // 'R got 1, B sent'

const verbs = {
  channel: (channel, room) => channel.make(Number(room)),
  cancel: (channel, name) => channel.cancel(name),
  try_send: (channel, message) => channel.trySend(message),
  try_receive: (channel) => channel.tryReceive(),
  close: (channel) => channel.close(),
  drop_sender: (channel) => channel.dropSender(),
  sends: (channel, name, message) => channel.send(name, message),
  receives: (channel, name) => channel.receive(name),
}

export class Channel {
  room = 1
  queue = []
  senders = [] // { name, message }: those that wait, first one first
  receiver = null // the name of the task that waits for a message
  closed = false
  dropped = false // there is no sender but those that wait

  run(step) {
    const [first, ...rest] = step.split(' ')
    if (verbs[first]) return verbs[first](this, ...rest)
    if (!['sends', 'receives'].includes(rest[0])) throw new Error(`this step is not known: ${step}`)
    return verbs[rest[0]](this, first, rest[1])
  }

  make(room) {
    this.room = room
    return '-'
  }
  push(message) {
    this.queue.push(message)
    if (!this.receiver) return []
    const name = this.receiver
    this.receiver = null
    return [`${name} got ${this.queue.shift()}`]
  }
  /** The oldest message; the first sender that waits puts its own in the place. */
  pop() {
    const message = this.queue.shift()
    const next = this.senders.shift()
    if (!next) return [message, []]
    this.queue.push(next.message)
    return [message, [`${next.name} sent`, ...this.lastSender()]]
  }
  send(name, message) {
    if (this.dropped) return 'no sender'
    if (this.closed) return `${name} closed`
    if (this.queue.length < this.room) return [`${name} sent`, ...this.push(message)].join(', ')
    this.senders.push({ name, message })
    return '-'
  }
  receive(name) {
    if (this.queue.length) {
      const [message, woken] = this.pop()
      return [`${name} got ${message}`, ...woken].join(', ')
    }
    if (this.closed) return `${name} closed`
    if (this.receiver) return `${name} already waiting`
    this.receiver = name
    return '-'
  }
  trySend(message) {
    if (this.dropped) return 'no sender'
    if (this.closed) return 'closed'
    if (this.queue.length >= this.room) return 'would block'
    return ['ok', ...this.push(message)].join(', ')
  }
  tryReceive() {
    if (!this.queue.length) return this.closed ? 'closed' : 'would block'
    const [message, woken] = this.pop()
    return [message, ...woken].join(', ')
  }
  /** What a cancelled task was to send is not sent, and one that was to receive takes nothing. */
  cancel(name) {
    const known = this.receiver === name || this.senders.some((one) => one.name === name)
    if (!known) return '-'
    if (this.receiver === name) this.receiver = null
    this.senders = this.senders.filter((one) => one.name !== name)
    return [`${name} cancelled`, ...this.lastSender()].join(', ')
  }
  /** No more messages are accepted; those that were sent can still be received. */
  close() {
    this.closed = true
    const woken = [...this.senders.splice(0).map(({ name }) => name), this.receiver].filter(Boolean)
    this.receiver = null
    return woken.map((name) => `${name} closed`).join(', ') || '-'
  }
  /** A send that waits holds a sender, too: the last one that goes closes the channel. */
  dropSender() {
    this.dropped = true
    return this.lastSender().join(', ') || '-'
  }
  lastSender() {
    if (!this.dropped || this.closed || this.senders.length) return []
    const woken = this.close()
    return woken === '-' ? [] : [woken]
  }

  /** What a reader who does not see the figure is told after each step. */
  summary() {
    const line = this.senders.map(({ name, message }) => `${name} with ${message}`).join(', ') || 'none'
    const ends = `${this.dropped ? ' The sender is gone.' : ''}${this.closed ? ' Closed.' : ''}`
    return `In the channel, which has room for ${this.room}: ${this.queue.join(', ') || 'nothing'}. ` +
      `Senders in line: ${line}. Receiver that waits: ${this.receiver ?? 'none'}.${ends}`
  }
}
