export { square as again } from './functions.mjs';
