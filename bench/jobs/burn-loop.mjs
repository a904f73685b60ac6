// JavaScript: a bare fork, which has no loader.
import { burn } from './functions.mjs';

process.on('message', ({ steps, times }) => {
  let state = 0;
  for (let time = 0; time < times; time += 1) state = burn(steps);
  process.send(state);
});
