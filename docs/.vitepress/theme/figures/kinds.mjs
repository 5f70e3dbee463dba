// The subjects that have a simulator.
import { Kernel } from './epoll_model.mjs'
import EpollView from './EpollView.vue'
import { parse } from './scenario.mjs'

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
    save:
      'As a text, these steps are a scenario. Save it as 02_epoll_module/tests/scenarios/99_mine.scenario, and ' +
      'ctest -R Scenario asks the kernel whether it is true.',
    scenarios: read(
      import.meta.glob('../../../../02_epoll_module/tests/scenarios/*.scenario', { query: '?raw', import: 'default', eager: true }),
    ),
  },
}
