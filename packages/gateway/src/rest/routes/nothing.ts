import { z } from 'zod';

/** Of a route without parameters. Those it does not know are ignored: old clients send some to every address. */
export const Nothing = z.object({});
