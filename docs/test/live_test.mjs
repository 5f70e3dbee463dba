// The live view of http_server (build/release), in a browser: a client that hangs is seen beside 64 others.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'

import { docs, openBrowser, watchedPage } from './browser.mjs'

const bin = join(docs, '..', 'build', 'release', 'bin')
const lineOf = async (program) => (await once(program.stdout, 'data')).toString()

test('the page shows the task that hangs, in words, on a phone, in the dark, and by keyboard', async (context) => {
  const server = spawn(join(bin, 'http_server'), ['0', '--live'])
  context.after(() => server.kill())
  const port = /listening on 127\.0\.0\.1:(\d+)/.exec(await lineOf(server))[1]
  const origin = `http://127.0.0.1:${port}`
  const load = spawn(join(bin, 'load'), ['http', `127.0.0.1:${port}`, '--rate', '2000', '--seconds', '100'])
  context.after(() => load.kill())
  const hung = connect(port, '127.0.0.1')
  context.after(() => hung.destroy())
  hung.pause()
  hung.write('GET /stream?bytes=1000000000 HTTP/1.1\r\nHost: a\r\n\r\n') // and reads nothing

  const { browser, close } = await openBrowser()
  context.after(close)
  const { page, wrong } = await watchedPage(browser, origin)
  await page.setViewportSize({ width: 360, height: 740 })
  await page.goto(`${origin}/live`, { waitUntil: 'domcontentloaded' })
  const item = page.locator('li', { hasText: /#\d+ spawned.*site\.cpp:/, has: page.locator(':scope > .late') })
  await page.locator('#words', { hasText: 'events a second' }).waitFor({ timeout: 20_000 })
  await item.last().waitFor({ timeout: 20_000 })
  if (process.env.SHOTS) {
    for (const [colorScheme, width] of [['light', 1000], ['dark', 1000], ['light', 360]]) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 900 })
      await page.screenshot({ path: join(process.env.SHOTS, `live-${colorScheme}-${width}.png`), fullPage: true })
    }
  }
  assert.match(await item.last().textContent(), /waits at http_service\.cpp:\d+ .*site\.cpp:\d+.* for [\d.]+ s$/)
  assert.ok(await page.locator('li', { hasText: /^\d+ tasks, #\d+ to #\d+, spawned/ }).count(), 'they share a line')
  // The 64, the one that hangs, the page's, and perhaps one that the browser keeps in reserve.
  const words = /^1 thread, \d+ tasks, 6[67] connections: .* [1-9][\d,]* turns and [1-9][\d,]* events a second\. 99 % .* 1 task marked/
  assert.match(await page.locator('#words').textContent(), words)
  assert.match(await page.locator('#calls').textContent(), /^Thread 0: in [\d.]+ m?s, .*recv [1-9]/)
  assert.match(await page.getByRole('status').textContent(), /^1 thread, /)
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'it fits a phone')
  for (const [colorScheme, colour] of [['dark', 'rgb(255, 255, 255)'], ['light', 'rgb(0, 0, 0)']]) {
    await page.emulateMedia({ colorScheme })
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).color), colour)
  }
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  assert.equal(await page.getByRole('button', { name: 'Pause', pressed: true }).count(), 1)
  server.kill('SIGKILL') // what the page says then is due after three seconds without a report
  await page.getByText(/No report for/).waitFor({ timeout: 20_000 })
  assert.deepEqual(wrong.filter((what) => !/ERR_|request failed/.test(what)), [])
})
