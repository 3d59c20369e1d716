import { readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { SystemPaths } from './system-paths.js';

/** Behind a load balancer each replica sees another network: every answer says whose view it is. */
export const VANTAGE_SCHEMA = z
  .object({
    host: z.string().describe('Host name of the machine or container that looked.'),
    networkNamespace: z
      .string()
      .nullable()
      .describe('Kernel identity of the network namespace that was seen, such as "net:[4026531840]".'),
    replica: z.string().describe('The server process that answered, as host:pid.'),
  })
  .describe('The point of the network that the answer was taken from.');

export type Vantage = z.infer<typeof VANTAGE_SCHEMA>;

/** Knows where this process stands in the network. */
@Injectable()
export class VantagePoint {
  constructor(@Inject(SystemPaths) private readonly paths: SystemPaths) {}

  async describe(): Promise<Vantage> {
    const host = hostname();
    // Not readable in some sandboxes; the answer is as good without it.
    const networkNamespace = await readlink(join(this.paths.proc, 'self/ns/net')).catch(() => null);
    return { host, networkNamespace, replica: `${host}:${process.pid}` };
  }
}

/** The closing line of a text answer. */
export function vantageLine({ host, networkNamespace }: Vantage): string {
  return `Seen from ${host}${networkNamespace === null ? '' : `, network namespace ${networkNamespace}`}.`;
}
