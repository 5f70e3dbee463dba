// What a reader of a drawn figure would notice: measures the labels of docs/figures/*.svg in a page of the
// browser. A label may be crossed by no outline (so it stands in its box, or beside it) and by no other
// label, lies in the drawing, and is at least 12 pixels high where the drawing is 360 wide.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { docs } from './browser.mjs'

const folder = join(docs, 'figures')

export const figures = readdirSync(folder)
  .filter((name) => name.endsWith('.svg'))
  .map((name) => ({ name, svg: readFileSync(join(folder, name), 'utf8') }))
  .filter(({ svg }) => svg.includes('<!-- drawn from src/'))

/** What is wrong with the labels of a drawing: a list of sentences. */
export async function measure(page, { name, svg }) {
  await page.setContent(`<body style="margin:0">${svg}</body>`)
  const found = await page.evaluate(() => {
    const drawing = document.querySelector('svg')
    const { width, height } = drawing.viewBox.baseVal
    const labels = [...drawing.querySelectorAll('text')].map((text) => {
      const box = text.getBBox()
      const size = parseFloat(getComputedStyle(text).fontSize)
      // The letters themselves are lower than the box of their line.
      const middle = box.y + box.height / 2
      return { words: text.textContent.trim(), size, left: box.x, right: box.x + box.width,
               top: middle - 0.42 * size, bottom: middle + 0.42 * size }
    })
    const wrong = []
    for (const { words, size, left, right, top, bottom } of labels) {
      if (left < 1 || right > width - 1 || top < 1 || bottom > height - 1) wrong.push(`"${words}" leaves the drawing`)
      if ((size * 360) / width < 12) wrong.push(`"${words}" is ${((size * 360) / width).toFixed(1)} pixels high on a phone`)
    }
    const meet = (one, other) =>
      one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom
    labels.forEach((one, at) => {
      for (const other of labels.slice(at + 1)) {
        if (meet(one, other)) wrong.push(`"${one.words}" and "${other.words}" lie on each other`)
      }
    })
    const shapes = [...drawing.querySelectorAll('path, circle, ellipse, polygon')]
    const filled = shapes.filter((shape) => getComputedStyle(shape).fill !== 'none')
    for (const shape of shapes) {
      const above = filled.filter((other) => shape.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING)
      const crossed = new Set()
      const length = shape.getTotalLength()
      for (let at = 0; at <= length; at += 3) {
        const point = shape.getPointAtLength(at)
        const { x, y } = point
        const met = labels.filter(({ left, right, top, bottom }) => x > left - 2 && x < right + 2 && y > top && y < bottom)
        if (met.length && !above.some((other) => other.isPointInFill(point))) met.forEach(({ words }) => crossed.add(words))
      }
      for (const words of crossed) wrong.push(`an outline goes through "${words}"`)
    }
    return wrong
  })
  return found.map((sentence) => `${name}: ${sentence}`)
}
