// What event_loop::EventLoop of step 04 does in its turns, on top of the model of epoll. A test replays the
// scenarios of 04_event_loop/tests/scenarios/ with this model, and LoopScenario replays them with the class.
//
//   const loop = new Loop()
//   loop.run('source S')          // 'ok'
//   loop.run('when S defer D')    // from now on, the callback of S defers D
//   loop.run('S sends')           // a byte has arrived for S
//   loop.run('turn')              // 'event S, deferred D'
import { Kernel } from './epoll_model.mjs'

const waker = 0 // the descriptor of the eventfd; those of the sources follow

/** The steps that there are; a callback may do the same, apart from `turn`. */
const verbs = {
  source: (loop, name) => loop.add(name),
  remove: (loop, name) => loop.remove(name),
  set: (loop, name, when) => loop.set(name, when === 'due'),
  cancel: (loop, name) => loop.cancel(name),
  post: (loop, name) => loop.post(name),
  defer: (loop, name) => loop.defer(name),
  when: (loop, name, ...step) => loop.when(name, step.join(' ')),
  turn: (loop) => loop.turn(),
}

export class Loop {
  kernel = new Kernel()
  sources = [] // names; the number of a descriptor is the place here and 1
  removed = new Set()
  timers = [] // { name, due }, in the order in which they were set
  posted = []
  deferred = []
  actions = new Map() // name -> what its callback does
  log = [] // what has run in this turn

  constructor() {
    this.kernel.open('waker', waker)
    this.kernel.add(waker, ['IN'])
  }

  run(step) {
    const [first, ...rest] = step.split(' ')
    if (verbs[first]) return verbs[first](this, ...rest)
    if (!this.sources.includes(first) || rest[0] !== 'sends') throw new Error(`this step is not known: ${step}`)
    return this.kernel.run(`${first} sends 1`)
  }

  add(name) {
    if (this.sources.includes(name)) return 'in use'
    this.sources.push(name)
    this.kernel.open(name, this.sources.length)
    return this.kernel.add(this.sources.length, ['IN'])
  }
  remove(name) {
    this.kernel.remove(this.sources.indexOf(name) + 1)
    this.removed.add(name)
    return 'ok'
  }
  /** Setting a timer again moves it. */
  set(name, due) {
    this.cancel(name)
    this.timers.push({ name, due })
    return 'ok'
  }
  cancel(name) {
    this.timers = this.timers.filter((timer) => timer.name !== name)
    return 'ok'
  }
  /** Only the first of several posts wakes the loop. */
  post(name) {
    this.posted.push(name)
    if (this.posted.length === 1) this.kernel.run('waker sends 1')
    return 'ok'
  }
  defer(name) {
    this.deferred.push(name)
    return 'ok'
  }
  when(name, step) {
    this.actions.set(name, [...(this.actions.get(name) ?? []), step])
    return 'ok'
  }

  call(kind, name) {
    this.log.push(`${kind} ${name}`)
    for (const step of this.actions.get(name) ?? []) this.run(step)
  }
  turn() {
    this.log = []
    const events = this.kernel.wait(Infinity)
    const batch = events === '-' ? [] : events.split(', ').map((event) => parseInt(event))
    let woken = false
    for (const fd of batch) {
      const name = this.sources[fd - 1]
      if (fd === waker) woken = this.kernel.read(waker, Infinity) !== 'EAGAIN'
      else if (!this.removed.has(name)) {
        this.kernel.read(fd, 1)
        this.call('event', name)
      }
    }
    // A timer that is set while timers fire waits for the next turn.
    const due = this.timers.filter((timer) => timer.due)
    for (const timer of due) {
      if (!this.timers.includes(timer)) continue // an earlier one has cancelled or moved it
      this.cancel(timer.name)
      this.call('timer', timer.name)
    }
    if (woken) for (const name of this.posted.splice(0)) this.call('posted', name)
    for (const name of this.deferred.splice(0)) this.call('deferred', name)
    return this.log.join(', ') || '-'
  }

  /** What a reader who does not see the figure is told after each step. */
  summary() {
    const { timers, posted, deferred } = this
    const parts = [
      ['Unread', this.sources.map((name) => `${name} ${this.kernel.files.get(name).unread}`)],
      ['Timers', timers.map(({ name, due }) => `${name} ${due ? 'due' : 'later'}`)],
      ['Posted', posted],
      ['Deferred', deferred],
    ]
    return parts.map(([what, names]) => `${what}: ${names.join(', ') || 'none'}.`).join(' ')
  }
}
