// The page that live.cpp sends: it requests nothing but the events.
#pragma once

#include <string_view>

namespace examples {

inline constexpr std::string_view kLivePage = R"html(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>A running server</title>
<style>
  :root { color-scheme: light dark; --bar: #3b6ea5; --soft: #8884; --late: #b3400e; }
  @media (prefers-color-scheme: dark) { :root { --bar: #7fb0e6; --late: #ffa06b; } }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
  h1, h2 { line-height: 1.2; margin: 1.5rem 0 .5rem; font-size: 1.2rem; }
  h1 { margin-top: 0; font-size: 1.5rem; }
  button { font: inherit; padding: .3rem 1rem; }
  table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
  th, td { text-align: right; padding: .1rem .5rem; border-bottom: 1px solid var(--soft); }
  th:first-child, td:first-child { text-align: left; padding-left: 0; }
  td.bar { width: 60%; text-align: left; }
  td.bar div { background: var(--bar); height: .8rem; min-width: 1px; }
  ul { list-style: none; padding-left: 1.2rem; margin: 0; border-left: 2px solid var(--soft); }
  li { overflow-wrap: anywhere; margin: .2rem 0; }
  .late { color: var(--late); font-weight: bold; }
  .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .scroll { overflow-x: auto; }
</style>
<h1>A running server</h1>
<p id="words">Waiting for the first report.</p>
<p role="status" class="unseen" id="spoken"></p>
<p><button id="pause" aria-pressed="false">Pause</button></p>
<main>
  <h2>Threads</h2>
  <div class="scroll" tabindex="0" role="region" aria-label="Threads"><table id="threads"></table></div>
  <p>Busy: the share of the time in which the loop did not wait.</p>
  <h2>Connections, by what they are doing</h2>
  <table id="phases"></table>
  <h2>System calls</h2>
  <p>Counted while this page is open, and at most a thousand of each second.</p>
  <ul id="calls"></ul>
  <h2>How long the turns of the loop took, in the last ten seconds</h2>
  <p>Whatever becomes ready during a turn waits until it ends.</p>
  <table id="turns"></table>
  <h2>Tasks</h2>
  <p>A task stands below the one that spawned it; a connection's task begins with its phase. Tasks that wait at
    the same place share a line. <span class="late">Marked</span>: longer than a second at one place in a request
    or an answer.</p>
  <div id="tasks"></div>
</main>
<script>
'use strict'
const byId = id => document.getElementById(id)
const many = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const count = (number, noun) => `${many.format(number)} ${noun}${number === 1 ? '' : 's'}`
const sum = numbers => numbers.reduce((a, b) => a + b, 0)
const seconds = s => s < 0.01 ? `${many.format(s * 1e6)} µs` : s < 1 ? `${many.format(s * 1e3)} ms` : s < 10 ? `${s.toFixed(2)} s` : `${many.format(s)} s`
const limit = bucket => bucket < 10 ? `${2 ** bucket} µs` : bucket < 20 ? `${2 ** (bucket - 10)} ms` : '1 s'
const make = (tag, text, className) => {
  const element = document.createElement(tag)
  if (text !== undefined) element.textContent = text
  if (className) element.className = className
  return element
}
const table = (id, head, rows) => {
  const all = [head, ...rows].map((cells, at) => {
    const row = make('tr')
    for (const cell of cells) row.append(cell instanceof Node ? cell : make(at ? 'td' : 'th', cell))
    return row
  })
  byId(id).replaceChildren(...all)
}

const reports = []  // of the last ten seconds, the newest last
let lastWords = -Infinity
let lastNews = performance.now()

// What happened between the first and the last of the reports, for each thread.
function changes() {
  const [first, last] = [reports[0], reports.at(-1)]
  return last.threads.map((now, i) => {
    const before = first.threads[i]
    if (!now || !before) return null
    const span = last.at - first.at || 1
    return {
      rate: name => (now[name] - before[name]) / span,
      turns: now.turn_times.map((number, bucket) => number - before.turn_times[bucket])
    }
  })
}

// The tasks as a tree; children that have none themselves and wait at the same place are one node.
function tree(list) {
  const root = { children: [] }
  const path = [root]
  for (const task of list) {
    const doing = task.phase ? `${task.phase}, ` : ''
    const node = { text: `spawned at ${task.spawned_at}: ${doing}${task.state}`, tasks: [task], children: [] }
    path.length = task.depth + 1
    path.at(-1).children.push(node)
    path.push(node)
  }
  const merge = node => {
    const kinds = new Map()
    node.children = node.children.filter(child => {
      merge(child)
      const kind = kinds.get(child.text)
      if (child.children.length || !kind) {
        if (!child.children.length) kinds.set(child.text, child)
        return true
      }
      kind.tasks.push(...child.tasks)
      return false
    })
  }
  merge(root)
  return root
}
const isLate = task => task.waited > 1 && /^(head|body|answering|writing)$/.test(task.phase)
function show(node) {
  const list = make('ul')
  for (const child of node.children) {
    const waits = child.tasks.map(task => task.waited).filter(wait => wait !== null)
    const longest = Math.max(...waits)
    const name = child.tasks.length === 1 ? `#${child.tasks[0].id}`
      : `${count(child.tasks.length, 'task')}, #${child.tasks[0].id} to #${child.tasks.at(-1).id},`
    const item = make('li', `${name} ${child.text}`)
    if (waits.length) {
      item.append(' for ', make('span', (waits.length > 1 ? 'up to ' : '') + seconds(longest),
        child.tasks.some(isLate) ? 'late' : ''))
    }
    if (child.children.length) item.append(show(child))
    list.append(item)
  }
  return list
}

function words(threads, phases, turns, differences) {
  const rate = name => many.format(sum(differences.map(d => d ? d.rate(name) : 0)))
  const all = sum(turns)
  let below = 0
  const slow = turns.findIndex(number => (below += number) >= 0.99 * all)
  const silent = threads.filter(thread => !thread).length
  const live = threads.filter(Boolean)
  const late = sum(live.map(thread => thread.list.filter(isLate).length))
  const busy = Object.entries(phases).filter(([, number]) => number)
  return [
    `${count(threads.length, 'thread')}, ${count(sum(live.map(t => t.tasks)), 'task')}, ` +
      `${count(sum(live.map(t => t.connections)), 'connection')}` +
      (busy.length ? `: ${busy.map(([name, number]) => `${number} ${name}`).join(', ')}.` : '.'),
    reports.length < 2 ? '' : `${rate('turns')} turns and ${rate('events')} events a second.`,
    all ? `99 % of the turns took ${slow < turns.length - 1 ? 'at most' : 'longer than'} ${limit(Math.min(slow, 20))}.` : '',
    late ? `${count(late, 'task')} marked below.` : '',
    silent ? `${count(silent, 'thread')} did not answer within a second.` : ''
  ].filter(Boolean).join(' ')
}

function render() {
  const { threads } = reports.at(-1)
  const differences = changes()
  const phases = {}
  for (const thread of threads)
    for (const [name, number] of Object.entries(thread?.phases ?? {}))
      phases[name] = (phases[name] ?? 0) + number
  const turns = differences.reduce(
    (all, d) => d ? d.turns.map((number, i) => number + (all[i] ?? 0)) : all, [])
  table('threads', ['thread', 'connections', 'tasks', 'busy', 'turns/s', 'events/s', 'runs of tasks/s', 'buffers, KiB'],
    threads.map((thread, i) => !thread || !differences[i] ? [i, make('td', 'does not answer', 'late')]
      : [i, thread.connections, thread.tasks,
        ...reports.length < 2 ? ['', '', '', ''] : [`${many.format(100 * differences[i].rate('busy'))} %`,
          ...['turns', 'events', 'resumed'].map(name => many.format(differences[i].rate(name)))],
        many.format(thread.memory / 1024)]))
  table('phases', ['phase', 'connections'], Object.entries(phases))
  byId('calls').replaceChildren(...threads.map((thread, i) => {
    const calls = Object.entries(thread?.calls ?? {}).sort(([, [a]], [, [b]]) => b - a)
      .map(([name, [made, failed]]) => `${name} ${many.format(made)}` + (failed ? ` (${failed} failed)` : ''))
    return make('li', `Thread ${i}: ` + (calls.length ? `in ${seconds(thread.counted_for)}, ${calls.join(', ')}` : 'not counted'))
  }))
  const most = Math.max(1, ...turns)
  const used = turns.findLastIndex(number => number)
  table('turns', ['at most', 'turns', make('th')], turns.slice(0, used + 1).map((number, bucket) => {
    const cell = make('td', undefined, 'bar')
    const bar = make('div')
    bar.style.width = `${100 * number / most}%`
    if (number) cell.append(bar)
    return [bucket === turns.length - 1 ? 'longer' : limit(bucket), many.format(number), cell]
  }))
  byId('tasks').replaceChildren(...threads.flatMap((thread, i) => !thread ? [] : [
    make('h3', `Thread ${i}: ${count(thread.tasks, 'task')}`), show(tree(thread.list)),
    ...thread.tasks > thread.list.length ? [make('p', `The first ${thread.list.length} are shown.`)] : []
  ]))
  byId('words').textContent = words(threads, phases, turns, differences)
  if (reports.length > 1 && performance.now() - lastWords > 20_000) {  // not every second: it is read aloud
    byId('spoken').textContent = byId('words').textContent
    lastWords = performance.now()
  }
}

const pressed = () => byId('pause').getAttribute('aria-pressed') === 'true'
byId('pause').onclick = () => {
  byId('pause').setAttribute('aria-pressed', String(!pressed()))
  if (!pressed() && reports.length) render()
}
const events = new EventSource('/live/events')
events.onmessage = message => {
  reports.push(JSON.parse(message.data))
  if (reports.length > 11) reports.shift()
  lastNews = performance.now()
  if (!pressed()) render()
}
events.onerror = () => { reports.length = 0 }  // another server may answer next
setInterval(() => {
  const silence = (performance.now() - lastNews) / 1000
  if (silence < 3) return
  byId('words').textContent = `No report for ${seconds(silence)}: the server has ended, or a task holds up its loop.`
  byId('spoken').textContent = 'The server does not report any more.'
  lastWords = -Infinity
}, 1000)
</script>
)html";

}  // namespace examples
