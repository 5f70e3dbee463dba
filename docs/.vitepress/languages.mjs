// Which pages there are, in reading order, and what the site itself says in each language.
//
// A language is a folder that holds the same files: English stands at the top, a second one in
// docs/zh/. A page appears in the sidebar as soon as its file exists, under its own first heading.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const docs = dirname(dirname(fileURLToPath(import.meta.url)))

// The one list of the order: `./workbook docs` ends each page of the first two groups with a link to the
// next page that exists, as this site does at the foot of each page. It is read as plain lists of words.
const groups = [
  ['begin', ['index', 'how_to_use', 'first_server']],
  [
    'path',
    [
      '01_syscall_macro',
      '02_epoll_module',
      'epoll',
      '03_request_context',
      '04_event_loop',
      'coroutines',
      'tiny_runtime',
      '05_async_runtime',
      '05_async_runtime_b',
      'tcp',
      'operate',
      'capstone',
    ],
  ],
  [
    'beside',
    [
      'io_models',
      'many_cores',
      'elsewhere',
      'futures',
      'left_out',
      'use_it',
      'put_it_on_the_internet',
      'patterns',
    ],
  ],
  ['faults', ['fault_gallery', 'how_to_break_a_server', 'lab', 'security']],
  [
    'lookup',
    [
      'answers',
      'glossary',
      'benchmarks',
      'testing',
      'decisions',
      'further_reading',
      'contributing',
    ],
  ],
  ['appendix', ['originals', 'faults']],
]

const languages = [
  {
    folder: '',
    label: 'English',
    lang: 'en-GB',
    home: 'Home',
    groups: {
      begin: 'Begin',
      path: 'The path',
      beside: 'Beside the path',
      faults: 'What went wrong',
      lookup: 'To look things up',
      appendix: 'Appendix: the originals',
    },
    theme: { outline: { level: [2, 3], label: 'On this page' }, docFooter: { prev: 'Before', next: 'Next' } },
  },
  {
    folder: 'zh',
    label: '简体中文',
    lang: 'zh-CN',
    home: '首页',
    groups: { begin: '开始', path: '学习路线', beside: '延伸阅读', faults: '错误集', lookup: '参考', appendix: '附录' },
    theme: {
      outline: { level: [2, 3], label: '本页目录' },
      docFooter: { prev: '上一页', next: '下一页' },
      darkModeSwitchLabel: '外观',
      sidebarMenuLabel: '目录',
      returnToTopLabel: '回到顶部',
      langMenuLabel: '语言',
    },
    search: {
      button: { buttonText: '搜索', buttonAriaLabel: '搜索' },
      modal: {
        noResultsText: '没有找到：',
        resetButtonTitle: '清除',
        footer: { selectText: '选择', navigateText: '移动', closeText: '关闭' },
      },
    },
  },
]

/** The text of a page's first heading, without the marks of inline code. */
function heading(file) {
  const line = readFileSync(file, 'utf8').match(/^# (.+)$/m)
  if (!line) throw new Error(`${file} has no first heading`)
  return line[1].replaceAll('`', '')
}

function sidebar({ folder, home, groups: names }) {
  const prefix = folder ? `/${folder}/` : '/'
  return groups
    .map(([group, pages]) => ({
      text: names[group],
      items: pages
        .map((page) => ({ page, file: join(docs, folder, `${page}.md`) }))
        .filter(({ file }) => existsSync(file))
        .map(({ page, file }) => ({
          text: page === 'index' ? home : heading(file),
          link: prefix + (page === 'index' ? '' : page),
        })),
    }))
    .filter(({ items }) => items.length > 0)
}

const present = languages.filter(({ folder }) => existsSync(join(docs, folder, 'index.md')))

export const locales = Object.fromEntries(
  present.map((language) => [
    language.folder || 'root',
    {
      label: language.label,
      lang: language.lang,
      themeConfig: { ...language.theme, sidebar: sidebar(language) },
    },
  ]),
)

export const search = {
  provider: 'local',
  options: {
    locales: Object.fromEntries(
      present
        .filter(({ search }) => search)
        .map(({ folder, search }) => [folder, { translations: search }]),
    ),
  },
}
