// The subjects that have a simulator.
import { Channel } from './channel_model.mjs'
import ChannelView from './ChannelView.vue'
import { Connection } from './close_model.mjs'
import CloseView from './CloseView.vue'
import { Kernel } from './epoll_model.mjs'
import EpollView from './EpollView.vue'
import { Loop } from './loop_model.mjs'
import LoopView from './LoopView.vue'
import { Relay } from './pressure_model.mjs'
import PressureView from './PressureView.vue'
import { parse } from './scenario.mjs'
import { Tasks } from './task_model.mjs'
import TaskView from './TaskView.vue'

/** name -> scenario, in the order of the numbers before the names. */
function read(files) {
  const texts = Object.entries(files).sort(([one], [other]) => (one < other ? -1 : 1))
  return new Map(texts.map(([path, text]) => [path.match(/\d+_(\w+)\.scenario$/)[1], parse(text)]))
}

export const kinds = {
  epoll: {
    title: 'epoll, step by step',
    Model: Kernel,
    View: EpollView,
    begin: ['open A 5'],
    ask: /^wait/, // before such a step, the figure asks what will happen
    judge: { folder: '02_epoll_module', test: '02.Scenario', by: 'the kernel' },
    scenarios: read(
      import.meta.glob('../../../../02_epoll_module/tests/scenarios/*.scenario', { query: '?raw', import: 'default', eager: true }),
    ),
  },
  loop: {
    title: 'the turns of an event loop, step by step',
    Model: Loop,
    View: LoopView,
    begin: ['source S'],
    ask: /^turn/,
    judge: { folder: '04_event_loop', test: '04.LoopScenario', by: 'the loop' },
    scenarios: read(
      import.meta.glob('../../../../04_event_loop/tests/scenarios/*.scenario', { query: '?raw', import: 'default', eager: true }),
    ),
  },
  channel: {
    title: 'a channel, step by step',
    Model: Channel,
    View: ChannelView,
    begin: ['channel 2'],
    ask: /^\w+ receives/,
    judge: { folder: '05_async_runtime', test: '05.ChannelScenario', by: 'the channel' },
    scenarios: read(
      import.meta.glob('../../../../05_async_runtime/tests/scenarios/*.scenario', { query: '?raw', import: 'default', eager: true }),
    ),
  },
  task: {
    title: 'the life of a task, step by step',
    Model: Tasks,
    View: TaskView,
    begin: ['spawn A: yield, sleep 1, return 7'],
    ask: /^resume/,
    judge: { folder: '05_async_runtime', scenarios: 'task_scenarios', test: '05.TaskScenario', by: 'the scheduler' },
    scenarios: read(
      import.meta.glob('../../../../05_async_runtime/tests/task_scenarios/*.scenario', { query: '?raw', import: 'default', eager: true }),
    ),
  },
  close: {
    title: 'the end of a TCP connection, step by step',
    Model: Connection,
    View: CloseView,
    begin: ['connect'],
    ask: /^(client|server)/,
    judge: { folder: '02_epoll_module', scenarios: 'close_scenarios', test: '02.CloseScenario', by: 'the kernel' },
    scenarios: read(
      import.meta.glob('../../../../02_epoll_module/tests/close_scenarios/*.scenario', { query: '?raw', import: 'default', eager: true }),
    ),
  },
  pressure: {
    title: 'back pressure, step by step',
    Model: Relay,
    View: PressureView,
    begin: ['relay'],
    ask: /^proxy/,
    judge: { folder: '05_async_runtime', scenarios: 'pressure_scenarios', test: '05.PressureScenario', by: 'the proxy' },
    scenarios: read(
      import.meta.glob('../../../../05_async_runtime/tests/pressure_scenarios/*.scenario', { query: '?raw', import: 'default', eager: true }),
    ),
  },
}
