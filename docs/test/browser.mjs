// The site as `./workbook docs --serve` serves it, and a headless browser that looks at it.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { chromium } from 'playwright-core'

export const docs = fileURLToPath(new URL('..', import.meta.url))

/** The command that serves the book: it builds the site if it is stale. Returns the address and a function that
 *  ends it. */
async function serve() {
  const server = spawn(join(docs, '..', 'workbook'), ['docs', '--serve', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  for await (const text of server.stdout) {
    printed += text
    const origin = printed.match(/ (http:\/\/127\.0\.0\.1:\d+)\/.*\n/)?.[1]
    if (origin) return { origin, end: () => server.kill() }
  }
  throw new Error(`the site is not served:\n${printed}`)
}

/** A browser; `close` ends it and removes its folder. */
export async function openBrowser() {
  const folder = mkdtempSync(join(tmpdir(), 'workbook-browser-'))
  const browser = await chromium.launchPersistentContext(folder, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    viewport: { width: 1280, height: 900 },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  const close = async () => {
    await browser.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { browser, close }
}

/** Site and browser together; `close` ends both. */
export async function openSite() {
  const { origin, end } = await serve()
  const { browser, close } = await openBrowser()
  return { origin, browser, close: () => close().then(end) }
}

/** A new page that notes whatever goes wrong while it is used. */
export async function watchedPage(browser, origin) {
  const page = await browser.newPage()
  const wrong = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) wrong.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => wrong.push(`exception: ${error.message}`))
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== origin) {
      wrong.push(`request to another host: ${request.url()}`)
    }
  })
  page.on('requestfailed', (request) => {
    // A prefetch that is dropped because the next page is opened is no failure.
    const why = request.failure()?.errorText
    if (why !== 'net::ERR_ABORTED') wrong.push(`request failed: ${request.url()} ${why}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) wrong.push(`${response.status()}: ${response.url()}`)
  })
  return { page, wrong }
}

/** Waits until every drawing is drawn, and tells what was seen at that moment. Each is drawn twice:
 *  the plugin takes a drawing away and makes it anew when an attribute of the page has changed, which
 *  happens once while a page comes alive. */
export async function drawn(page) {
  const seen = await page.waitForFunction(
    () => {
      const drawings = [...document.querySelectorAll('.vp-doc .mermaid')].map((drawing) => ({
        drawn: drawing.querySelectorAll('svg text, svg path, svg rect').length > 3,
        wrong: drawing.textContent.includes('Syntax error'),
      }))
      if (!drawings.every(({ drawn }) => drawn)) window.drawnSince = undefined
      else window.drawnSince ??= performance.now()
      return performance.now() - window.drawnSince > 300 && drawings
    },
    undefined,
    { timeout: 30_000 },
  )
  return seen.jsonValue()
}

/** Opens a page, and waits until it is alive and its drawings are drawn. On a busy machine the plugin may
 *  draw a diagram twice at once, and mermaid then takes one for an error of syntax. A real one is there
 *  after a reload as well. */
export async function visit(page, address) {
  await page.goto(address, { waitUntil: 'networkidle' })
  const drawings = await drawn(page)
  if (!drawings.some(({ wrong }) => wrong)) return drawings
  await page.reload({ waitUntil: 'networkidle' })
  return drawn(page)
}

/** The languages of the book: '' for English, 'zh' for one in docs/zh/. */
export const languages = [
  '',
  ...readdirSync(docs).filter((name) => /^[a-z]{2}$/.test(name) && existsSync(join(docs, name, 'index.md'))),
]

/** The addresses of the sidebar of each language, in its order. */
export async function sidebarLinks(page, origin) {
  const links = []
  for (const language of languages) {
    await visit(page, `${origin}/${language && `${language}/`}`)
    links.push(...(await page.$$eval('.VPSidebar a', (all) => all.map((link) => link.href))))
  }
  return links
}
