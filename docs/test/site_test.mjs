// What a reader of the site would notice: run after `npm run build` by `npm test`.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { parse } from '../.vitepress/theme/figures/scenario.mjs'
import { docs, drawn, languages, openSite, sidebarLinks, visit, watchedPage } from './browser.mjs'
import { figures, measure } from './figures.mjs'

const limit = { timeout: 300_000 }
let site
let pages // address -> name of the Markdown file

before(async () => {
  site = await openSite()
  const { page } = await watchedPage(site.browser, site.origin)
  const links = await sidebarLinks(page, site.origin)
  await page.close()
  pages = new Map(
    links.map((link) => {
      const path = new URL(link).pathname.slice(1)
      return [link, path.replace(/(^|\/)$/, '$1index').replace(/(\.html)?$/, '.md')]
    }),
  )
}, limit)

after(() => site?.close())

/** The languages of the fences of a page, in order; what a quoted fence may be indented by is kept. */
function fences(file) {
  const text = readFileSync(join(docs, file), 'utf8')
  const languages = []
  let open = null
  for (const line of text.split('\n')) {
    const fence = line.match(/^\s*(`{3,})\s*(\w*)/)
    if (!fence) continue
    if (open === null) {
      open = fence[1]
      languages.push(fence[2])
    } else if (fence[1].length >= open.length && fence[2] === '') {
      open = null
    }
  }
  return languages
}

async function opened(address, look) {
  const { page, wrong } = await watchedPage(site.browser, site.origin)
  try {
    const drawings = await visit(page, address)
    await look(page, drawings)
    assert.deepEqual(wrong, [], address)
  } finally {
    await page.close()
  }
}

/** Runs in the page: how high the smallest text of a drawing is, as large as the page shows it. */
async function smallestText(picture) {
  const holder = document.createElement('div')
  holder.innerHTML = await (await fetch(picture.src)).text()
  document.body.append(holder)
  const sizes = [...holder.querySelectorAll('text, tspan')].map((one) => parseFloat(getComputedStyle(one).fontSize))
  const { width } = holder.querySelector('svg').viewBox.baseVal
  holder.remove()
  return { name: picture.alt.slice(0, 60), size: (Math.min(...sizes) * picture.getBoundingClientRect().width) / width }
}

test('the sidebar names every page', () => {
  const named = new Set(pages.values())
  for (const language of languages) {
    for (const name of readdirSync(join(docs, language)).filter((name) => name.endsWith('.md'))) {
      const file = join(language, name)
      assert.ok(named.has(file), `${file} is not in the sidebar`)
    }
  }
})

test('every page opens, with its drawings drawn and its code coloured, on a screen and on a phone', limit, async () => {
  const anchors = new Map() // address -> the ids of its elements
  const wanted = [] // [page, address, id]
  const sources = new Set()
  for (const [address, file] of pages) {
    const wantedFences = fences(file)
    const next = readFileSync(join(docs, file), 'utf8').match(/\nNext: \[.*\]\((\S+)\.md\)\n$/)?.[1]
    await opened(address, async (page, drawings) => {
      if (next) {
        assert.equal(await page.$eval('.pager-link.next', ({ href }) => href), new URL(`${next}.html`, address).href)
        const twice = await page.$eval('.vp-doc', (one) => one.textContent.includes('Next: '))
        assert.ok(!twice, `${file}: the line for readers of the raw page is shown`)
      }
      assert.equal(drawings.length, wantedFences.filter((name) => name === 'mermaid').length, file)
      for (const { wrong } of drawings) assert.ok(!wrong, `${file}: a diagram has an error`)

      // "text" is plain on purpose. A command may be a single word, of a single colour.
      const blocks = await page.$$eval('.vp-doc div[class*="language-"]', (all) =>
        all.map((one) => ({
          language: one.className.match(/language-(\w+)/)[1],
          text: one.querySelector('code')?.textContent ?? '',
          colours: new Set([...one.querySelectorAll('code span[style]')].map((span) => getComputedStyle(span).color)).size,
        })),
      )
      assert.equal(blocks.length, wantedFences.filter((name) => name !== 'mermaid').length, file)
      for (const { language, text, colours } of blocks.filter(({ language }) => language !== 'text')) {
        assert.ok(colours > (language === 'sh' ? 0 : 1), `${file}: a ${language} block is not coloured:\n${text}`)
      }

      anchors.set(address, new Set(await page.$$eval('[id]', (all) => all.map(({ id }) => id))))
      for (const href of await page.$$eval('.vp-doc a[href]', (all) => all.map((one) => one.href))) {
        const url = new URL(href)
        if (url.origin === site.origin && url.hash) {
          wanted.push([file, url.origin + url.pathname, decodeURIComponent(url.hash.slice(1))])
        }
      }

      for (const [source, alt, width] of await page.$$eval('.vp-doc img', (all) =>
        all.map((one) => [one.src, one.alt, one.naturalWidth]),
      )) {
        assert.ok(width > 0 && alt.length > 0, `${file}: ${source.slice(0, 80)} is not shown, or says nothing instead`)
      }

      // Files of the source are copied beside the pages; none may be missing.
      const files = await page.$$eval('.vp-doc a[href*="/source/"]', (all) => all.map((one) => one.href))
      for (const link of files) sources.add(link)

      await page.setViewportSize({ width: 360, height: 700 })
      for (const fold of await page.$$('.vp-doc details')) await fold.evaluate((one) => (one.open = true))
      const { inner, full } = await page.evaluate(() => ({
        inner: document.documentElement.clientWidth,
        full: document.documentElement.scrollWidth,
      }))
      assert.ok(full <= inner, `${file}: ${full} pixels wide on a phone of ${inner}`)
      for (const picture of await page.$$('.vp-doc img')) {
        const { name, size } = await picture.evaluate(smallestText)
        assert.ok(size >= 12, `${file}: a label of "${name}" is ${size.toFixed(1)} pixels high on a phone`)
      }
    })
  }
  for (const [file, address, id] of wanted) {
    const known = anchors.get(address) ?? anchors.get(address.replace(/index\.html$/, ''))
    assert.ok(known, `${file}: ${address} is not a page`)
    assert.ok(known.has(id), `${file}: ${address} has no #${id}`)
  }
  assert.ok(sources.size > 0)
  for (const link of sources) {
    assert.equal((await site.browser.request.get(link)).status(), 200, link)
  }
})

test('search finds a word of the kernel and leads to its page', limit, async () => {
  await opened(`${site.origin}/`, async (page) => {
    await page.click('.VPNavBarSearch button')
    await page.fill('#localsearch-input', 'EPOLLONESHOT')
    await page.waitForSelector('.VPLocalSearchBox .result.selected')
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.pathname !== '/')
    await page.waitForFunction(() => document.querySelector('.vp-doc')?.textContent.includes('EPOLLONESHOT'))
    const hrefs = [...pages.keys()].map((address) => new URL(address).pathname)
    assert.ok(hrefs.includes(new URL(page.url()).pathname), page.url())
  })
})

