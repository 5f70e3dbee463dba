// What a task of step 05 goes through, from its spawn to its end. A test replays the scenarios of
// 05_async_runtime/tests/task_scenarios/ with this model, and TaskScenario replays them with an
// async::Scheduler. A body is a generator here, which is JavaScript's coroutine.
//
//   const tasks = new Tasks()
//   tasks.run('spawn A: sleep 2, return 7')   // 'ok': A is ready
//   tasks.run('resume')                       // 'A: sleep 2 (parked)'
//   tasks.run('advance 2')                    // '1 timer': A is ready again
//   tasks.run('resume')                       // 'A: sleep 2 (done), ends (7)'

const done = { text: 'done' }
const failure = (text) => ({ text, failed: true })

/** What a task can wait for: `attempt` gives the outcome, or nothing if it would wait; `park` puts the task
 *  where it will be woken from, or gives the reason why it cannot wait; `leave` undoes that. */
const operations = {
  sleep(model, task, hours) {
    const timer = { task, due: model.now + Number(hours) }
    return {
      attempt: () => timer.fired && done,
      park: () => void model.timers.push(timer),
      leave: () => (model.timers = model.timers.filter((other) => other !== timer)),
    }
  },
  wait(model, task, name) {
    const event = model.event(name)
    return {
      attempt: () => event.isSet && done,
      park: () => void event.line.push(task),
      leave: () => (event.line = event.line.filter((other) => other !== task)),
    }
  },
  yield(model, task) {
    let yielded = false
    return {
      attempt: () => yielded && done,
      park() {
        yielded = true
        model.wake(task)
      },
    }
  },
  join(model, task, name) {
    const other = model.held(name)
    return {
      attempt() {
        if (!other) return failure('no task')
        if (other.phase !== 'over') return other === task && failure('itself')
        const outcome = other.taken ? failure('cancelled') : other.outcome
        other.taken = true
        return outcome
      },
      park() {
        if (other.joiner) return failure('already waiting')
        other.joiner = task
      },
      leave() {
        if (other?.joiner === task) other.joiner = null
      },
    }
  },
  shield(model, task, body) {
    const shield = { name: `the shield of ${task.name}`, body: [body], joiner: task, isShield: true }
    model.start(shield)
    return {
      attempt: () => shield.phase === 'over' && done,
      park: () => {},
      unstoppable: true,
    }
  },
}
const acts = ['spawn', 'cancel', 'drop', 'set'] // what a step can do, and a task as well

export class Tasks {
  now = 0 // in hours
  tasks = new Map() // name -> task; its phase: written, ready, parked, over
  ready = [] // tasks, the next one first
  timers = [] // { task, due }
  events = new Map() // name -> { isSet, line }
  latest = null // the task that the last step has resumed
  log = [] // what it has done
  reported = false // the exception of a task, in the last step

  run(step) {
    const [, verb, name, body] = step.match(/^(\w+)(?: (\w+))?(?:: (.+))?$/) ?? []
    if (![...acts, 'task', 'advance', 'resume'].includes(verb)) throw new Error(`this step is not known: ${step}`)
    this.latest = null
    this.reported = false
    return this[verb](name, body)
  }

  /** Writes down what a task is to do. */
  task(name, body) {
    if (this.spawned(name)) return 'in use'
    this.tasks.set(name, { name, body: body.split(', '), phase: 'written' })
    return 'ok'
  }
  spawn(name, body) {
    if (this.spawned(name)) return 'in use'
    if (body || !this.tasks.has(name)) this.task(name, body ?? 'return done')
    this.start(this.tasks.get(name))
    return 'ok'
  }
  start(task) {
    this.tasks.set(task.name, task)
    task.steps = this.work(task)
    task.phase = 'parked'
    this.wake(task)
  }
  cancel(name) {
    const task = this.held(name)
    if (!task || task.phase === 'over' || task.stop) return '-'
    task.stop = true
    this.wake(task)
    return 'asked to stop'
  }
  /** The handle of the task is dropped. */
  drop(name) {
    const task = this.held(name)
    if (task) task.dropped = true
    this.report(task)
    return this.reported ? 'reported' : 'ok'
  }
  set(name) {
    const event = this.event(name)
    event.isSet = true
    for (const task of event.line.splice(0)) this.wake(task)
    return 'ok'
  }
  advance(hours) {
    this.now += Number(hours)
    const due = this.inOrder().filter((timer) => timer.due <= this.now)
    this.timers = this.timers.filter((timer) => !due.includes(timer))
    for (const timer of due) {
      timer.fired = true
      this.wake(timer.task)
    }
    return due.length ? `${due.length} timer${due.length > 1 ? 's' : ''}` : '-'
  }

