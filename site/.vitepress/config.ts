import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DefaultTheme, defineConfig } from 'vitepress';

const REPOSITORY = 'https://github.com/create-mproc-worker/create-mproc-worker';
/** A copy of docs that the build makes: packages are looked for from where a page lies. */
const docs = new URL('../pages/', import.meta.url);

/** The sidebar is the list of pages in docs/README.md, which a test holds to the folder. */
function sidebar(): DefaultTheme.SidebarItem[] {
  const [, ...sections] = readFileSync(new URL('README.md', docs), 'utf8').split(/^(?=[A-Z].*:$)/m);
  return sections.map((section) => ({
    text: section.slice(0, section.indexOf(':')),
    items: [...section.matchAll(/^\s*- \[([^\]]+)\]\(([^)]+)\)/gm)].map(([, text = '', page = '']) => ({
      text,
      link: `/${page.replace(/(README)?\.md$/, '')}`,
    })),
  }));
}

/** What is outside of docs is read where the sources are. */
function addressOf(href: string, page: string): string {
  const path = posix.normalize(posix.join('docs', posix.dirname(page), href));
  const isOutside = !/^(\w+:|#|\/)/.test(href) && !path.startsWith('docs/');
  return isOutside ? `${REPOSITORY}/blob/main/${path}` : href;
}

export default defineConfig({
  title: 'mproc-worker',
  description: 'Run CPU-heavy or crash-prone work on every core, in child processes.',
  srcDir: fileURLToPath(docs),
  outDir: fileURLToPath(new URL('../dist/', import.meta.url)),
  base: process.env.DOCS_BASE ?? '/',
  cleanUrls: true,
  // A link to a page that is not there ends the build.
  ignoreDeadLinks: false,
  rewrites: { 'README.md': 'index.md', 'rules/README.md': 'rules/index.md' },
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark' },
    config(markdown) {
      // Braces are braces, and no expressions of Vue.
      for (const rule of ['text', 'code_inline']) {
        const drawText = markdown.renderer.rules[rule]!;
        markdown.renderer.rules[rule] = (...all) => drawText(...all).replaceAll('{{', '&#123;&#123;');
      }
      const draw = markdown.renderer.rules.link_open!;
      markdown.renderer.rules.link_open = (tokens, index, options, env, self) => {
        const token = tokens[index]!;
        token.attrSet('href', addressOf(token.attrGet('href') ?? '', env.relativePath ?? ''));
        return draw(tokens, index, options, env, self);
      };
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Guide', link: '/guide' },
      { text: 'Options', link: '/options' },
      { text: 'API', link: '/api' },
      { text: 'Troubleshooting', link: '/troubleshooting' },
    ],
    sidebar: sidebar(),
    outline: { level: [2, 3] },
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
    editLink: { pattern: `${REPOSITORY}/edit/main/docs/:path` },
  },
});