test('search says when there is nothing to find', limit, async () => {
  await opened(`${site.origin}/`, async (page) => {
    await page.click('.VPNavBarSearch button')
    await page.fill('#localsearch-input', 'zzzqqqxxyy')
    await page.waitForSelector('.VPLocalSearchBox .no-results')
  })
})

test('the switch makes the page and its drawings dark', limit, async () => {
  await opened(`${site.origin}/io_models.html`, async (page) => {
    const look = () =>
      page.evaluate(() => ({
        ground: getComputedStyle(document.body).backgroundColor,
        text: getComputedStyle(document.querySelector('.vp-doc p')).color,
        line: getComputedStyle(document.querySelector('.vp-doc .mermaid .messageText')).fill,
      }))
    const brightness = (colour) => colour.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0)
    const light = await look()
    await page.click('.VPNavBarAppearance button, .VPSwitchAppearance')
    await page.waitForFunction(() => document.documentElement.classList.contains('dark'))
    await page.waitForFunction(
      (before) => {
        const text = document.querySelector('.vp-doc .mermaid .messageText')
        return text && getComputedStyle(text).fill !== before
      },
      light.line,
      { timeout: 10_000 },
    )
    await drawn(page)
    await page.waitForTimeout(400) // the colours of the page glide
    const dark = await look()
    assert.ok(brightness(light.ground) > 600 && brightness(dark.ground) < 200, 'ground')
    assert.ok(brightness(light.text) < 300 && brightness(dark.text) > 400, 'text')
    assert.ok(brightness(light.line) < 300 && brightness(dark.line) > 400, 'drawing')
  })
})

