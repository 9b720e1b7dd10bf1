export * from './floor/index.js';
