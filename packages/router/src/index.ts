export * from './join-text.js';
