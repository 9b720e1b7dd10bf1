export * from './append-step.js';
export * from './bounds.js';
export * from './cost.js';
export * from './floor-report.js';
export * from './json-step.js';
export * from './measure-floor.js';
export * from './read-step.js';
export * from './socket-step.js';