test('no label of a drawn figure leaves its place, and all can be read on a phone', limit, async () => {
  assert.ok(figures.length >= 30)
  const page = await site.browser.newPage()
  const wrong = []
  for (const figure of figures) wrong.push(...(await measure(page, figure)))
  await page.close()
  assert.deepEqual(wrong, [])
})

test('a drawn figure follows the switch between light and dark, whatever the system prefers', limit, async () => {
  for (const colorScheme of ['light', 'dark']) {
    await opened(`${site.origin}/01_syscall_macro.html`, async (page) => {
      await page.emulateMedia({ colorScheme })
      await page.evaluate(() => localStorage.removeItem('vitepress-theme-appearance'))
      await page.reload({ waitUntil: 'networkidle' })
      const figure = page.locator('.vp-doc img').first()
      /** The ground of the first box of the figure, from 0 to 765. */
      const ground = async () => {
        const picture = (await figure.screenshot()).toString('base64')
        return page.evaluate(async (picture) => {
          const image = new Image()
          image.src = `data:image/png;base64,${picture}`
          await image.decode()
          const canvas = document.createElement('canvas').getContext('2d')
          canvas.drawImage(image, 0, 0)
          return canvas.getImageData(20, 20, 1, 1).data.slice(0, 3).reduce((sum, part) => sum + part, 0)
        }, picture)
      }
      const turns = (dark) =>
        page.waitForFunction((dark) => document.documentElement.classList.contains('dark') === dark, dark)
      const begins = colorScheme === 'dark'
      await turns(begins)
      const ofSystem = await ground()
      await page.click('.VPNavBarAppearance button, .VPSwitchAppearance')
      await turns(!begins)
      await page.waitForTimeout(400) // the colours of the page glide
      const other = await ground()
      const [light, dark] = begins ? [other, ofSystem] : [ofSystem, other]
      assert.ok(light > 600 && dark < 300, `${light} on a light page, ${dark} on a dark one`)
    })
  }
})

test('the recorded walk plays', limit, async () => {
  await opened(`${site.origin}/`, async (page) => {
    const shows = (text) => page.waitForFunction((text) => document.querySelector('.cast').textContent.includes(text), text)
    await shows('5 blank exercises') // the poster
    await page.click('.cast .ap-overlay-start')
    await page.waitForFunction(() => !document.querySelector('.cast').textContent.includes('5 blank exercises'))
    await shows('$ ./workbook start 01_syscall_macro')
    await shows('5 blank exercises')
  })
})

/** [page, kind, folder] */
const simulators = [
  ['epoll', 'epoll', '02_epoll_module/tests/scenarios'],
  ['04_event_loop', 'loop', '04_event_loop/tests/scenarios'],
  ['05_async_runtime_b', 'channel', '05_async_runtime/tests/scenarios'],
  ['05_async_runtime', 'task', '05_async_runtime/tests/task_scenarios'],
  ['tcp', 'close', '02_epoll_module/tests/close_scenarios'],
  ['05_async_runtime_b', 'pressure', '05_async_runtime/tests/pressure_scenarios'],
]

test('a simulator shows of each scenario what its file says, step by step', limit, async () => {
  for (const [page, kind, folder] of simulators) {
    await shows(`${site.origin}/${page}.html`, `.simulator[data-kind="${kind}"]`, join(docs, '..', folder))
  }
})

