// The default theme with the fonts that the reader's system has, a few rules of our own, the figures that
// move, and a player for terminals. They are loaded by the pages that show one.
import { defineAsyncComponent } from 'vue'
import Theme from 'vitepress/theme-without-fonts'

import './book.css'

export default {
  extends: Theme,
  enhanceApp({ app }) {
    app.component('Cast', defineAsyncComponent(() => import('./Cast.vue')))
    app.component('Simulator', defineAsyncComponent(() => import('./figures/Simulator.vue')))
  },
}
