// The scenarios of the simulators, replayed with the simulators' models. Needs no site and no browser:
// node --test test/scenario_test.mjs. The tests of the steps replay the same files with the kernel and the
// library: 02.Scenario, 02.CloseScenario, 04.LoopScenario, 05.ChannelScenario, 05.PressureScenario.
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

const models = [
  ['02_epoll_module', Kernel],
  ['04_event_loop', Loop],
  ['05_async_runtime', Channel],
  ['02_epoll_module', Connection, 'close_scenarios'],
  ['05_async_runtime', Relay, 'pressure_scenarios'],
]
for (const [step, Model, kind = 'scenarios'] of models) {
  const folder = fileURLToPath(new URL(`../../${step}/tests/${kind}/`, import.meta.url))
  const names = readdirSync(folder)

  test(`${step} has ${kind}`, () => assert.ok(names.length >= 12))

  for (const name of names) {
    test(`the model behaves as ${step}: ${kind}/${name} says`, () => {
      const scenario = parse(readFileSync(folder + name, 'utf8'))
      const model = new Model()
      const seen = scenario.steps.map(({ step }) => `${step} -> ${model.run(step)}`)
      assert.deepEqual(seen, scenario.steps.map(({ step, result }) => `${step} -> ${result}`))
      assert.deepEqual(parse(write(scenario)), scenario)
    })
  }
}
