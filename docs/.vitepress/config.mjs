// The site of the book. After `npm ci` nothing here needs a network.
//
//   npm run build     the site, in .vitepress/dist; every link between pages is checked
//   npm run dev       the site while you write
//   npm test          the built site in a headless browser
//
// WORKBOOK_BASE=/name/ if the site does not stand at the top of its host; WORKBOOK_DRAFT=1 while a
// page that others link to is not written yet.
import { withMermaid } from 'vitepress-plugin-mermaid'

import { locales, search } from './languages.mjs'
import { copySources, draft, sourceFiles, sourceLinks } from './sources.mjs'

/** The anchor of a heading as code hosts make it, so that one link works here and there. */
const slugify = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
    .replaceAll(' ', '-')

export default withMermaid({
  title: 'The epoll workbook',
  description: 'Linux network I/O in C++23: from one system call to a coroutine runtime',
  base: process.env.WORKBOOK_BASE ?? '/',
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  srcExclude: ['test/**', 'node_modules/**'],
  ignoreDeadLinks: draft,
  locales,
  themeConfig: { search },

  // The home page is a plain page, so that it reads well where it is not rendered by this site.
  transformPageData(page) {
    if (/^([a-z]{2}\/)?index\.md$/.test(page.relativePath)) {
      Object.assign(page.frontmatter, { aside: false, pageClass: 'home', next: true })
    }
  },

  markdown: { config: sourceLinks, anchor: { slugify } },
  buildEnd: copySources,
  vite: {
    plugins: [sourceFiles()],
    // The drawings' library is one large piece; it is loaded from this host, once.
    build: { chunkSizeWarningLimit: 2000 },
  },

  mermaid: {
    securityLevel: 'strict',
    theme: 'neutral',
    fontFamily: 'system-ui, sans-serif',
    // Narrow, so that little is left to shrink on a phone.
    flowchart: { useMaxWidth: false, nodeSpacing: 28, rankSpacing: 36, diagramPadding: 4 },
    state: { useMaxWidth: false },
    sequence: {
      useMaxWidth: false,
      mirrorActors: false,
      width: 110,
      actorMargin: 36,
      messageMargin: 28,
      diagramMarginX: 8,
    },
  },
})
