// Offers the generators to plop. A project uses it by a plopfile.js of its own:
//   export { default } from 'create-mproc-worker/plopfile.js';
export { default } from './dist/plop.js';
