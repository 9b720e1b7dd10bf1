/** The class that Node before version 22 lacks. */
export { WebSocket } from 'ws';
