// What the kernel does for one process with one epoll instance and stream sockets (Unix socket pairs, because
// there a byte that is sent has arrived). No page and no framework in here: a test replays the scenarios of
// 02_epoll_module/tests/scenarios/ with this model, and ScenarioTest replays them with the kernel.
//
//   const kernel = new Kernel()
//   kernel.run('open A 5')        // 'ok'
//   kernel.run('add 5 IN ET')     // 'ok'
//   kernel.run('A sends 10')      // 'ok'
//   kernel.run('wait')            // '5 IN'

/** In the order in which they are shown. */
const flagNames = ['IN', 'OUT', 'ERR', 'HUP', 'RDHUP']
const options = ['ET', 'ONESHOT']
const ordered = (names, flags) => names.filter((name) => flags.has(name))

/** The steps that there are. The peer of a connection acts under the connection's name. */
export const verbs = {
  open: (kernel, name, fd) => kernel.open(name, Number(fd)),
  add: (kernel, fd, ...flags) => kernel.add(Number(fd), flags),
  mod: (kernel, fd, ...flags) => kernel.modify(Number(fd), flags),
  del: (kernel, fd) => kernel.remove(Number(fd)),
  read: (kernel, fd, size) => kernel.read(Number(fd), Number(size)),
  fill: (kernel, fd) => kernel.fill(Number(fd)),
  dup: (kernel, fd, copy) => kernel.duplicate(Number(fd), Number(copy)),
  close: (kernel, fd) => kernel.close(Number(fd)),
  wait: (kernel, room = Infinity) => kernel.wait(Number(room)),
  list: (kernel) => kernel.list(),
}

export class Kernel {
  files = new Map() // name -> open file: our end of a connection
  descriptors = new Map() // number -> open file
  interest = [] // entries { file, fd, flags, asleep }, in the order in which they were added
  ready = [] // the entries that the next wait looks at, head first

  run(step) {
    const [first, ...rest] = step.split(' ')
    if (verbs[first]) return verbs[first](this, ...rest)
    const file = this.files.get(first)
    const act = { sends: 'arrive', ends: 'end', closes: 'hangUp', takes: 'drain' }[rest[0]]
    if (!file || !act) throw new Error(`this step is not known: ${step}`)
    return this[act](file, Number(rest[1]))
  }

  // Descriptors and connections.

  open(name, fd) {
    if (this.files.has(name) || this.descriptors.has(fd)) return 'in use'
    const file = { name, unread: 0, full: false, ended: false, hungUp: false, error: false, closed: false }
    this.files.set(name, file)
    this.descriptors.set(fd, file)
    return 'ok'
  }
  duplicate(fd, copy) {
    if (!this.descriptors.has(fd)) return 'EBADF'
    if (this.descriptors.has(copy)) return 'in use'
    this.descriptors.set(copy, this.descriptors.get(fd))
    return 'ok'
  }
  /** An entry belongs to the open file, and goes with the last descriptor of it. */
  close(fd) {
    const file = this.descriptors.get(fd)
    if (!file) return 'EBADF'
    this.descriptors.delete(fd)
    if ([...this.descriptors.values()].includes(file)) return 'ok'
    file.closed = true
    for (const entry of this.interest.filter((one) => one.file === file)) this.drop(entry)
    return 'ok'
  }
  read(fd, size) {
    const file = this.descriptors.get(fd)
    if (!file) return 'EBADF'
    const count = Math.min(size, file.unread)
    file.unread -= count
    if (count > 0) return String(count)
    if (file.error) {
      file.error = false
      return 'ECONNRESET'
    }
    return file.ended ? '0' : 'EAGAIN'
  }
  /** Writes until the kernel takes nothing more. */
  fill(fd) {
    const file = this.descriptors.get(fd)
    if (!file) return 'EBADF'
    if (file.hungUp) return 'EPIPE'
    file.full = true
    return 'EAGAIN'
  }

  // What the peer does. It wakes those that wait for this kind of event, and at the end all.

