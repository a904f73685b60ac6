// Writes docs/options.md and docs/api.md from the docstrings of the runtime: npm run docs:api
import { writeFileSync } from 'node:fs';
import { apiPage } from './api-reference/api-page.js';
import { optionsPage } from './api-reference/options-page.js';
import { publicEntries } from './api-reference/public-entries.js';

const docs = new URL('../docs/', import.meta.url);
const entries = publicEntries();
writeFileSync(new URL('options.md', docs), optionsPage(entries));
writeFileSync(new URL('api.md', docs), apiPage(entries));
