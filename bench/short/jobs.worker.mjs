// JavaScript: a part of whole programs whose start is measured.
import { Worker } from 'mproc-worker';
import { hash, rows } from './jobs.mjs';

export class Short extends Worker {
  static module = import.meta.url;
  job;

  constructor(job) {
    super();
    this.job = job;
  }

  process(input) {
    return this.job === 'hash' ? hash(input) : rows(input);
  }
}
