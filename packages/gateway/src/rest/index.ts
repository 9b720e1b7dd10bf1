export * from './register-rest.js';
export type { RestContext } from './rest-context.js';
export * from './schemas.js';
