// The scenarios of the simulators, replayed with the simulators' models. Needs no site and no browser:
// node --test test/scenario_test.mjs. The tests of the steps replay the same files with the kernel and the
// library: 02.Scenario, 02.CloseScenario, 04.LoopScenario, 05.ChannelScenario, 05.PressureScenario, 05.TaskScenario.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

import { Channel } from '../.vitepress/theme/figures/channel_model.mjs'
import { Connection } from '../.vitepress/theme/figures/close_model.mjs'
import { Kernel } from '../.vitepress/theme/figures/epoll_model.mjs'
import { Loop } from '../.vitepress/theme/figures/loop_model.mjs'
import { Relay } from '../.vitepress/theme/figures/pressure_model.mjs'
import { parse, write } from '../.vitepress/theme/figures/scenario.mjs'
import { Tasks } from '../.vitepress/theme/figures/task_model.mjs'

const models = [
  ['02_epoll_module/tests/scenarios', Kernel],
  ['04_event_loop/tests/scenarios', Loop],
  ['05_async_runtime/tests/scenarios', Channel],
  ['05_async_runtime/tests/task_scenarios', Tasks],
  ['02_epoll_module/tests/close_scenarios', Connection],
  ['05_async_runtime/tests/pressure_scenarios', Relay],
]
for (const [place, Model] of models) {
  const folder = fileURLToPath(new URL(`../../${place}/`, import.meta.url))
  const names = readdirSync(folder)

  test(`${place} has scenarios`, () => assert.ok(names.length >= 12))

  for (const name of names) {
    test(`the model behaves as ${place}/${name} says`, () => {
      const scenario = parse(readFileSync(folder + name, 'utf8'))
      const model = new Model()
      const seen = scenario.steps.map(({ step }) => `${step} -> ${model.run(step)}`)
      assert.deepEqual(seen, scenario.steps.map(({ step, result }) => `${step} -> ${result}`))
      assert.deepEqual(parse(write(scenario)), scenario)
    })
  }
}
