export { startRouter } from './router.js';
