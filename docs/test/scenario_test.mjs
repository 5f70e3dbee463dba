// The scenarios of the moving figures, replayed with the figures' models. Needs no site and no browser:
// node --test test/scenario_test.mjs. The same files are replayed with the kernel by ScenarioTest of step 02.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

import { Kernel } from '../.vitepress/theme/figures/epoll_model.mjs'
import { parse, write } from '../.vitepress/theme/figures/scenario.mjs'

const folder = fileURLToPath(new URL('../../02_epoll_module/tests/scenarios/', import.meta.url))
const names = readdirSync(folder).filter((name) => name.endsWith('.scenario'))

test('there are scenarios', () => assert.ok(names.length >= 12))

for (const name of names) {
  test(`the model behaves as ${name} says`, () => {
    const scenario = parse(readFileSync(folder + name, 'utf8'))
    const kernel = new Kernel()
    const seen = scenario.steps.map(({ step }) => `${step} -> ${kernel.run(step)}`)
    assert.deepEqual(seen, scenario.steps.map(({ step, result }) => `${step} -> ${result}`))
    assert.deepEqual(parse(write(scenario)), scenario)
  })
}