  arrive(file, count) {
    if (file.closed || file.ended) return 'EPIPE'
    file.unread += count
    this.wake(file, 'IN')
    return 'ok'
  }
  end(file) {
    file.ended = true
    this.wake(file)
    return 'ok'
  }
  hangUp(file) {
    if (file.full) file.error = true // it closes without having read all
    Object.assign(file, { full: false, ended: true, hungUp: true })
    this.wake(file)
    return 'ok'
  }
  drain(file) {
    if (file.full) this.wake(file, 'OUT')
    file.full = false
    return 'ok'
  }

  // epoll.

  /** What is true of a file now. */
  poll(file) {
    const now = { IN: file.unread > 0 || file.ended, OUT: !file.full, ERR: file.error, HUP: file.hungUp, RDHUP: file.ended }
    return new Set(flagNames.filter((name) => now[name]))
  }
  /** The part of it that an entry reports. ERR and HUP cannot be declined. */
  reports(entry) {
    const now = this.poll(entry.file)
    return ordered(flagNames, now).filter((name) => !entry.asleep && (entry.flags.has(name) || /^(ERR|HUP)$/.test(name)))
  }
  /** The callback in the wait queue of the file; the entry that was added last comes first. */
  wake(file, kind) {
    for (const entry of this.interest.filter((one) => one.file === file).reverse()) {
      if (!entry.asleep && (!kind || entry.flags.has(kind))) this.enqueue(entry)
    }
  }
  enqueue(entry) {
    if (!this.ready.includes(entry)) this.ready.push(entry)
  }
  drop(entry) {
    this.interest = this.interest.filter((one) => one !== entry)
    this.ready = this.ready.filter((one) => one !== entry)
  }
  find(fd) {
    return this.interest.find((one) => one.fd === fd && one.file === this.descriptors.get(fd))
  }
  add(fd, flags) {
    if (!this.descriptors.has(fd)) return 'EBADF'
    if (this.find(fd)) return 'EEXIST'
    const entry = { file: this.descriptors.get(fd), fd, flags: new Set(flags), asleep: false }
    this.interest.push(entry)
    if (this.reports(entry).length) this.enqueue(entry)
    return 'ok'
  }
  modify(fd, flags) {
    if (!this.descriptors.has(fd)) return 'EBADF'
    const entry = this.find(fd)
    if (!entry) return 'ENOENT'
    Object.assign(entry, { flags: new Set(flags), asleep: false })
    if (this.reports(entry).length) this.enqueue(entry)
    return 'ok'
  }
  remove(fd) {
    if (!this.descriptors.has(fd)) return 'EBADF'
    const entry = this.find(fd)
    if (!entry) return 'ENOENT'
    this.drop(entry)
    return 'ok'
  }
  /** Takes entries from the head and polls each once more. The data of an event is the number it was added as. */
  wait(room) {
    const events = []
    const again = []
    while (this.ready.length && events.length < room) {
      const entry = this.ready.shift()
      const flags = this.reports(entry)
      if (!flags.length) continue
      events.push([entry.fd, ...flags].join(' '))
      if (entry.flags.has('ONESHOT')) entry.asleep = true
      else if (!entry.flags.has('ET')) again.push(entry)
    }
    this.ready.push(...again)
    return events.join(', ') || '-'
  }
  /** "5 IN ET" */
  describe({ fd, flags, asleep }) {
    const shown = [...(asleep ? [] : ordered(flagNames, flags)), ...ordered(options, flags)]
    return [fd, ...shown, ...(asleep ? ['asleep'] : [])].join(' ')
  }
  /** What /proc/self/fdinfo says of an epoll descriptor. */
  list() {
    return this.interest.map((entry) => this.describe(entry)).sort().join(', ') || '-'
  }
  /** What a reader who does not see the figure is told after each step. */
  summary() {
    const open = [...this.files.values()].filter((file) => !file.closed)
    const unread = open.map(({ name, unread }) => `${name} ${unread}`).join(', ') || 'no connection'
    const ready = this.ready.map((entry) => entry.fd).join(', ') || 'empty'
    return `Unread bytes: ${unread}. Interest list: ${this.list().replace(/^-$/, 'empty')}. Ready list: ${ready}.`
  }
}
