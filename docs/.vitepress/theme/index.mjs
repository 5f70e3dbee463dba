// The default theme with the fonts that the reader's system has, and a few rules of our own.
import Theme from 'vitepress/theme-without-fonts'

import './book.css'

export default Theme