  event(name) {
    if (!this.events.has(name)) this.events.set(name, { isSet: false, line: [] })
    return this.events.get(name)
  }
  spawned(name) {
    return (this.tasks.get(name)?.phase ?? 'written') !== 'written'
  }
  /** The task, if there still is a handle for it. */
  held(name) {
    const task = this.tasks.get(name)
    return this.spawned(name) && !task.dropped ? task : undefined
  }
  inOrder() {
    return [...this.timers].sort((one, other) => one.due - other.due) // due at the same time: as they were set
  }

  /** A task that is ready or runs is not put on the list again. */
  wake(task) {
    if (task?.phase !== 'parked') return
    task.phase = 'ready'
    this.ready.push(task)
  }
  /** The first task of the list has its turn, which lasts until it is parked or over. */
  resume() {
    const task = this.ready.shift()
    if (!task) return '-'
    this.latest = task
    this.log = []
    task.phase = 'running'
    const { value, done: isOver } = task.steps.next()
    if (isOver) this.end(task, value)
    if (task.isShield) return `shield (${isOver ? 'ended' : 'parked'})`
    if (value === 'again') return '(still parked)'
    if (!isOver) this.log.push(`${task.body[task.at]} (parked)`)
    if (this.reported) this.log.push('reported')
    return `${task.name}: ${this.log.join(', ')}`
  }
  /** Once there is no handle for it, the exception of a task can be taken by no other task. */
  report(task) {
    this.reported ||= Boolean(task?.dropped && task.outcome?.exception && !task.taken)
  }
  end(task, outcome) {
    task.phase = 'over'
    task.outcome = outcome
    this.wake(task.joiner)
    this.report(task)
    this.log.push(`ends (${outcome.text})`)
  }

  /** The body of a task. */
  *work(task) {
    for (const [at, text] of task.body.entries()) {
      task.at = at
      const [, tries, verb, rest] = text.match(/^(try )?(\w+) ?(.*)$/)
      if (verb === 'return') return { text: rest }
      if (verb === 'throw') return { ...failure('exception'), exception: true }
      if (acts.includes(verb)) {
        this[verb](rest)
        this.log.push(text)
        continue
      }
      const outcome = yield* this.wait(task, operations[verb](this, task, rest))
      this.log.push(`${text} (${outcome.text})`)
      if (outcome.failed && !tries) return outcome
    }
    return done
  }
  /** What an operation does, as class Waiter has it: a request to stop is looked at before the first attempt,
   *  and after the others. */
  *wait(task, { attempt, park, leave, unstoppable }) {
    const stopped = () => task.stop && !unstoppable && failure('cancelled')
    let outcome = stopped() || attempt()
    let again
    while (!outcome) {
      task.phase = 'parked'
      outcome = park()
      if (outcome) break
      yield again
      again = 'again'
      outcome = attempt() || stopped()
    }
    leave?.()
    return outcome
  }

  /** The state of a task, in words. */
  state({ phase, at, body, stop, outcome, taken, dropped }) {
    const words = { written: 'not spawned', ready: 'ready', parked: `parked in ${body[at]}`, over: '' }[phase]
    const parts = [words || `over: ${outcome.text}`]
    if (phase === 'ready' && at === undefined) parts.push('has not run')
    if (stop) parts.push('asked to stop')
    if (taken) parts.push('result taken')
    if (dropped) parts.push('no handle')
    return parts.join(', ')
  }
  /** What a reader who does not see the figure is told after each step. */
  summary() {
    const parts = [
      ['Tasks', [...this.tasks.values()].map((task) => `${task.name} ${this.state(task)}`)],
      ['Ready', this.ready.map(({ name }) => name)],
      [`Timers, at ${this.now}`, this.inOrder().map(({ task, due }) => `${task.name} at ${due}`)],
    ]
    return parts.map(([what, names]) => `${what}: ${names.join('; ') || 'none'}.`).join(' ')
  }
}
