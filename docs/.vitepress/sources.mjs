// The book links to the files it speaks of: ../02_epoll_module/src/poll.cpp. On a code host such a
// link simply works. On the site the file is copied beside the pages, as text, and the link is bent
// to the copy: source/02_epoll_module/src/poll.cpp.txt. A link to a file that does not exist ends
// the build.
//
// A quoted block, <!-- quote: 02_epoll_module/src/poll.cpp#2.4 -->, gets a line above it that says
// where it stands and links there.
//
// <!-- simulator: epoll edge_partial_read --> becomes a figure that can be stepped through (theme/figures/).
//
// A long name, such as that of a test, may be broken at an underscore, so that tables leave room for sentences.
//
// A picture that is too wide for a phone is put into a box that scrolls.
//
// A picture with a recording beside it, figures/walk.svg and figures/walk.cast, becomes a player of the recording.
//
// The last line of a raw page, `Next: [title](file.md)`, is left out: the site has such a link at its foot.
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const docs = dirname(dirname(fileURLToPath(import.meta.url)))
const root = dirname(docs)
const linked = new Set()
const LONG = 24 // letters: a longer name in a sentence may be broken where its words meet
const WIDE = 450 // pixels: as wide as a drawn figure is at most

/** WORKBOOK_DRAFT=1: a link to what is not written yet is no error. For writing, never for checks. */
export const draft = Boolean(process.env.WORKBOOK_DRAFT)

/** Where the site keeps the copy of a file, named by its path from the top of the workbook. */
function siteAddress(path, page) {
  let file = join(root, path)
  if (existsSync(file) && statSync(file).isDirectory()) file = join(file, 'README.md')
  if (!existsSync(file)) {
    if (draft) return '/'
    throw new Error(`${page}: there is no ${path}`)
  }
  const name = relative(root, file)
  linked.add(name)
  return `/source/${name}.txt`
}

/** The path from the top of the workbook, if the link of this page is not one to a page; else null. */
function outside(href, page) {
  if (/^([a-z]+:|\/|#)/.test(href)) return null
  const path = normalize(join('docs', dirname(page), href.split('#')[0]))
  if (/^docs(\/[^.]+(\.md)?)?$/.test(path)) return null
  if (path.startsWith('..')) throw new Error(`${page}: ${href} leaves the workbook`)
  return path
}

/** Names nothing and makes no mark-up of a path. */
const escape = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

export function sourceLinks(md) {
  md.core.ruler.push('source_links', (state) => {
    const page = state.env.relativePath ?? ''
    if (/^Next: \[.*\]\(\S+\.md\)$/.test(state.tokens.at(-2)?.content)) state.tokens.splice(-3)
    for (const [at, token] of state.tokens.entries()) {
      const name = token.type === 'inline' && token.content.match(/^!\[[^\]]*\]\((?:\.\.\/)?figures\/(\w+)\.svg\)$/)?.[1]
      if (!name) continue
      if (existsSync(join(docs, 'figures', `${name}.cast`))) {
        const player = new state.Token('html_block', '', 0)
        player.content = `<Cast name="${name}" />\n`
        state.tokens.splice(at - 1, 3, player)
      } else if (readFileSync(join(docs, 'figures', `${name}.svg`), 'utf8').match(/ width="(\d+)"/)?.[1] > WIDE) {
        const box = { class: 'scrolls', tabindex: '0', role: 'region', 'aria-label': 'A wide figure' }
        for (const one of Object.entries(box)) state.tokens[at - 1].attrSet(...one)
      }
    }
    for (const token of state.tokens) {
      const quote = token.type === 'html_block' && token.content.match(/^<!-- quote: ([^#\s]+)(#.+?)? -->/)
      if (quote) {
        const address = siteAddress(quote[1], page)
        const base = process.env.WORKBOOK_BASE ?? '/'
        token.content =
          `<p class="quoted-from"><a href="${base}${address.slice(1)}" target="_blank" rel="noopener">` +
          `${escape(quote[1])}</a></p>\n`
      }
      const moving = token.type === 'html_block' && token.content.match(/^<!-- simulator: (\w+) (\w+) -->/)
      if (moving) token.content = `<Simulator kind="${moving[1]}" start="${moving[2]}" />\n`
      for (const child of token.children ?? []) {
        if (child.type === 'code_inline' && child.content.length > LONG) {
          child.type = 'html_inline'
          child.content = `<code v-pre>${escape(child.content).replace(/_|::|\/(?=\w)/g, '$&<wbr>')}</code>`
        }
        if (child.type !== 'link_open') continue
        const path = outside(child.attrGet('href') ?? '', page)
        if (path === null) continue
        child.attrSet('href', siteAddress(path, page))
        child.attrSet('target', '_blank')
        child.attrSet('rel', 'noopener')
      }
    }
  })
}

export function copySources({ outDir }) {
  for (const name of linked) {
    const to = join(outDir, 'source', `${name}.txt`)
    mkdirSync(dirname(to), { recursive: true })
    copyFileSync(join(root, name), to)
  }
}

/** The same for `npm run dev`, which copies nothing: answers from the files themselves. */
export function sourceFiles() {
  return {
    name: 'workbook-sources',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const name = decodeURI(request.url ?? '').match(/\/source\/(.+)\.txt$/)?.[1]
        if (!name || !linked.has(name)) return next()
        response.setHeader('Content-Type', 'text/plain; charset=utf-8')
        response.end(readFileSync(join(root, name)))
      })
    },
  }
}
