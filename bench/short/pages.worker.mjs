// JavaScript: a part of whole programs whose start is measured.
import { Worker } from 'mproc-worker';
import { page } from './pages.mjs';

export class Short extends Worker {
  static module = import.meta.url;

  process(text) {
    return page(text);
  }
}