/** Steps through every scenario of the folder, in the figure of this page on a phone. */
async function shows(address, figure, folder) {
  await opened(address, async (page) => {
    await page.setViewportSize({ width: 360, height: 740 })
    for (const name of readdirSync(folder)) {
      const { title, steps } = parse(readFileSync(join(folder, name), 'utf8'))
      await page.selectOption(`${figure} .choice select`, { label: title })
      const seen = await page.evaluate(async ({ count, figure }) => {
        const texts = (selector) => [...document.querySelectorAll(`${figure} ${selector}`)].map((one) => one.textContent.trim())
        const press = async (which) => {
          document.querySelector(`${figure} .controls ${which}`).click()
          await new Promise((resolve) => setTimeout(resolve)) // the page is changed before this
        }
        const shown = []
        for (let at = 0; at < count; ++at) {
          await press('.forward')
          shown.push({ note: texts('.note > code'), said: texts('[aria-live]')[0] })
        }
        const results = texts('.steps .result')
        await press('.back')
        return { shown, results, afterBack: texts('.steps .result'), width: document.documentElement.scrollWidth }
      }, { count: steps.length, figure })
      for (const [at, { step, result, note }] of steps.entries()) {
        const { note: shown, said } = seen.shown[at]
        assert.deepEqual(shown, [step, result], `${name}, step ${at + 1}`)
        assert.ok(said.startsWith(`Step ${at + 1}: ${step} gives ${result}. ${note}`), `${name}: ${said}`)
      }
      const results = steps.map(({ result }) => result)
      assert.deepEqual(seen.results, results, name)
      assert.deepEqual(seen.afterBack, results.slice(0, -1), name)
      assert.ok(seen.width <= 360, `${name}: ${seen.width} pixels wide`)
    }
  })
}

test('the simulator obeys the keyboard, and goes on with the steps of a reader', limit, async () => {
  await opened(`${site.origin}/epoll.html`, async (page) => {
    const count = () => page.textContent('.simulator .count')
    await page.focus('.simulator .forward')
    await page.keyboard.press('Enter')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowLeft')
    assert.equal(await count(), '2 of 7')
    await page.click('.simulator summary')
    const act = (step) => page.locator('.simulator .actions button', { hasText: new RegExp(`^${step}$`) }).click()
    for (const step of ['dup 5 6', 'close 5', 'A sends 1', 'wait', 'del 5']) await act(step)
    assert.equal(await page.inputValue('.simulator .choice select'), '')
    const { steps } = parse(await page.textContent('.simulator .as-text'))
    assert.deepEqual(
      steps.map(({ step, result }) => `${step} -> ${result}`),
      ['open A 5 -> ok', 'add 5 IN ET -> ok', 'dup 5 6 -> ok', 'close 5 -> ok', 'A sends 1 -> ok', 'wait -> 5 IN', 'del 5 -> EBADF'],
    )
  })
})

test('a reader puts a task together, and continues with it', limit, async () => {
  await opened(`${site.origin}/05_async_runtime.html`, async (page) => {
    await page.click('.simulator summary')
    const act = (step, within = '') => page.locator(`.simulator .actions ${within} button`, { hasText: new RegExp(`^${step}$`) }).click()
    await page.check('.simulator .actions input')
    for (const step of ['wait E', 'return 7', 'task A: try wait E, return 7', 'throw', 'clear']) await act(step, 'fieldset')
    for (const step of ['spawn A', 'join A', 'spawn B: spawn A, try join A']) await act(step, 'fieldset')
    for (const step of ['resume', 'cancel A', 'resume']) await act(step, '> p')
    const { steps } = parse(await page.textContent('.simulator .as-text'))
    assert.deepEqual(
      steps.map(({ step, result }) => `${step} -> ${result}`),
      [
        'task A: try wait E, return 7 -> ok',
        'spawn B: spawn A, try join A -> ok',
        'resume -> B: spawn A, try join A (parked)',
        'cancel A -> asked to stop',
        'resume -> A: try wait E (cancelled), ends (7)',
      ],
    )
  })
})
