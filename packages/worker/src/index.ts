export { syntheticText } from './engines/synthetic-engine.js';
