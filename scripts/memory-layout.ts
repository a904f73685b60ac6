// Writes docs/memory-layout.md from the tables in the sources: node --import tsx scripts/memory-layout.ts
import { mkdirSync, writeFileSync } from 'node:fs';
import { memoryLayoutDocument } from './memory-layout/document.js';
import { SEGMENTS } from './memory-layout/segments.js';

const folder = new URL('../docs/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('memory-layout.md', folder), memoryLayoutDocument(SEGMENTS));
