// Pictures of the built site, for looking at: node test/shots.mjs FOLDER
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { drawn, openSite, visit, watchedPage } from './browser.mjs'
import { figures } from './figures.mjs'

const folder = process.argv[2]
if (!folder) {
  console.error('usage: node test/shots.mjs FOLDER')
  process.exit(2)
}
mkdirSync(folder, { recursive: true })

const { origin, browser, close } = await openSite()
const { page } = await watchedPage(browser, origin)
const shot = async (name, options = {}) => {
  await page.screenshot({ path: join(folder, `${name}.png`), ...options })
  console.log(name)
}
/** The first element of this kind that the page has, in the middle of the picture. */
const shotAt = async (name, selector) => {
  const element = await page.$(selector)
  if (!element) return console.log(`${name}: nothing matches ${selector}`)
  await element.evaluate((one) => one.scrollIntoView({ block: 'center' }))
  await drawn(page)
  await shot(name)
}

await visit(page, `${origin}/`)
await shot('home')
await shot('home_whole', { fullPage: true })
for (const name of process.argv.slice(3).length ? process.argv.slice(3) : ['io_models', 'epoll', 'coroutines']) {
  await visit(page, `${origin}/${name}.html`)
  await shot(`${name}_top`)
  await shotAt(`${name}_diagram`, '.vp-doc .mermaid, .vp-doc img')
  await shotAt(`${name}_code`, '.vp-doc div[class*="language-"]')
  await page.evaluate(() => document.querySelectorAll('.vp-doc details').forEach((one) => (one.open = true)))
  await shotAt(`${name}_fold`, '.vp-doc details')
}

await page.click('.VPNavBarSearch button')
await page.fill('#localsearch-input', 'EPOLLONESHOT')
await page.waitForSelector('.VPLocalSearchBox .result')
await page.waitForTimeout(500)
await shot('search')
await page.keyboard.press('Escape')

await page.setViewportSize({ width: 375, height: 740 })
await visit(page, `${origin}/`)
await shot('phone_home')
await visit(page, `${origin}/epoll.html`)
await shot('phone_top')
await shotAt('phone_diagram', '.vp-doc .mermaid, .vp-doc img')
await shotAt('phone_table', '.vp-doc table')

await page.setViewportSize({ width: 1280, height: 900 })
await page.evaluate(() => localStorage.setItem('vitepress-theme-appearance', 'dark'))
await visit(page, `${origin}/`)
await shot('dark_home')
await visit(page, `${origin}/io_models.html`)
await page.waitForTimeout(500)
await shot('dark_top')
await shotAt('dark_diagram', '.vp-doc .mermaid')
await shotAt('dark_code', '.vp-doc div[class*="language-"]')

// All drawn figures, as wide as a phone shows them.
const pictures = figures.map(({ svg }) => `<img width="360" src="data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}">`)
for (const [scheme, ground] of [['light', '#fff'], ['dark', '#1b1b1f']]) {
  await page.setContent(`<body style="background: ${ground}; color-scheme: ${scheme}">${pictures.join('\n')}</body>`)
  await shot(`figures_${scheme}`, { fullPage: true })
}
await close()
